/* Host test "echo": the host repeats the count, then sends that many values, which go
   back unchanged. The host gives the verdict; ours only says that the count was right. */
#include <string.h>

#include "greentea.h"

#define ECHO_COUNT 50

static char key[16];
static char value[64];

static void receive(const char *expected_key)
{
    do {
        kv_receive(key, sizeof key, value, sizeof value);
    } while (strcmp(key, expected_key) != 0);
}

static void returns_every_value(void)
{
    kv_send_number("echo_count", ECHO_COUNT);
    receive("echo_count");
    CHECK(strcmp(value, "50") == 0);
    for (int i = 0; i < ECHO_COUNT; i++) {
        receive("echo");
        kv_send("echo", value);
    }
}

static const struct test_case cases[] = { { "returns every value", returns_every_value } };

int main(void)
{
    suite_run(&(struct test_suite){ 30, "echo", cases, CASE_COUNT(cases) });
}
