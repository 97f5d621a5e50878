/* Switches its receiver on late and in the plain way, as firmware on a busy machine does
   that the host is faster than. What the host has written by then must still arrive. */
#include "console.h"
#include "greentea.h"
#include "stopwatch.h"

#define LATE_US 300000u

static void hears(void) {}

static const struct test_case cases[] = { { "hears what was said before", hears } };

int main(void)
{
    console_deafen();
    while (stopwatch_us() < LATE_US) {
    }
    console_listen();
    suite_run(&(struct test_suite){ 10, "default_auto", cases, CASE_COUNT(cases) });
}
