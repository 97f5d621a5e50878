/* From a call in one thread or interrupt to the thread of higher priority that waited for it, and back. */
#include "bench_suite.h"
#include "latencies.h"

#define ROUNDS (SAMPLES_MAX + 1u)
#define FLAG 1u
#define ABOVE BENCH_PRIORITY(1)

static osSemaphoreId_t semaphore;
static osEventFlagsId_t flags;
static osMessageQueueId_t queue;
static osThreadId_t waiter;
static uint32_t message;
/* When the waiter began to wait, and when it went on. */
static volatile uint32_t went_to_sleep;
static volatile uint32_t woke;
static void (*wait)(void);

static void wait_semaphore(void) { (void)osSemaphoreAcquire(semaphore, osWaitForever); }
static void wait_event(void) { (void)osEventFlagsWait(flags, FLAG, osFlagsWaitAny, osWaitForever); }
static void wait_flag(void) { (void)osThreadFlagsWait(FLAG, osFlagsWaitAny, osWaitForever); }
static void wait_message(void) { (void)osMessageQueueGet(queue, &message, NULL, osWaitForever); }
static void wait_resume(void) { (void)osThreadSuspend(osThreadGetId()); }

static void wake_semaphore(void) { (void)osSemaphoreRelease(semaphore); }
static void wake_event(void) { (void)osEventFlagsSet(flags, FLAG); }
static void wake_flag(void) { (void)osThreadFlagsSet(waiter, FLAG); }
static void wake_message(void) { (void)osMessageQueuePut(queue, &message, 0, 0); }
static void wake_resume(void) { (void)osThreadResume(waiter); }

/* osThreadResume is not for interrupts. */
static const struct {
    const char *name;
    const char *from_isr;
    void (*wait)(void);
    void (*wake)(void);
} ways[] = {
    { "semaphore.release-to-thread", "isr.semaphore-to-thread", wait_semaphore, wake_semaphore },
    { "event-flags.set-to-thread", "isr.event-flags-to-thread", wait_event, wake_event },
    { "thread-flags.set-to-thread", "isr.thread-flags-to-thread", wait_flag, wake_flag },
    { "queue.put-to-thread", "isr.queue-to-thread", wait_message, wake_message },
    { "thread.resume-to-thread", NULL, wait_resume, wake_resume },
};

static void wait_again_and_again(void *argument)
{
    (void)argument;
    for (;;) {
        went_to_sleep = bench_count();
        wait();
        woke = bench_count();
    }
}

static void time_wakeups(const char *name, void (*wake)(void))
{
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t begin = bench_count();
        wake();
        samples_add(begin, woke);
    }
    samples_report(name);
}

/* The waiter waits again before we go on: from its call to the end of ours. */
static void time_sleep(void)
{
    samples_begin();
    for (unsigned round = 0; round < ROUNDS; round++) {
        wake_semaphore();
        samples_add(went_to_sleep, bench_count());
    }
    samples_report("semaphore.acquire-to-thread");
}

static void open_objects(void)
{
    semaphore = osSemaphoreNew(1, 0, NULL);
    flags = osEventFlagsNew(NULL);
    queue = osMessageQueueNew(1, sizeof message, NULL);
    CHECK(semaphore != NULL && flags != NULL && queue != NULL);
}

static void close_objects(void)
{
    (void)osSemaphoreDelete(semaphore);
    (void)osEventFlagsDelete(flags);
    (void)osMessageQueueDelete(queue);
}

void bench_wakeups(void)
{
    open_objects();
    for (size_t i = 0; i < CASE_COUNT(ways); i++) {
        wait = ways[i].wait;
        waiter = bench_thread(wait_again_and_again, ABOVE);
        time_wakeups(ways[i].name, ways[i].wake);
        if (ways[i].from_isr != NULL) {
            bench_on_trap = ways[i].wake;
            time_wakeups(ways[i].from_isr, bench_trap);
        }
        if (ways[i].wake == wake_semaphore) {
            time_sleep();
        }
        (void)osThreadTerminate(waiter);
    }
    close_objects();
}
