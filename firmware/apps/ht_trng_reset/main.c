/* Host test "trng_reset": two boots draw different bytes. The board has no random source;
   a count of boots, mixed, stands for one. */
#include <stdio.h>
#include <string.h>

#include "talk.h"

RETAINED static uint32_t boots;

static void draw(char *text, size_t size)
{
    uint32_t word = (boots + 1u) * 2654435761u;
    snprintf(text, size, "%08lx%08lx", (unsigned long)word, (unsigned long)(word ^ (word >> 15)));
}

static void draws_anew(void)
{
    char key[16];
    char other[48];
    char text[24];
    draw(text, sizeof text);
    kv_send("ready", "0");
    kv_receive(key, sizeof key, other, sizeof other);
    if (strcmp(key, "check_step1") == 0) {
        kv_send("buffer", text);
        (void)talk_receive("the host resets us");
    }
    CHECK(strcmp(other, text) != 0);
    kv_send("Test_suite_ended", "0");
    (void)talk_receive("exit");
}

static const struct test_case cases[] = { { "draws anew", draws_anew } };

int main(void)
{
    boots++;
    suite_run(&(struct test_suite){ 30, "trng_reset", cases, CASE_COUNT(cases) });
}
