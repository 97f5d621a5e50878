/* What it costs that 1, 4, 16 or 64 threads wait: kernels keep them in lists, and lists have their price. */
#include <stdio.h>

#include "bench_suite.h"
#include "latencies.h"

#define WAITERS_MAX 64u
#define ROUNDS 101u
#define FLAG 1u
#define NAME_SIZE 64u
#define WAITING BENCH_PRIORITY(10)
/* Runs when all others wait, and says so. */
#define LAST BENCH_PRIORITY(16)

static osSemaphoreId_t semaphore;
static osSemaphoreId_t all_wait;
static osEventFlagsId_t flags;
static osMessageQueueId_t queue;
static osThreadId_t threads[WAITERS_MAX];
static uint32_t message;

static void say_all_wait(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osSemaphoreRelease(all_wait);
    }
}

static void wait_semaphore(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osSemaphoreAcquire(semaphore, osWaitForever);
    }
}

static void wait_event(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osEventFlagsWait(flags, FLAG, osFlagsWaitAll | osFlagsNoClear, osWaitForever);
        (void)osEventFlagsClear(flags, FLAG);
    }
}

static void wait_message(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osMessageQueueGet(queue, &message, NULL, osWaitForever);
    }
}

static void release(void) { (void)osSemaphoreRelease(semaphore); }
static void set_event(void) { (void)osEventFlagsSet(flags, FLAG); }
static void put(void) { (void)osMessageQueuePut(queue, &message, 0, 0); }

static const struct {
    const char *name;
    osThreadFunc_t wait;
    void (*wake)(void);
} ways[] = {
    { "semaphore.release", wait_semaphore, release },
    { "event-flags.set-all", wait_event, set_event },
    { "queue.put", wait_message, put },
};

static void let_all_wait(void)
{
    (void)osSemaphoreAcquire(all_wait, osWaitForever);
    (void)osSemaphoreAcquire(all_wait, osWaitForever);
}

static void measure(size_t way, uint32_t count)
{
    char name[NAME_SIZE];
    for (uint32_t i = 0; i < count; i++) {
        threads[i] = bench_thread(ways[way].wait, WAITING);
    }
    let_all_wait();
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        samples_time(ways[way].wake);
        let_all_wait();
    }
    (void)snprintf(name, sizeof name, "%s.%lu-waiters", ways[way].name, (unsigned long)count);
    samples_report(name);
    for (uint32_t i = 0; i < count; i++) {
        (void)osThreadTerminate(threads[i]);
    }
}

void bench_waiters(void)
{
    semaphore = osSemaphoreNew(WAITERS_MAX, 0, NULL);
    all_wait = osSemaphoreNew(1, 0, NULL);
    flags = osEventFlagsNew(NULL);
    queue = osMessageQueueNew(1, sizeof message, NULL);
    CHECK(semaphore != NULL && all_wait != NULL && flags != NULL && queue != NULL);
    osThreadId_t last = bench_thread(say_all_wait, LAST);
    for (size_t way = 0; way < CASE_COUNT(ways); way++) {
        for (uint32_t count = 1; count <= WAITERS_MAX; count *= 4u) {
            measure(way, count);
        }
    }
    (void)osThreadTerminate(last);
    (void)osSemaphoreDelete(semaphore);
    (void)osSemaphoreDelete(all_wait);
    (void)osEventFlagsDelete(flags);
    (void)osMessageQueueDelete(queue);
}
