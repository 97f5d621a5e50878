/* What CMSIS-RTOS2 promises, asked of the kernel that the benchmarks measure. */
#include <string.h>

#include "bench_suite.h"

#define ABOVE BENCH_PRIORITY(1)
#define TOP BENCH_PRIORITY(0)
#define BELOW BENCH_PRIORITY(10)
#define SHORT 2u

static char trace[16];
static osSemaphoreId_t semaphore;
static osMutexId_t mutex_a;
static osMutexId_t mutex_b;
static osEventFlagsId_t flags;
static osMessageQueueId_t queue;
static osMemoryPoolId_t pool;
static volatile uint32_t seen;
static volatile int32_t status;

static void note(char what) { trace[strlen(trace)] = what; }

static void begin(void)
{
    memset(trace, 0, sizeof trace);
    seen = 0;
    status = osError;
}

static void expect_trace(const char *expected)
{
    if (strcmp(trace, expected) != 0) {
        FAIL(trace);
    }
}

/* Lets all that are below run until they wait. */
static void let_others_run(void) { (void)osDelay(SHORT); }

static void note_its_letter(void *argument) { note(*(const char *)argument); }

static osThreadId_t start(osThreadFunc_t func, const char *letter, osPriority_t priority)
{
    osThreadId_t thread = osThreadNew(func, (void *)(uintptr_t)letter, &(osThreadAttr_t){
        .priority = priority, .stack_size = BENCH_STACK_SIZE, .attr_bits = osThreadJoinable });
    CHECK(thread != NULL);
    return thread;
}

static void join(osThreadId_t thread) { CHECK_EQUAL(osOK, osThreadJoin(thread)); }

static void higher_runs_at_once(void)
{
    begin();
    osThreadId_t above = start(note_its_letter, "a", ABOVE);
    expect_trace("a");
    osThreadId_t below = start(note_its_letter, "b", BELOW);
    expect_trace("a");
    CHECK_EQUAL(osThreadTerminated, osThreadGetState(above));
    CHECK_EQUAL(osThreadReady, osThreadGetState(below));
    join(above);
    join(below);
    expect_trace("ab");
}

static void yield_twice(void *argument)
{
    note_its_letter(argument);
    (void)osThreadYield();
    note_its_letter(argument);
}

static void equals_take_turns(void)
{
    begin();
    osThreadId_t a = start(yield_twice, "a", BELOW);
    osThreadId_t b = start(yield_twice, "b", BELOW);
    join(a);
    join(b);
    expect_trace("abab");
}

static void semaphore_counts(void)
{
    semaphore = osSemaphoreNew(2, 1, NULL);
    CHECK_EQUAL(osOK, osSemaphoreRelease(semaphore));
    CHECK_EQUAL(osErrorResource, osSemaphoreRelease(semaphore));
    CHECK_EQUAL(osOK, osSemaphoreAcquire(semaphore, 0));
    CHECK_EQUAL(osOK, osSemaphoreAcquire(semaphore, 0));
    CHECK_EQUAL(osErrorResource, osSemaphoreAcquire(semaphore, 0));
    uint32_t before = osKernelGetTickCount();
    CHECK_EQUAL(osErrorTimeout, osSemaphoreAcquire(semaphore, 3));
    CHECK_EQUAL(3, osKernelGetTickCount() - before);
    CHECK_EQUAL(osOK, osSemaphoreDelete(semaphore));
}

static void acquire_and_note(void *argument)
{
    status = osSemaphoreAcquire(semaphore, osWaitForever);
    note_its_letter(argument);
}

static void waiters_are_served_by_priority(void)
{
    begin();
    semaphore = osSemaphoreNew(4, 0, NULL);
    static const char *const letters[] = { "c", "d", "a", "b" };
    static const osPriority_t priorities[] = { BELOW, BELOW, BENCH_PRIORITY(3), BENCH_PRIORITY(4) };
    osThreadId_t threads[4];
    for (unsigned i = 0; i < 4u; i++) {
        threads[i] = start(acquire_and_note, letters[i], priorities[i]);
        let_others_run();
    }
    for (unsigned i = 0; i < 4u; i++) {
        CHECK_EQUAL(osOK, osSemaphoreRelease(semaphore));
        let_others_run();
    }
    expect_trace("abcd");
    for (unsigned i = 0; i < 4u; i++) {
        join(threads[i]);
    }
    osThreadId_t last = start(acquire_and_note, "x", ABOVE);
    CHECK_EQUAL(osOK, osSemaphoreDelete(semaphore));
    CHECK_EQUAL(osErrorResource, status);
    join(last);
}

static void hold_a(void *argument)
{
    (void)argument;
    (void)osMutexAcquire(mutex_a, osWaitForever);
    (void)osThreadFlagsWait(1, osFlagsWaitAny, osWaitForever);
    (void)osMutexRelease(mutex_a);
}

