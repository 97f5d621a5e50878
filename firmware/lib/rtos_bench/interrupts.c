/* Interrupts, and how evenly the kernel keeps time. */
#include "bench_suite.h"
#include "latencies.h"

#define ROUNDS (SAMPLES_MAX + 1u)
#define TIMER_ROUNDS 101u
#define TIMER_TICKS 1u

static volatile uint32_t entered;
static volatile uint32_t called_at;
static osSemaphoreId_t called;

static void note_entry(void) { entered = bench_count(); }
static void nothing(void) {}

static void time_entry(void)
{
    bench_on_trap = note_entry;
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t begin = bench_count();
        bench_trap();
        samples_add(begin, entered);
    }
    samples_report("isr.entry");
}

static void time_return(void)
{
    bench_on_trap = nothing;
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        samples_time(bench_trap);
    }
    samples_report("isr.entry-and-return");
}

void bench_interrupts(void)
{
    time_entry();
    time_return();
}

static void note_call(void *argument)
{
    (void)argument;
    called_at = bench_count();
    (void)osSemaphoreRelease(called);
}

static uint32_t next_call(void)
{
    CHECK(osSemaphoreAcquire(called, osWaitForever) == osOK);
    return called_at;
}

/* How much later or earlier than one period after the one before each call comes. */
void bench_timer(void)
{
    uint32_t period = samples_counter()->hz / osKernelGetTickFreq() * TIMER_TICKS;
    called = osSemaphoreNew(1, 0, NULL);
    osTimerId_t timer = osTimerNew(note_call, osTimerPeriodic, NULL, NULL);
    CHECK(called != NULL && timer != NULL);
    samples_begin();
    CHECK(osTimerStart(timer, TIMER_TICKS) == osOK);
    uint32_t before = next_call();
    for (unsigned round = 0; round < TIMER_ROUNDS; round++) {
        uint32_t at = next_call();
        uint32_t gone = at - before;
        samples_add_raw(gone > period ? gone - period : period - gone);
        before = at;
    }
    samples_report("timer.jitter");
    (void)osTimerDelete(timer);
    (void)osSemaphoreDelete(called);
}
