#include "thread_metric.h"

#include <stdio.h>
#include <string.h>

#include "bench_suite.h"
#include "console.h"

#define THREADS_MAX 5u
#define ELEMENTS 1024u
#define MESSAGE_WORDS 4u
#define QUEUE_MESSAGES 10u
#define BLOCK_SIZE 128u
#define POOL_BLOCKS 16u
#define NAME_SIZE 80u
#define FLAG 1u
#define TEXT_OF(seconds) #seconds
#define PERIOD_TEXT(seconds) TEXT_OF(seconds)

struct loop {
    /* As in Thread-Metric's line, and as in our metrics. */
    const char *title;
    const char *metric;
    unsigned threads;
    /* Of thread n; those in `suspended`, one bit each, begin suspended. */
    uint8_t priority[THREADS_MAX];
    unsigned suspended;
    osThreadFunc_t entry[THREADS_MAX];
    /* The score is what interrupts have counted, not the sum of the threads. */
    bool counts_interrupts;
    /* Every counter must be within 1 of their average. */
    bool is_balanced;
};

static osThreadId_t threads[THREADS_MAX];
static volatile unsigned long counters[THREADS_MAX];
static volatile unsigned long interrupts;
static osSemaphoreId_t semaphore;
static osMessageQueueId_t queue;
static osMemoryPoolId_t pool;
static volatile unsigned long elements[ELEMENTS];
static const struct loop *loop;

static void process(void *argument)
{
    (void)argument;
    for (;;) {
        for (unsigned i = 0; i < ELEMENTS; i++) {
            elements[i] = (elements[i] + counters[0]) ^ elements[i];
        }
        counters[0]++;
    }
}

#define COOPERATE(n)                   \
    static void cooperate_##n(void *a) \
    {                                  \
        (void)a;                       \
        for (;;) {                     \
            (void)osThreadYield();     \
            counters[n]++;             \
        }                              \
    }
COOPERATE(0)
COOPERATE(1)
COOPERATE(2)
COOPERATE(3)
COOPERATE(4)

static void preempt_0(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osThreadResume(threads[1]);
        counters[0]++;
    }
}

#define PREEMPT(n, next)                             \
    static void preempt_##n(void *a)                 \
    {                                                \
        (void)a;                                     \
        for (;;) {                                   \
            (void)osThreadResume(threads[next]);     \
            counters[n]++;                           \
            (void)osThreadSuspend(threads[n]);       \
        }                                            \
    }
PREEMPT(1, 2)
PREEMPT(2, 3)
PREEMPT(3, 4)

static void preempt_4(void *argument)
{
    (void)argument;
    for (;;) {
        counters[4]++;
        (void)osThreadSuspend(threads[4]);
    }
}

static void put_in_interrupt(void)
{
    interrupts++;
    (void)osSemaphoreRelease(semaphore);
}

static void interrupt_itself(void *argument)
{
    (void)argument;
    bench_on_trap = put_in_interrupt;
    (void)osSemaphoreAcquire(semaphore, osWaitForever);
    for (;;) {
        bench_trap();
        (void)osSemaphoreAcquire(semaphore, osWaitForever);
        counters[0]++;
    }
}

static void flag_in_interrupt(void)
{
    interrupts++;
    (void)osThreadFlagsSet(threads[0], FLAG);
}

static void wait_for_interrupt(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osThreadFlagsWait(FLAG, osFlagsWaitAny, osWaitForever);
        counters[0]++;
    }
}

static void be_preempted(void *argument)
{
    (void)argument;
    bench_on_trap = flag_in_interrupt;
    for (;;) {
        bench_trap();
        counters[1]++;
    }
}

static void exchange_messages(void *argument)
{
    (void)argument;
    unsigned long sent[MESSAGE_WORDS] = { 0x11112222, 0x33334444, 0x55556666, 0x77778888 };
    unsigned long received[MESSAGE_WORDS];
    for (;;) {
        (void)osMessageQueuePut(queue, sent, 0, 0);
        (void)osMessageQueueGet(queue, received, NULL, 0);
        if (received[3] != sent[3]) {
            return;
        }
        sent[3]++;
        counters[0]++;
    }
}

static void synchronize(void *argument)
{
    (void)argument;
    for (;;) {
        if (osSemaphoreAcquire(semaphore, 0) != osOK || osSemaphoreRelease(semaphore) != osOK) {
            return;
        }
        counters[0]++;
    }
}

static void allocate(void *argument)
{
    (void)argument;
    for (;;) {
        void *block = osMemoryPoolAlloc(pool, 0);
        if (block == NULL || osMemoryPoolFree(pool, block) != osOK) {
            return;
        }
        counters[0]++;
    }
}

