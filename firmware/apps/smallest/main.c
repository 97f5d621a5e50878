/* The shortest suite there is: what remains is the farm's own overhead. */
#include "greentea.h"

static void does_nothing(void) {}

static const struct test_case cases[] = { { "does nothing", does_nothing } };

int main(void)
{
    suite_run(&(struct test_suite){ 10, "default_auto", cases, CASE_COUNT(cases) });
}
