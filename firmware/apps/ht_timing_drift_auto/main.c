/* Host test "timing_drift_auto": the host compares our clock with its own. CLOCK_PERCENT
   can be set wrong on purpose. With ANSWER_MS a reply is slow: the host measures for as
   long as 80 of them take, and must not outlast the TIMEOUT_S that we announce. */
#include <string.h>

#include "clock.h"
#include "stopwatch.h"
#include "talk.h"

#ifndef CLOCK_PERCENT
#define CLOCK_PERCENT 100u
#endif
#ifndef ANSWER_MS
#define ANSWER_MS 0u
#endif
#ifndef TIMEOUT_S
#define TIMEOUT_S 40u
#endif

static void answer(const char *key)
{
    (void)talk_receive(key);
    clock_sleep_ms(ANSWER_MS);
    kv_send_number(key, (uint32_t)((uint64_t)stopwatch_us() * CLOCK_PERCENT / 100u));
}

static void clock_does_not_drift(void)
{
    char key[16];
    char value[16];
    kv_send("timing_drift_check_start", "0");
    answer("base_time");
    answer("final_time");
    kv_receive(key, sizeof key, value, sizeof value);
    CHECK(strcmp(key, "pass") == 0);
}

static const struct test_case cases[] = { { "clock does not drift", clock_does_not_drift } };

int main(void)
{
    suite_run(&(struct test_suite){ TIMEOUT_S, "timing_drift_auto", cases, CASE_COUNT(cases) });
}
