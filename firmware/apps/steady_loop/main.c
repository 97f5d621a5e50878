/* Times a loop by the board's own clock: the same number every time where that clock counts
   instructions, and never quite the same where it follows the host. */
#include "console.h"
#include "greentea.h"
#include "stopwatch.h"

#define ROUNDS 300000u

static void takes_its_time(void)
{
    uint32_t start = stopwatch_us();
    for (volatile uint32_t i = 0; i < ROUNDS; i++) {
    }
    console_printf("loop took %lu us\r\n", (unsigned long)(stopwatch_us() - start));
}

static const struct test_case cases[] = { { "takes its time", takes_its_time } };

int main(void)
{
    suite_run(&(struct test_suite){ 10, "default_auto", cases, CASE_COUNT(cases) });
}
