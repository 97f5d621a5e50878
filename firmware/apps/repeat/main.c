/* Cases that utest runs several times (CaseRepeatAll): one name starts and ends again and
   again, and its worst execution counts. The failing one has no line of its own: only
   utest's reason tells why. */
#include "greentea.h"

#define EXECUTIONS 3u
#define FAILING 1u

static void nothing(void) {}

static const struct test_case cases[] = { { "passes each time", nothing }, { "fails once", nothing } };

static void repeat(size_t index, unsigned failing)
{
    for (unsigned i = 0; i < EXECUTIONS; i++) {
        case_announce(index, cases[index].name);
        case_conclude(cases[index].name, i == failing ? "Timed Out" : NULL);
    }
}

int main(void)
{
    session_start(10, "default_auto");
    suite_announce(cases, CASE_COUNT(cases));
    repeat(0, EXECUTIONS);
    repeat(1, FAILING);
    suite_conclude(1, 1);
}
