#include "samples.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmsis_os2.h"
#include "console.h"
#include "greentea.h"

#define OVERHEAD_READINGS 1000u
#define NAME_SIZE 96u

static const struct bench_counter *counter;
static uint32_t overhead;
static uint32_t cold;
static uint32_t count;
static bool has_cold;
static uint32_t samples[SAMPLES_MAX];

const struct bench_counter *samples_counter(void) { return counter; }

/* Instructions repeat to the last one, and with them what is counted in a given time. */
static const char *kind(void) { return strcmp(counter->unit, "instructions") == 0 ? ";exact" : ""; }

void metric_send(const char *name, uint32_t value, const char *unit, const char *direction)
{
    console_printf("{{metric;%s;%lu;%s;%s%s}}\r\n", name, (unsigned long)value, unit, direction, kind());
}

void metric_send_mean(const char *name, uint64_t total, uint32_t n)
{
    uint32_t thousandths = (uint32_t)((total * 1000u + n / 2u) / n);
    console_printf("{{metric;%s;%lu.%03lu;%s;lower%s}}\r\n", name, (unsigned long)(thousandths / 1000u),
                   (unsigned long)(thousandths % 1000u), counter->unit, kind());
}

static void do_nothing(void) { __asm volatile(""); }

/* Not inlined: the overhead is that of this very call. */
__attribute__((noinline)) static uint32_t timed(void (*run)(void))
{
    uint32_t begin = bench_count();
    run();
    return bench_count() - begin;
}

void samples_open(void)
{
    counter = bench_counter_open();
    overhead = UINT32_MAX;
    for (unsigned i = 0; i < OVERHEAD_READINGS; i++) {
        uint32_t cost = timed(do_nothing);
        overhead = cost < overhead ? cost : overhead;
    }
    metric_send("counter.overhead", overhead, counter->unit, "none");
}

void samples_begin(void)
{
    count = 0;
    has_cold = false;
    (void)osDelay(1);
    bench_counter_restart();
}

void samples_add_raw(uint32_t value)
{
    if (!has_cold) {
        has_cold = true;
        cold = value;
    } else if (count < SAMPLES_MAX) {
        samples[count++] = value;
    }
}

static void add_without_overhead(uint32_t value) { samples_add_raw(value > overhead ? value - overhead : 0u); }

void samples_add(uint32_t begin, uint32_t end) { add_without_overhead(end - begin); }

void samples_time(void (*run)(void)) { add_without_overhead(timed(run)); }

uint32_t samples_count(void) { return count; }

uint32_t samples_total(void)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += samples[i];
    }
    return total;
}

static int ascending(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void send(const char *name, const char *statistic, uint32_t value)
{
    char full[NAME_SIZE];
    (void)snprintf(full, sizeof full, "%s.%s", name, statistic);
    metric_send(full, value, counter->unit, "lower");
}

/* Nearest rank; `needed` samples resolve it. */
static void send_percentile(const char *name, const char *statistic, uint32_t per_mille, uint32_t needed)
{
    if (count >= needed) {
        send(name, statistic, samples[(count * per_mille + 999u) / 1000u - 1u]);
    }
}

void samples_report(const char *name)
{
    char full[NAME_SIZE];
    CHECK(has_cold && count > 0u);
    qsort(samples, count, sizeof samples[0], ascending);
    /* No call of a kernel takes a second; a number like that is an error of the measurement. */
    CHECK(samples[count - 1u] < counter->hz && cold < counter->hz);
    send(name, "cold", cold);
    send(name, "min", samples[0]);
    send_percentile(name, "median", 500, 1);
    send_percentile(name, "p90", 900, 10);
    send_percentile(name, "p99", 990, 100);
    send_percentile(name, "p99.9", 999, 1000);
    send(name, "max", samples[count - 1u]);
    (void)snprintf(full, sizeof full, "%s.n", name);
    metric_send(full, count, "count", "none");
}
