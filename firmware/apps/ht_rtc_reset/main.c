/* Host test "rtc_reset": a clock that goes on over a reset. The emulated board has none,
   so its state lies in RAM, and the time since the reset is added. */
#include <stdlib.h>
#include <string.h>

#include "stopwatch.h"
#include "talk.h"

RETAINED static uint32_t base_s;

static uint32_t now_s(void) { return base_s + stopwatch_us() / 1000000u; }

static void command(const char *key, const char *value)
{
    if (strcmp(key, "read") == 0) {
        kv_send_number("read", now_s());
        return;
    }
    if (strcmp(key, "write") == 0) {
        base_s = (uint32_t)strtoul(value, NULL, 10) - stopwatch_us() / 1000000u;
    } else if (strcmp(key, "reset") == 0) {
        base_s = now_s();
        talk_restart();
    }
    kv_send("ack", "0");
}

static void keeps_time(void)
{
    char key[16];
    char value[16];
    (void)stopwatch_us();
    kv_send("start", "1");
    for (;;) {
        kv_receive(key, sizeof key, value, sizeof value);
        if (strcmp(key, "exit") == 0) {
            CHECK(strcmp(value, "pass") == 0);
            return;
        }
        command(key, value);
    }
}

static const struct test_case cases[] = { { "keeps time over a reset", keeps_time } };

int main(void)
{
    (void)stopwatch_us();
    suite_run(&(struct test_suite){ 30, "rtc_reset", cases, CASE_COUNT(cases) });
}
