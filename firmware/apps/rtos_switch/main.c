/* What it costs to change threads: the smallest image with a number, for histories of builds. */
#include "bench_suite.h"
#include "kv.h"
#include "latencies.h"

/* As a release would have it: whoever makes builds of this image writes the commit over the digits. */
static const char commit[] = "commit:0000000000000000000000000000000000000000";

#ifdef EXTRA_BYTES
/* What somebody forgot. */
extern const char extra_table[];
const char extra_table[EXTRA_BYTES] = { 1 };
#endif

static void yield(void)
{
    kv_send("rtos_commit", commit);
    bench_yield();
}

static const struct test_case cases[] = {
    { "from thread to thread by yielding", yield },
};

int main(void)
{
    bench_suite_run(&(struct test_suite){ 30, "default_auto", cases, CASE_COUNT(cases) });
}
