/*
 * The six components of Rhealstone (Kar and Porter, 1989), as RTEMS measures them: many repetitions, divided, less what
 * an otherwise identical loop takes. Preemption includes the way back and the call that suspends.
 */
#include <stdbool.h>

#include "bench_suite.h"
#include "latencies.h"

#define ROUNDS 1000u
#define COMPONENTS 6u
#define EQUAL BENCH_PRIORITY(BENCH_CASES_PRIORITY)
#define MIDDLE BENCH_PRIORITY(1)
#define ABOVE BENCH_PRIORITY(0)

static osSemaphoreId_t semaphore;
static osMutexId_t mutex;
static osMessageQueueId_t queue;
static osThreadId_t middle;
static volatile uint32_t entered;
/* Whether the loop is the one that is to be measured, or the one without. */
static bool is_real;
static uint64_t sum_of_means;

static void yield_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osThreadYield();
    }
}

static void suspend_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osThreadSuspend(osThreadGetId());
    }
}

static void receive_for_ever(void *argument)
{
    (void)argument;
    uint32_t message;
    for (;;) {
        (void)osMessageQueueGet(queue, &message, NULL, osWaitForever);
    }
}

static void shuffle(void)
{
    if (is_real) {
        (void)osSemaphoreAcquire(semaphore, osWaitForever);
    }
    (void)osThreadYield();
    if (is_real) {
        (void)osSemaphoreRelease(semaphore);
    }
    (void)osThreadYield();
}

static void shuffle_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        shuffle();
    }
}

static void want_mutex_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osSemaphoreAcquire(semaphore, osWaitForever);
        (void)osThreadResume(middle);
        (void)osMutexAcquire(mutex, osWaitForever);
        (void)osMutexRelease(mutex);
    }
}

static void yield_once(void) { (void)osThreadYield(); }
static void resume_middle(void) { (void)osThreadResume(middle); }

static void send(void)
{
    uint32_t message = 0;
    (void)osMessageQueuePut(queue, &message, 0, osWaitForever);
}

/* Without: the one above finds the mutex free, and the same threads run. */
static void break_deadlock(void)
{
    if (is_real) {
        (void)osMutexAcquire(mutex, osWaitForever);
    }
    (void)osSemaphoreRelease(semaphore);
    if (is_real) {
        (void)osMutexRelease(mutex);
    }
}

static void nothing(void) {}

static uint32_t time_rounds(void (*round)(void))
{
    samples_begin();
    uint32_t begin = bench_count();
    for (unsigned i = 0; i < ROUNDS; i++) {
        round();
    }
    return bench_count() - begin;
}

static void report(const char *name, uint32_t total, uint32_t count)
{
    sum_of_means += (uint64_t)total * 1000u / count;
    metric_send_mean(name, total, count);
}

static void task_switch(void)
{
    osThreadId_t other = bench_thread(yield_for_ever, EQUAL);
    uint32_t total = time_rounds(yield_once) - time_rounds(nothing);
    (void)osThreadTerminate(other);
    report("rhealstone.task-switch", total, 2u * ROUNDS);
}

static void preemption(void)
{
    middle = bench_thread(suspend_for_ever, MIDDLE);
    uint32_t total = time_rounds(resume_middle) - time_rounds(nothing);
    (void)osThreadTerminate(middle);
    report("rhealstone.preemption", total, ROUNDS);
}

static void note_entry(void) { entered = bench_count(); }

static void interrupt_latency(void)
{
    bench_on_trap = note_entry;
    samples_begin();
    for (unsigned i = 0; i <= ROUNDS; i++) {
        uint32_t begin = bench_count();
        bench_trap();
        samples_add(begin, entered);
    }
    report("rhealstone.interrupt-latency", samples_total(), samples_count());
}

static uint32_t shuffle_total(bool real)
{
    is_real = real;
    osThreadId_t other = bench_thread(shuffle_for_ever, EQUAL);
    uint32_t total = time_rounds(shuffle);
    (void)osThreadTerminate(other);
    return total;
}

static void semaphore_shuffle(void)
{
    semaphore = osSemaphoreNew(1, 1, NULL);
    CHECK(semaphore != NULL);
    uint32_t total = shuffle_total(true) - shuffle_total(false);
    (void)osSemaphoreDelete(semaphore);
    report("rhealstone.semaphore-shuffle", total, 2u * ROUNDS);
}

static void deadlock_break(void)
{
    semaphore = osSemaphoreNew(1, 0, NULL);
    mutex = osMutexNew(&(osMutexAttr_t){ .attr_bits = osMutexPrioInherit });
    CHECK(semaphore != NULL && mutex != NULL);
    middle = bench_thread(suspend_for_ever, MIDDLE);
    osThreadId_t above = bench_thread(want_mutex_for_ever, ABOVE);
    is_real = true;
    uint32_t total = time_rounds(break_deadlock);
    is_real = false;
    total -= time_rounds(break_deadlock);
    (void)osThreadTerminate(above);
    (void)osThreadTerminate(middle);
    (void)osMutexDelete(mutex);
    (void)osSemaphoreDelete(semaphore);
    report("rhealstone.deadlock-break", total, ROUNDS);
}

static void datagram(void)
{
    queue = osMessageQueueNew(1, sizeof(uint32_t), NULL);
    CHECK(queue != NULL);
    osThreadId_t receiver = bench_thread(receive_for_ever, MIDDLE);
    uint32_t total = time_rounds(send) - time_rounds(nothing);
    (void)osThreadTerminate(receiver);
    (void)osMessageQueueDelete(queue);
    report("rhealstone.datagram", total, ROUNDS);
}

void bench_rhealstone(void)
{
    sum_of_means = 0;
    task_switch();
    preemption();
    interrupt_latency();
    semaphore_shuffle();
    deadlock_break();
    datagram();
    metric_send_mean("rhealstone.mean", sum_of_means, 1000u * COMPONENTS);
}
