/*
 * The eight loops of Thread-Metric (Express Logic, 2007) with its threads, priorities, scores and checks, written for
 * CMSIS-RTOS2. Deviations: a period may be shorter than 30 s and stands in the name of the score then; what is read is the
 * count of the first period; and since osThreadResume is not for interrupts, Interrupt Preemption uses thread flags.
 */
#ifndef GREENRACK_THREAD_METRIC_H
#define GREENRACK_THREAD_METRIC_H

#include "greentea.h"

/* 30 for figures that are to stand beside others'. */
#ifndef TM_TEST_SECONDS
#define TM_TEST_SECONDS 30
#endif

extern const struct test_case thread_metric_cases[];
extern const unsigned thread_metric_case_count;

#endif
