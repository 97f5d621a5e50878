/* Host test "rtc_calc_auto": the host's calendar against ours, for clocks that know that
   2100 is no leap year and for those that do not. */
#include <stdbool.h>
#include <stdlib.h>

#include "console.h"
#include "talk.h"

#define DAY_S 86400u
/* 1 January 1970 was a Thursday. */
#define FIRST_WEEKDAY 4u

static const uint16_t years[] = { 1970, 1971, 2000, 2096, 2100, 2105 };
static const uint8_t month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

static bool is_leap(uint32_t year, bool knows_centuries)
{
    return year % 4 == 0 && !(knows_centuries && year % 100 == 0 && year % 400 != 0);
}

static uint32_t days_before(uint32_t year, bool knows_centuries)
{
    uint32_t days = 0;
    for (uint32_t each = 1970; each < year; each++) {
        days += is_leap(each, knows_centuries) ? 366u : 365u;
    }
    return days;
}

/* The day is the `yday`-th of its year, which begins `days` after 1970. */
static void agree(uint32_t days, uint32_t yday, uint32_t second)
{
    uint32_t day = days + yday;
    /* Signed, as Mbed OS sends it: times after 2038 are negative. */
    console_printf("{{timestamp;%ld}}\r\n", (long)(day * DAY_S + second));
    uint32_t packed = (uint32_t)strtoul(talk_receive("passed"), NULL, 10);
    CHECK_EQUAL((((day + FIRST_WEEKDAY) % 7u) << 16) + yday, packed);
}

static void go_through(const char *setup, bool knows_centuries)
{
    kv_send("leap_year_setup", setup);
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
        uint32_t days = days_before(years[i], knows_centuries);
        uint32_t first = 0;
        for (size_t month = 0; month < sizeof month_days; month++) {
            bool is_longer = month == 1 && is_leap(years[i], knows_centuries);
            uint32_t length = month_days[month] + (is_longer ? 1u : 0u);
            agree(days, first, DAY_S - 3600u);
            agree(days, first + length - 1u, DAY_S - 1u);
            first += length;
        }
    }
}

static void full_support(void)
{
    go_through("0", true);
}

static void partial_support(void)
{
    go_through("1", false);
}

static const struct test_case cases[] = {
    { "all leap years", full_support },
    { "every fourth year", partial_support },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "rtc_calc_auto", cases, CASE_COUNT(cases) });
}
