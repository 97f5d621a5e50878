#include "rates.h"

#include <stdlib.h>

#include "console.h"
#include "greentea.h"

#define TIMES_MAX 200u

static uint32_t times[TIMES_MAX];
static uint32_t count;

void rate_metric(const char *name, const char *what, uint32_t value, const char *unit_and_direction)
{
    console_printf("{{metric;%s.%s;%lu;%s;noisy}}\r\n", name, what, (unsigned long)value, unit_and_direction);
}

void rate_report(const char *name, const struct iperf_result *result)
{
    CHECK(result->us > 0u);
    uint64_t rate = (uint64_t)result->bytes * 1000000u / result->us;
    rate_metric(name, "rate", (uint32_t)rate, "bytes_per_second;higher");
}

void rate_report_datagrams(const char *name, const struct iperf_result *result)
{
    rate_report(name, result);
    rate_metric(name, "lost", result->lost, "count;lower");
    rate_metric(name, "out-of-order", result->out_of_order, "count;lower");
    rate_metric(name, "jitter", result->jitter_us, "us;lower");
}

void times_begin(void) { count = 0; }

void times_add(uint32_t us)
{
    if (count < TIMES_MAX) {
        times[count++] = us;
    }
}

static int ascending(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* Nearest rank. */
static uint32_t percentile(uint32_t percent) { return times[(count * percent + 99u) / 100u - 1u]; }

void times_report(const char *name)
{
    uint64_t total_us = 0;
    for (uint32_t i = 0; i < count; i++) {
        total_us += times[i];
    }
    CHECK(total_us > 0u);
    qsort(times, count, sizeof times[0], ascending);
    rate_metric(name, "p50", percentile(50), "us;lower");
    if (count >= 100u) {
        rate_metric(name, "p99", percentile(99), "us;lower");
    }
    rate_metric(name, "rate", (uint32_t)((uint64_t)count * 1000000u / total_us), "per_second;higher");
}
