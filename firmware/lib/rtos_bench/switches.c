/* Changing between threads, contention for a mutex, making and ending threads. */
#include <stdbool.h>

#include "bench_suite.h"
#include "latencies.h"

#define ROUNDS (SAMPLES_MAX + 1u)
#define EQUAL BENCH_PRIORITY(BENCH_CASES_PRIORITY)
#define ABOVE BENCH_PRIORITY(1)

static volatile uint32_t arrived;
static volatile uint32_t left;
static osSemaphoreId_t go;
static osMutexId_t mutex;

static void yield_back(void *argument)
{
    (void)argument;
    for (;;) {
        arrived = bench_count();
        (void)osThreadYield();
    }
}

void bench_yield(void)
{
    osThreadId_t other = bench_thread(yield_back, EQUAL);
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t begin = bench_count();
        (void)osThreadYield();
        samples_add(begin, arrived);
    }
    samples_report("thread.yield-to-thread");
    (void)osThreadTerminate(other);
}

static void want_mutex(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osSemaphoreAcquire(go, osWaitForever);
        left = bench_count();
        (void)osMutexAcquire(mutex, osWaitForever);
        arrived = bench_count();
        (void)osMutexRelease(mutex);
    }
}

/* The one above waits for a mutex that we hold: we inherit its priority, and give it back with the mutex. */
static void contend(const char *name, bool times_handover)
{
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        (void)osMutexAcquire(mutex, osWaitForever);
        (void)osSemaphoreRelease(go);
        uint32_t begin = bench_count();
        (void)osMutexRelease(mutex);
        samples_add(times_handover ? begin : left, times_handover ? arrived : begin);
    }
    samples_report(name);
}

void bench_mutex_contended(void)
{
    go = osSemaphoreNew(1, 0, NULL);
    mutex = osMutexNew(&(osMutexAttr_t){ .attr_bits = osMutexPrioInherit });
    CHECK(go != NULL && mutex != NULL);
    osThreadId_t other = bench_thread(want_mutex, ABOVE);
    contend("mutex.acquire-to-owner.inherit", false);
    contend("mutex.release-to-thread.inherit", true);
    (void)osThreadTerminate(other);
    (void)osMutexDelete(mutex);
    (void)osSemaphoreDelete(go);
}

static void live_shortly(void *argument)
{
    (void)argument;
    arrived = bench_count();
    left = bench_count();
}

static void time_threads(const char *name, bool times_exit)
{
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t begin = bench_count();
        (void)bench_thread(live_shortly, ABOVE);
        uint32_t end = bench_count();
        samples_add(times_exit ? left : begin, times_exit ? end : arrived);
    }
    samples_report(name);
}

void bench_threads(void)
{
    time_threads("thread.create-to-thread", false);
    time_threads("thread.exit-to-thread", true);
}