static void hold_b_and_want_a(void *argument)
{
    (void)argument;
    (void)osMutexAcquire(mutex_b, osWaitForever);
    (void)osMutexAcquire(mutex_a, osWaitForever);
    (void)osMutexRelease(mutex_a);
    (void)osMutexRelease(mutex_b);
}

static void open_mutexes(uint32_t attr_bits)
{
    mutex_a = osMutexNew(&(osMutexAttr_t){ .attr_bits = attr_bits });
    mutex_b = osMutexNew(&(osMutexAttr_t){ .attr_bits = attr_bits });
    CHECK(mutex_a != NULL && mutex_b != NULL);
}

static void close_mutexes(void)
{
    CHECK_EQUAL(osOK, osMutexDelete(mutex_a));
    CHECK_EQUAL(osOK, osMutexDelete(mutex_b));
}

static void owners_inherit_along_a_chain(void)
{
    open_mutexes(osMutexPrioInherit);
    osThreadId_t low = start(hold_a, "", BENCH_PRIORITY(12));
    let_others_run();
    osThreadId_t middle = start(hold_b_and_want_a, "", BELOW);
    let_others_run();
    CHECK_EQUAL(BELOW, osThreadGetPriority(low));
    CHECK_EQUAL(osErrorTimeout, osMutexAcquire(mutex_b, SHORT));
    CHECK_EQUAL(BELOW, osThreadGetPriority(low));
    CHECK_EQUAL(BELOW, osThreadGetPriority(middle));
    (void)osThreadFlagsSet(low, 1);
    CHECK_EQUAL(osOK, osMutexAcquire(mutex_b, osWaitForever));
    CHECK_EQUAL(BENCH_PRIORITY(12), osThreadGetPriority(low));
    CHECK_EQUAL(BELOW, osThreadGetPriority(middle));
    CHECK_EQUAL(osOK, osMutexRelease(mutex_b));
    join(low);
    join(middle);
    close_mutexes();
}

static void look_at_priority(void *argument)
{
    seen = (uint32_t)osThreadGetPriority(argument);
}

/* The owner waits for something else, so the timer's thread can look while we wait. */
static void inheritance_is_there_while_one_waits(void)
{
    begin();
    open_mutexes(osMutexPrioInherit);
    osThreadId_t low = start(hold_a, "", BENCH_PRIORITY(12));
    let_others_run();
    osTimerId_t timer = osTimerNew(look_at_priority, osTimerOnce, low, NULL);
    CHECK_EQUAL(osOK, osTimerStart(timer, 1));
    CHECK_EQUAL(osErrorTimeout, osMutexAcquire(mutex_a, 3));
    let_others_run();
    CHECK_EQUAL(osThreadGetPriority(osThreadGetId()), seen);
    CHECK_EQUAL(BENCH_PRIORITY(12), osThreadGetPriority(low));
    (void)osThreadFlagsSet(low, 1);
    join(low);
    (void)osTimerDelete(timer);
    close_mutexes();
}

static void mutexes_know_their_owner(void)
{
    open_mutexes(osMutexRecursive);
    CHECK_EQUAL(osErrorResource, osMutexRelease(mutex_a));
    CHECK_EQUAL(osOK, osMutexAcquire(mutex_a, 0));
    CHECK_EQUAL(osOK, osMutexAcquire(mutex_a, 0));
    CHECK(osMutexGetOwner(mutex_a) == osThreadGetId());
    CHECK_EQUAL(osOK, osMutexRelease(mutex_a));
    CHECK(osMutexGetOwner(mutex_a) == osThreadGetId());
    CHECK_EQUAL(osOK, osMutexRelease(mutex_a));
    CHECK(osMutexGetOwner(mutex_a) == NULL);
    close_mutexes();
}

static void take_and_end(void *argument)
{
    (void)argument;
    (void)osMutexAcquire(mutex_a, osWaitForever);
}

static void robust_mutex_outlives_its_owner(void)
{
    open_mutexes(osMutexRobust);
    join(start(take_and_end, "", ABOVE));
    CHECK_EQUAL(osOK, osMutexAcquire(mutex_a, 0));
    CHECK_EQUAL(osOK, osMutexRelease(mutex_a));
    close_mutexes();
}

static void want_a(void *argument)
{
    (void)argument;
    (void)osMutexAcquire(mutex_a, osWaitForever);
}

