/* A firmware assertion fails: the error block without registers before it, followed by
   the mbed_error keys of Mbed CE. */
#include "error_block.h"
#include "greentea.h"

static volatile int free_buffers;

static void passes_first(void) { CHECK(1); }
static void runs_out_of_buffers(void) { FATAL_ASSERT(free_buffers > 0); }

static const struct test_case cases[] = {
    { "passes first", passes_first },
    { "runs out of buffers", runs_out_of_buffers },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
