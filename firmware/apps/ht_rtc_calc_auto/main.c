/* Host test "rtc_calc_auto": the host's calendar against ours. */
#include <stdlib.h>
#include <time.h>

#include "talk.h"

static const uint32_t times[] = {
    0u, 31535999u, 31536000u, 951782399u, 951782400u, 978307199u, 3981311999u, 4107542400u, 4294967295u,
};

static void days_agree(void)
{
    kv_send("leap_year_setup", "1");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        time_t seconds = (time_t)times[i];
        struct tm split;
        (void)gmtime_r(&seconds, &split);
        kv_send_number("timestamp", times[i]);
        uint32_t packed = (uint32_t)strtoul(talk_receive("passed"), NULL, 10);
        CHECK_EQUAL(((uint32_t)split.tm_wday << 16) + (uint32_t)split.tm_yday, packed);
    }
}

static const struct test_case cases[] = { { "days agree", days_agree } };

int main(void)
{
    suite_run(&(struct test_suite){ 30, "rtc_calc_auto", cases, CASE_COUNT(cases) });
}
