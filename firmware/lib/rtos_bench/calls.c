/* Calls that neither wait nor switch. */
#include "bench_suite.h"
#include "latencies.h"

#define ROUNDS (SAMPLES_MAX + 1u)
#define MESSAGE_SIZE 16u
#define BLOCK_SIZE 128u
#define FLAG 1u

static osSemaphoreId_t semaphore;
static osMutexId_t mutex;
static osEventFlagsId_t flags;
static osMessageQueueId_t queue;
static osMemoryPoolId_t pool;
static void *block;
static uint32_t message[MESSAGE_SIZE / sizeof(uint32_t)] = { 0x11112222u, 0x33334444u, 0x55556666u, 0x77778888u };

static void release(void) { (void)osSemaphoreRelease(semaphore); }
static void acquire(void) { (void)osSemaphoreAcquire(semaphore, 0); }
static void lock(void) { (void)osMutexAcquire(mutex, osWaitForever); }
static void unlock(void) { (void)osMutexRelease(mutex); }
static void set_event(void) { (void)osEventFlagsSet(flags, FLAG); }
static void wait_event(void) { (void)osEventFlagsWait(flags, FLAG, osFlagsWaitAny, 0); }
static void set_flag(void) { (void)osThreadFlagsSet(osThreadGetId(), FLAG); }
static void wait_flag(void) { (void)osThreadFlagsWait(FLAG, osFlagsWaitAny, 0); }
static void put(void) { (void)osMessageQueuePut(queue, message, 0, 0); }
static void get(void) { (void)osMessageQueueGet(queue, message, NULL, 0); }
static void allocate(void) { block = osMemoryPoolAlloc(pool, 0); }
static void give_back(void) { (void)osMemoryPoolFree(pool, block); }
static void get_id(void) { (void)osThreadGetId(); }
static void yield_alone(void) { (void)osThreadYield(); }
static void nothing(void) {}

/* A call, and what puts things back to where they were before it. */
static const struct {
    const char *name;
    void (*before)(void);
    void (*run)(void);
    void (*after)(void);
} calls[] = {
    { "thread.get-id", nothing, get_id, nothing },
    { "thread.yield.alone", nothing, yield_alone, nothing },
    { "semaphore.release.no-waiter", nothing, release, acquire },
    { "semaphore.acquire.available", release, acquire, nothing },
    { "mutex.acquire.free", nothing, lock, unlock },
    { "mutex.release.no-waiter", lock, unlock, nothing },
    { "event-flags.set.no-waiter", nothing, set_event, wait_event },
    { "event-flags.wait.set", set_event, wait_event, nothing },
    { "thread-flags.set.no-waiter", nothing, set_flag, wait_flag },
    { "thread-flags.wait.set", set_flag, wait_flag, nothing },
    { "queue.put.16-bytes", nothing, put, get },
    { "queue.get.16-bytes", put, get, nothing },
    { "pool.alloc.128-bytes", nothing, allocate, give_back },
    { "pool.free.128-bytes", allocate, give_back, nothing },
};

static void open_objects(void)
{
    semaphore = osSemaphoreNew(1, 0, NULL);
    mutex = osMutexNew(&(osMutexAttr_t){ .attr_bits = osMutexPrioInherit });
    flags = osEventFlagsNew(NULL);
    queue = osMessageQueueNew(8, MESSAGE_SIZE, NULL);
    pool = osMemoryPoolNew(8, BLOCK_SIZE, NULL);
    CHECK(semaphore != NULL && mutex != NULL && flags != NULL && queue != NULL && pool != NULL);
}

static void close_objects(void)
{
    (void)osSemaphoreDelete(semaphore);
    (void)osMutexDelete(mutex);
    (void)osEventFlagsDelete(flags);
    (void)osMessageQueueDelete(queue);
    (void)osMemoryPoolDelete(pool);
}

void bench_calls(void)
{
    open_objects();
    for (size_t i = 0; i < CASE_COUNT(calls); i++) {
        samples_begin();
        for (unsigned round = 0; round < ROUNDS; round++) {
            calls[i].before();
            samples_time(calls[i].run);
            calls[i].after();
        }
        samples_report(calls[i].name);
    }
    close_objects();
}