static const struct loop loops[] = {
    { "Basic Single Thread Processing", "basic", 1, { 10 }, 0, { process }, false, false },
    { "Cooperative Scheduling", "cooperative", 5, { 3, 3, 3, 3, 3 }, 0,
      { cooperate_0, cooperate_1, cooperate_2, cooperate_3, cooperate_4 }, false, true },
    { "Preemptive Scheduling", "preemptive", 5, { 10, 9, 8, 7, 6 }, 0x1E,
      { preempt_0, preempt_1, preempt_2, preempt_3, preempt_4 }, false, true },
    { "Interrupt Processing", "interrupt", 1, { 10 }, 0, { interrupt_itself }, true, true },
    { "Interrupt Preemption Processing", "interrupt-preemption/flags", 2, { 3, 10 }, 0,
      { wait_for_interrupt, be_preempted }, true, true },
    { "Message Processing", "message", 1, { 10 }, 0, { exchange_messages }, false, false },
    { "Synchronization Processing", "synchronization", 1, { 10 }, 0, { synchronize }, false, false },
    { "Memory Allocation", "memory", 1, { 10 }, 0, { allocate }, false, false },
};

static void open_objects(void)
{
    memset((void *)(uintptr_t)counters, 0, sizeof counters);
    interrupts = 0;
    semaphore = osSemaphoreNew(1, 1, NULL);
    queue = osMessageQueueNew(QUEUE_MESSAGES, MESSAGE_WORDS * sizeof(unsigned long), NULL);
    pool = osMemoryPoolNew(POOL_BLOCKS, BLOCK_SIZE, NULL);
    CHECK(semaphore != NULL && queue != NULL && pool != NULL);
}

static void close_objects(void)
{
    (void)osSemaphoreDelete(semaphore);
    (void)osMessageQueueDelete(queue);
    (void)osMemoryPoolDelete(pool);
}

/* They cannot run yet: all are below the thread that makes them. */
static void make_threads(void)
{
    for (unsigned i = 0; i < loop->threads; i++) {
        threads[i] = bench_thread(loop->entry[i], BENCH_PRIORITY(loop->priority[i]));
    }
    for (unsigned i = 0; i < loop->threads; i++) {
        if ((loop->suspended & (1u << i)) != 0u) {
            CHECK(osThreadSuspend(threads[i]) == osOK);
        }
    }
}

static unsigned long sum_of_threads(void)
{
    unsigned long sum = 0;
    for (unsigned i = 0; i < loop->threads; i++) {
        sum += counters[i];
    }
    return sum;
}

static void check_balance(unsigned long sum)
{
    unsigned long average = (loop->counts_interrupts ? sum + interrupts : sum) /
                            (loop->threads + (loop->counts_interrupts ? 1u : 0u));
    bool is_right = !loop->counts_interrupts || interrupts - average + 1u <= 2u;
    for (unsigned i = 0; i < loop->threads; i++) {
        is_right = is_right && counters[i] - average + 1u <= 2u;
    }
    if (!is_right) {
        console_puts("ERROR: Invalid counter value(s). Counters should not be more than 1 different than the average!\r\n");
        FAIL("counters diverged from their average");
    }
}

static void report(unsigned long score)
{
    char name[NAME_SIZE];
    const char *deviation = TM_TEST_SECONDS == 30 ? "" : "/" PERIOD_TEXT(TM_TEST_SECONDS) "s";
    console_printf("**** Thread-Metric %s Test **** Relative Time: %lu\r\nTime Period Total:  %lu\r\n\r\n", loop->title,
                   (unsigned long)TM_TEST_SECONDS, score);
    (void)snprintf(name, sizeof name, "thread-metric.%s.score%s", loop->metric, deviation);
    metric_send(name, (uint32_t)score, "count", "higher");
    (void)snprintf(name, sizeof name, "thread-metric.%s.per-count", loop->metric);
    metric_send_mean(name, (uint64_t)samples_counter()->hz * TM_TEST_SECONDS, (uint32_t)score);
}

static void run(const struct loop *which)
{
    loop = which;
    open_objects();
    samples_begin();
    make_threads();
    (void)osDelay((uint32_t)TM_TEST_SECONDS * osKernelGetTickFreq());
    unsigned long sum = sum_of_threads();
    unsigned long score = loop->counts_interrupts ? interrupts : sum;
    for (unsigned i = 0; i < loop->threads; i++) {
        (void)osThreadTerminate(threads[i]);
    }
    close_objects();
    CHECK(score > 0u);
    if (loop->is_balanced) {
        check_balance(sum);
    }
    report(score);
}

static void basic(void) { run(&loops[0]); }
static void cooperative(void) { run(&loops[1]); }
static void preemptive(void) { run(&loops[2]); }
static void interrupt(void) { run(&loops[3]); }
static void interrupt_preemption(void) { run(&loops[4]); }
static void message(void) { run(&loops[5]); }
static void synchronization(void) { run(&loops[6]); }
static void memory(void) { run(&loops[7]); }

const struct test_case thread_metric_cases[] = {
    { "Thread-Metric Basic Single Thread Processing", basic },
    { "Thread-Metric Cooperative Scheduling", cooperative },
    { "Thread-Metric Preemptive Scheduling", preemptive },
    { "Thread-Metric Interrupt Processing", interrupt },
    { "Thread-Metric Interrupt Preemption Processing", interrupt_preemption },
    { "Thread-Metric Message Processing", message },
    { "Thread-Metric Synchronization Processing", synchronization },
    { "Thread-Metric Memory Allocation", memory },
};
const unsigned thread_metric_case_count = CASE_COUNT(thread_metric_cases);
