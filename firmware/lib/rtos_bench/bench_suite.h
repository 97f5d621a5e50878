/* A suite of benchmarks: handshake with the host, kernel, then the cases in a thread. */
#ifndef GREENRACK_BENCH_SUITE_H
#define GREENRACK_BENCH_SUITE_H

#include "cmsis_os2.h"
#include "greentea.h"
#include "samples.h"

/* Thread-Metric's priorities: 1 is the highest, 16 the lowest. The cases run at 2, as its reporting thread does. */
#define BENCH_PRIORITY(n) ((osPriority_t)(osPriorityRealtime - (n)))
#define BENCH_CASES_PRIORITY 2
#define BENCH_STACK_SIZE 512u

_Noreturn void bench_suite_run(const struct test_suite *suite);

/* Leaves the case when there is no memory for it. */
osThreadId_t bench_thread(osThreadFunc_t func, osPriority_t priority);

#endif
