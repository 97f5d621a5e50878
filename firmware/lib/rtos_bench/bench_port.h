/*
 * What the benchmarks need of a board beyond CMSIS-RTOS2. bench_port.c is for Cortex-M: the cycle counter of the core
 * where there is one; on our virtual boards the number of instructions.
 */
#ifndef GREENRACK_BENCH_PORT_H
#define GREENRACK_BENCH_PORT_H

#include <stdint.h>

struct bench_counter {
    const char *name;
    /* A unit of the farm's metrics. */
    const char *unit;
    /* How often it counts in a second. */
    uint32_t hz;
};

/* Chooses the counter. */
const struct bench_counter *bench_counter_open(void);
/* From 0 again, so that no measurement meets the counter's end. */
void bench_counter_restart(void);
uint32_t bench_count(void);
/* Makes the board's spare interrupt pending, which is taken before this returns. */
void bench_trap(void);
/* What that interrupt does. */
extern void (*volatile bench_on_trap)(void);

#endif
