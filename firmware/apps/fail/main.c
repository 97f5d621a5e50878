/* Two cases fail, each in its own way; the cases around them pass. */
#include "greentea.h"

static void passes_before(void) { CHECK(1); }

static void compares_wrong_numbers(void)
{
    volatile int answer = 41;
    CHECK_EQUAL(42, answer);
}

static void passes_between(void) { CHECK_EQUAL(2, 1 + 1); }

static void finds_a_condition_false(void)
{
    volatile int sensor_ready = 0;
    CHECK(sensor_ready != 0);
}

static void passes_after(void) { CHECK(1); }

static const struct test_case cases[] = {
    { "passes before", passes_before },
    { "compares wrong numbers", compares_wrong_numbers },
    { "passes between", passes_between },
    { "finds a condition false", finds_a_condition_false },
    { "passes after", passes_after },
};

int main(void)
{
    suite_run(&(struct test_suite){ 10, "default_auto", cases, CASE_COUNT(cases) });
}
