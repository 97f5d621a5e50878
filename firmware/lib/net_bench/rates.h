/* Metrics of what a wire carried. They depend on who is at its other end, so none is exact. */
#ifndef GREENRACK_RATES_H
#define GREENRACK_RATES_H

#include "iperf.h"

void rate_metric(const char *name, const char *what, uint32_t value, const char *unit_and_direction);
/* `<name>.rate` in bytes per second of the board's clock; a test that took no time fails the case. */
void rate_report(const char *name, const struct iperf_result *result);
/* The same, with `<name>.lost`, `<name>.out-of-order` and `<name>.jitter`. */
void rate_report_datagrams(const char *name, const struct iperf_result *result);

/* Times of single questions, 200 at most. */
void times_begin(void);
void times_add(uint32_t us);
/* `<name>.p50`, `<name>.p99` and `<name>.rate`, questions per second. */
void times_report(const char *name);

#endif
