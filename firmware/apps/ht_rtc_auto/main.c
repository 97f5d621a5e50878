/* Host test "rtc_auto": a time in seconds and the device's own text of it. */
#include <time.h>

#include "console.h"
#include "greentea.h"

#define FIRST 1256729737
#define COUNT 3

static void texts_match(void)
{
    for (int i = 0; i < COUNT; i++) {
        time_t seconds = FIRST + i * 86399;
        struct tm split;
        (void)gmtime_r(&seconds, &split);
        kv_send_number("timestamp", (uint32_t)seconds);
        console_printf("{{rtc;%04d-%02d-%02d %02d:%02d:%02d %s}}\r\n", split.tm_year + 1900, split.tm_mon + 1,
                       split.tm_mday, split.tm_hour, split.tm_min, split.tm_sec, split.tm_hour < 12 ? "AM" : "PM");
    }
}

static const struct test_case cases[] = { { "texts match", texts_match } };

int main(void)
{
    suite_run(&(struct test_suite){ 20, "rtc_auto", cases, CASE_COUNT(cases) });
}
