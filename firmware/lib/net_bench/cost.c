#include "cost.h"

#include <string.h>

#include "bench_port.h"
#include "console.h"
#include "kv.h"

static const struct bench_counter *counter;

/* Instructions repeat to the last one; cycles follow the host or the memory. */
static const char *kind(void) { return strcmp(counter->unit, "instructions") == 0 ? "exact" : "noisy"; }

void cost_open(void)
{
    counter = bench_counter_open();
    kv_send("bench_counter", counter->name);
    kv_send_number("bench_counter_hz", counter->hz);
    kv_send("bench_compiler", "GCC " __VERSION__);
}

void cost_begin(void) { bench_counter_restart(); }

uint32_t cost_end(void) { return bench_count(); }

void cost_report(const char *name, uint32_t cost, uint32_t repetitions)
{
    uint64_t thousandths = ((uint64_t)cost * 1000u + repetitions / 2u) / repetitions;
    console_printf("{{metric;%s;%lu.%03lu;%s;lower;%s}}\r\n", name, (unsigned long)(thousandths / 1000u),
                   (unsigned long)(thousandths % 1000u), counter->unit, kind());
}

void cost_report_bytes(const char *name, uint32_t cost, size_t bytes)
{
    uint64_t rate = (uint64_t)bytes * counter->hz / cost;
    console_printf("{{metric;%s.rate;%lu;bytes_per_second;higher;%s}}\r\n", name, (unsigned long)rate, kind());
    char full[64];
    (void)strcpy(full, name);
    (void)strcat(full, ".per-kib");
    cost_report(full, cost, (uint32_t)(bytes / 1024u));
}
