/* The suite ends with success, and yet two of its cases tested nothing: a report that
   shows them as passed is wrong. */
#include "greentea.h"

static void runs(void) { CHECK(1); }
static void needs_a_second_board(void) { SKIP("no second board is wired"); }
static void is_ignored(void) { IGNORE("waits for a fix"); }

static const struct test_case cases[] = {
    { "runs", runs },
    { "needs a second board", needs_a_second_board },
    { "is ignored", is_ignored },
};

int main(void)
{
    suite_run(&(struct test_suite){ 10, "default_auto", cases, CASE_COUNT(cases) });
}
