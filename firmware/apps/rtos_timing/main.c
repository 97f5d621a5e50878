/* What each primitive of the kernel costs, in instructions on a board that counts them, else in cycles. */
#include "bench_suite.h"
#include "latencies.h"

static const struct test_case cases[] = {
    { "calls that do not switch", bench_calls },
    { "from thread to thread by yielding", bench_yield },
    { "wake-ups of a waiting thread", bench_wakeups },
    { "a mutex that another one wants", bench_mutex_contended },
    { "threads that begin and end", bench_threads },
    { "interrupts", bench_interrupts },
    { "a periodic timer", bench_timer },
    { "many waiters", bench_waiters },
    { "Rhealstone", bench_rhealstone },
};

int main(void)
{
    bench_suite_run(&(struct test_suite){ 120, "default_auto", cases, CASE_COUNT(cases) });
}
