/*
 * Repeated measurements of one thing. The first stands apart ("cold"): caches and branch predictors have not seen the
 * code. Of the others: min, median, p90, p99, p99.9, max, each percentile only when there are enough samples.
 */
#ifndef GREENRACK_SAMPLES_H
#define GREENRACK_SAMPLES_H

#include <stdint.h>

#include "bench_port.h"

#define SAMPLES_MAX 1000u

/* Opens the counter and measures what reading it and calling a function costs. */
void samples_open(void);
const struct bench_counter *samples_counter(void);
/* Forgets all samples, waits for the next tick and restarts the counter: each measurement begins at the same place
   between two ticks. */
void samples_begin(void);
/* Takes what reading the counter and calling a function costs off. */
void samples_add(uint32_t begin, uint32_t end);
/* One measurement of what `run` does. */
void samples_time(void (*run)(void));
void samples_add_raw(uint32_t value);
/* Sends them as metrics `<name>.cold`, `<name>.min` and so on. Fails the case when a value is impossible. */
void samples_report(const char *name);
/* Of the samples but the first. */
uint32_t samples_total(void);
uint32_t samples_count(void);
/* One value with three decimals, `total` / `count`. */
void metric_send_mean(const char *name, uint64_t total, uint32_t count);
void metric_send(const char *name, uint32_t value, const char *unit, const char *direction);

#endif
