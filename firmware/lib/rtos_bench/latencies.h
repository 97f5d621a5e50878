/* What one call of each primitive costs, and how long it takes from one thread to another. */
#ifndef GREENRACK_LATENCIES_H
#define GREENRACK_LATENCIES_H

void bench_calls(void);
void bench_wakeups(void);
void bench_yield(void);
void bench_mutex_contended(void);
void bench_interrupts(void);
void bench_threads(void);
void bench_timer(void);
void bench_waiters(void);
void bench_rhealstone(void);

#endif
