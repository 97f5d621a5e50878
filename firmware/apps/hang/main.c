/* Announces 2 s, starts its second case and is silent from then on. */
#include "cpu.h"
#include "greentea.h"

static void passes_first(void) { CHECK(1); }
static void never_comes_back(void) { cpu_halt(); }

static const struct test_case cases[] = {
    { "passes first", passes_first },
    { "never comes back", never_comes_back },
};

int main(void)
{
    suite_run(&(struct test_suite){ 2, "default_auto", cases, CASE_COUNT(cases) });
}
