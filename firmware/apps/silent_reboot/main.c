/* Resets itself in its case and waits for the host as at its first start: its console
   shows nothing of that. */
#include "clock.h"
#include "cpu.h"
#include "greentea.h"

static void resets_the_board(void)
{
    clock_sleep_ms(50);
    cpu_reset();
}

static const struct test_case cases[] = { { "resets the board", resets_the_board } };

int main(void)
{
    suite_run(&(struct test_suite){ 3, "default_auto", cases, CASE_COUNT(cases) });
}