static void an_ended_waiter_raises_nobody(void)
{
    open_mutexes(osMutexPrioInherit);
    osThreadId_t low = start(hold_a, "", BENCH_PRIORITY(12));
    let_others_run();
    osThreadId_t waiter = start(want_a, "", ABOVE);
    CHECK_EQUAL(ABOVE, osThreadGetPriority(low));
    CHECK_EQUAL(osOK, osThreadTerminate(waiter));
    CHECK_EQUAL(BENCH_PRIORITY(12), osThreadGetPriority(low));
    (void)osThreadFlagsSet(low, 1);
    join(waiter);
    join(low);
    close_mutexes();
}

static void a_mutex_that_an_ended_thread_holds_stays_taken(void)
{
    open_mutexes(osMutexPrioInherit);
    join(start(take_and_end, "", ABOVE));
    CHECK_EQUAL(osErrorTimeout, osMutexAcquire(mutex_a, SHORT));
    CHECK(osMutexGetOwner(mutex_a) == NULL);
    close_mutexes();
}

static void wait_for_both(void *argument)
{
    (void)argument;
    seen = osEventFlagsWait(flags, 3, osFlagsWaitAll, osWaitForever);
}

static void event_flags_keep_and_clear(void)
{
    begin();
    flags = osEventFlagsNew(NULL);
    osThreadId_t waiter = start(wait_for_both, "", ABOVE);
    CHECK_EQUAL(1, osEventFlagsSet(flags, 1));
    CHECK_EQUAL(0, seen);
    CHECK_EQUAL(4, osEventFlagsSet(flags, 6));
    CHECK_EQUAL(7, seen);
    join(waiter);
    CHECK_EQUAL(4, osEventFlagsWait(flags, 12, osFlagsWaitAny | osFlagsNoClear, 0));
    CHECK_EQUAL(4, osEventFlagsClear(flags, 4));
    CHECK(osEventFlagsWait(flags, 4, osFlagsWaitAny, 0) == osFlagsErrorResource);
    CHECK(osEventFlagsWait(flags, 4, osFlagsWaitAny, SHORT) == osFlagsErrorTimeout);
    CHECK_EQUAL(osOK, osEventFlagsDelete(flags));
}

static void thread_flags_wait_for_all(void)
{
    osThreadId_t self = osThreadGetId();
    CHECK_EQUAL(5, osThreadFlagsSet(self, 5));
    CHECK(osThreadFlagsWait(7, osFlagsWaitAll, SHORT) == osFlagsErrorTimeout);
    CHECK_EQUAL(5, osThreadFlagsWait(4, osFlagsWaitAny, 0));
    CHECK_EQUAL(1, osThreadFlagsClear(1));
    CHECK_EQUAL(0, osThreadFlagsGet());
}

static void put_three(void *argument)
{
    (void)argument;
    for (char letter = 'a'; letter <= 'c'; letter++) {
        status = osMessageQueuePut(queue, &letter, (uint8_t)(letter == 'b'), osWaitForever);
    }
    note('.');
}

static void messages_come_by_priority(void)
{
    begin();
    char letter = 0;
    uint8_t priority = 9;
    queue = osMessageQueueNew(2, 1, NULL);
    osThreadId_t sender = start(put_three, "", ABOVE);
    CHECK_EQUAL(2, osMessageQueueGetCount(queue));
    for (unsigned i = 0; i < 3u; i++) {
        CHECK_EQUAL(osOK, osMessageQueueGet(queue, &letter, &priority, 0));
        CHECK_EQUAL(letter == 'b' ? 1 : 0, priority);
        note(letter);
    }
    expect_trace(".bac");
    CHECK_EQUAL(osErrorTimeout, osMessageQueueGet(queue, &letter, NULL, SHORT));
    join(sender);
    CHECK_EQUAL(osOK, osMessageQueueDelete(queue));
}

static void wait_for_block(void *argument)
{
    (void)argument;
    void *block = osMemoryPoolAlloc(pool, osWaitForever);
    note(block != NULL ? 'b' : '-');
    status = osMemoryPoolFree(pool, block);
}

static void pool_gives_what_comes_back(void)
{
    begin();
    pool = osMemoryPoolNew(1, 24, NULL);
    void *block = osMemoryPoolAlloc(pool, 0);
    CHECK(block != NULL);
    CHECK(osMemoryPoolAlloc(pool, 0) == NULL);
    osThreadId_t waiter = start(wait_for_block, "", ABOVE);
    expect_trace("");
    CHECK_EQUAL(osOK, osMemoryPoolFree(pool, block));
    expect_trace("b");
    CHECK_EQUAL(1, osMemoryPoolGetSpace(pool));
    join(waiter);
    CHECK_EQUAL(osOK, osMemoryPoolDelete(pool));
}

static void count_up(void *argument)
{
    (void)argument;
    seen++;
}

