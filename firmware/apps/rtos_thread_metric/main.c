/* Thread-Metric's eight loops. */
#include "bench_suite.h"
#include "thread_metric.h"

int main(void)
{
    bench_suite_run(&(struct test_suite){ 180, "default_auto", thread_metric_cases, thread_metric_case_count });
}
