/* Three seconds of numbered lines: time to kill processes and pull cables in, and a log
   that shows afterwards what was lost. */
#include "clock.h"
#include "console.h"
#include "greentea.h"

#define LINES 300
#define SPACING_MS 10u

static void prints_for_three_seconds(void)
{
    for (int i = 1; i <= LINES; i++) {
        console_printf("soak line %d\r\n", i);
        clock_sleep_ms(SPACING_MS);
    }
}

static const struct test_case cases[] = { { "prints for three seconds", prints_for_three_seconds } };

int main(void)
{
    suite_run(&(struct test_suite){ 30, "default_auto", cases, CASE_COUNT(cases) });
}