static void timers_call_once_or_again(void)
{
    begin();
    osTimerId_t once = osTimerNew(count_up, osTimerOnce, NULL, NULL);
    CHECK_EQUAL(osOK, osTimerStart(once, 2));
    CHECK_EQUAL(1, osTimerIsRunning(once));
    (void)osDelay(6);
    CHECK_EQUAL(1, seen);
    CHECK_EQUAL(osErrorResource, osTimerStop(once));
    osTimerId_t again = osTimerNew(count_up, osTimerPeriodic, NULL, NULL);
    CHECK_EQUAL(osOK, osTimerStart(again, 2));
    (void)osDelay(7);
    CHECK_EQUAL(4, seen);
    CHECK_EQUAL(osOK, osTimerDelete(again));
    CHECK_EQUAL(osOK, osTimerDelete(once));
    (void)osDelay(4);
    CHECK_EQUAL(4, seen);
}

static void suspend_itself(void *argument)
{
    note_its_letter(argument);
    (void)osThreadSuspend(osThreadGetId());
    note_its_letter(argument);
}

static void suspended_threads_wait_to_be_resumed(void)
{
    begin();
    osThreadId_t thread = start(suspend_itself, "s", ABOVE);
    expect_trace("s");
    CHECK_EQUAL(osThreadBlocked, osThreadGetState(thread));
    CHECK_EQUAL(osOK, osThreadResume(thread));
    expect_trace("ss");
    CHECK_EQUAL(osErrorResource, osThreadResume(thread));
    join(thread);
}

static void ask_in_interrupt(void)
{
    bool is_right = osThreadResume(osThreadGetId()) == osErrorISR && osMutexAcquire(mutex_a, 0) == osErrorISR &&
                    osSemaphoreAcquire(semaphore, 1) == osErrorParameter && osDelay(1) == osErrorISR &&
                    osSemaphoreRelease(semaphore) == osOK && osSemaphoreAcquire(semaphore, 0) == osOK;
    note(is_right ? 'y' : 'n');
}

static void interrupts_may_not_wait(void)
{
    begin();
    open_mutexes(0);
    semaphore = osSemaphoreNew(1, 0, NULL);
    bench_on_trap = ask_in_interrupt;
    bench_trap();
    expect_trace("y");
    CHECK_EQUAL(osOK, osSemaphoreDelete(semaphore));
    close_mutexes();
}

static void locked_kernel_does_not_switch(void)
{
    begin();
    CHECK_EQUAL(0, osKernelLock());
    osThreadId_t above = start(note_its_letter, "a", ABOVE);
    bool has_run = trace[0] != '\0';
    int32_t was_locked = osKernelUnlock();
    CHECK(!has_run);
    CHECK_EQUAL(1, was_locked);
    expect_trace("a");
    join(above);
}

static void spin(void *argument)
{
    (void)argument;
    for (;;) {
        seen++;
    }
}

static void terminated_threads_are_gone(void)
{
    uint32_t before = osThreadGetCount();
    osThreadId_t thread = start(spin, "", BELOW);
    CHECK_EQUAL(before + 1u, osThreadGetCount());
    let_others_run();
    CHECK_EQUAL(osOK, osThreadTerminate(thread));
    CHECK_EQUAL(before, osThreadGetCount());
    CHECK_EQUAL(osErrorResource, osThreadTerminate(thread));
    join(thread);
}

static const struct test_case cases[] = {
    { "a higher thread runs at once", higher_runs_at_once },
    { "equal threads take turns", equals_take_turns },
    { "a semaphore counts, and its waits end", semaphore_counts },
    { "waiters are served by priority, then in order", waiters_are_served_by_priority },
    { "owners inherit along a chain", owners_inherit_along_a_chain },
    { "inheritance lasts as long as one waits", inheritance_is_there_while_one_waits },
    { "mutexes know their owner", mutexes_know_their_owner },
    { "a robust mutex outlives its owner", robust_mutex_outlives_its_owner },
    { "an ended waiter raises nobody", an_ended_waiter_raises_nobody },
    { "a mutex that an ended thread holds stays taken", a_mutex_that_an_ended_thread_holds_stays_taken },
    { "event flags are kept and cleared", event_flags_keep_and_clear },
    { "thread flags wait for all", thread_flags_wait_for_all },
    { "messages come by priority", messages_come_by_priority },
    { "a pool gives what comes back", pool_gives_what_comes_back },
    { "timers call once or again", timers_call_once_or_again },
    { "suspended threads wait to be resumed", suspended_threads_wait_to_be_resumed },
    { "interrupts may not wait", interrupts_may_not_wait },
    { "a locked kernel does not switch", locked_kernel_does_not_switch },
    { "terminated threads are gone", terminated_threads_are_gone },
};

int main(void)
{
    bench_suite_run(&(struct test_suite){ 30, "default_auto", cases, CASE_COUNT(cases) });
}
