#include "kernel.h"

#include <string.h>

#include "board.h"
#include "cpu.h"

#define PRIORITIES 57u
#define KERNEL_VERSION 10000000u
#define KERNEL_ID "greenrack test load 1.0.0"
#define ICSR_PENDSVSET (1u << 28)
#define SCB_SHPR3 SCS_REG(0xE000ED20u)
/* PendSV lowest, SysTick just above it. */
#define SHPR3_PRIORITIES 0xE0FF0000u

void SysTick_Handler(void);
_Noreturn void kernel_start_first(void);

struct thread *kernel_running;

static struct thread *ready[PRIORITIES];
static uint32_t ready_map[2];
static struct thread *delayed;
static uint32_t tick_count;
static osKernelState_t state;

static struct thread *highest_ready(void)
{
    uint32_t word = ready_map[1] != 0u ? 1u : 0u;
    return ready[32u * word + 31u - (uint32_t)__builtin_clz(ready_map[word])];
}

/* Called by PendSV, masked. */
struct thread *kernel_next(void);
struct thread *kernel_next(void)
{
    if (kernel_running->state == osThreadRunning) {
        kernel_running->state = osThreadReady;
    }
    kernel_running = highest_ready();
    kernel_running->state = osThreadRunning;
    return kernel_running;
}

void kernel_reschedule(void)
{
    if (state == osKernelRunning && highest_ready() != kernel_running) {
        SCB_ICSR = ICSR_PENDSVSET;
    }
}

/* Rings: the first one's previous is the last one. */
static void insert_before(struct thread *place, struct thread *thread)
{
    thread->next = place;
    thread->previous = place->previous;
    place->previous->next = thread;
    place->previous = thread;
}

static void append(struct thread **first, struct thread *thread)
{
    if (*first == NULL) {
        thread->next = thread;
        thread->previous = thread;
        *first = thread;
    } else {
        insert_before(*first, thread);
    }
}

static void detach(struct thread **first, struct thread *thread)
{
    if (thread->next == thread) {
        *first = NULL;
    } else {
        thread->previous->next = thread->next;
        thread->next->previous = thread->previous;
        *first = *first == thread ? thread->next : *first;
    }
}

void kernel_make_ready(struct thread *thread)
{
    uint32_t priority = (uint32_t)thread->priority;
    thread->state = osThreadReady;
    thread->waits_in = NULL;
    append(&ready[priority], thread);
    ready_map[priority / 32u] |= 1u << (priority % 32u);
}

static void leave_ready(struct thread *thread)
{
    uint32_t priority = (uint32_t)thread->priority;
    detach(&ready[priority], thread);
    if (ready[priority] == NULL) {
        ready_map[priority / 32u] &= ~(1u << (priority % 32u));
    }
}

static void enter_queue(struct waiters *queue, struct thread *thread)
{
    struct thread *place = queue->first;
    thread->waits_in = queue;
    if (place == NULL || place->priority < thread->priority) {
        append(&queue->first, thread);
        queue->first = thread;
        return;
    }
    do {
        place = place->next;
    } while (place != queue->first && place->priority >= thread->priority);
    insert_before(place, thread);
}

static void enter_delayed(struct thread *thread, uint32_t ticks)
{
    struct thread **place = &delayed;
    thread->wake_tick = tick_count + ticks;
    thread->is_delayed = true;
    while (*place != NULL && (int32_t)((*place)->wake_tick - thread->wake_tick) <= 0) {
        place = &(*place)->next_delayed;
    }
    thread->next_delayed = *place;
    *place = thread;
}

static void leave_delayed(struct thread *thread)
{
    struct thread **place = &delayed;
    while (*place != thread) {
        place = &(*place)->next_delayed;
    }
    *place = thread->next_delayed;
    thread->is_delayed = false;
}

void kernel_remove(struct thread *thread)
{
    if (thread->state == osThreadReady || thread->state == osThreadRunning) {
        leave_ready(thread);
    }
    if (thread->waits_in != NULL) {
        detach(&thread->waits_in->first, thread);
        thread->waits_in = NULL;
    }
    if (thread->is_delayed) {
        leave_delayed(thread);
    }
}

void kernel_rotate(struct thread *thread)
{
    ready[thread->priority] = thread->next;
}

void kernel_set_priority(struct thread *thread, osPriority_t priority)
{
    struct waiters *queue = thread->waits_in;
    osThreadState_t before = thread->state;
    if (before == osThreadReady || before == osThreadRunning) {
        leave_ready(thread);
        thread->priority = priority;
        kernel_make_ready(thread);
        thread->state = before;
    } else if (queue != NULL) {
        detach(&queue->first, thread);
        thread->priority = priority;
        enter_queue(queue, thread);
    } else {
        thread->priority = priority;
    }
}

bool kernel_may_wait(void) { return !kernel_in_isr() && state == osKernelRunning; }

uint32_t kernel_wait(struct waiters *queue, uint32_t ticks)
{
    struct thread *self = kernel_running;
    leave_ready(self);
    self->state = osThreadBlocked;
    self->result = (uint32_t)osErrorTimeout;
    if (queue != NULL) {
        enter_queue(queue, self);
    }
    if (ticks != osWaitForever) {
        enter_delayed(self, ticks);
    }
    SCB_ICSR = ICSR_PENDSVSET;
    /* PendSV comes here, and this thread goes on when it is its turn again. */
    __asm volatile("cpsie i\n isb\n cpsid i" ::: "memory");
    return self->result;
}

void kernel_wake(struct thread *thread, uint32_t result)
{
    kernel_remove(thread);
    thread->result = result;
    kernel_make_ready(thread);
    kernel_reschedule();
}

void kernel_wake_all(struct waiters *queue, uint32_t result)
{
    while (queue->first != NULL) {
        kernel_wake(queue->first, result);
    }
}

void SysTick_Handler(void)
{
    uint32_t mask = kernel_mask();
    tick_count++;
    while (delayed != NULL && delayed->wake_tick == tick_count) {
        kernel_wake(delayed, (uint32_t)osErrorTimeout);
    }
    timer_tick(tick_count);
    kernel_unmask(mask);
}

osStatus_t osKernelInitialize(void)
{
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    if (state != osKernelInactive) {
        return osError;
    }
    state = osKernelReady;
    thread_start_system();
    timer_start_system();
    return osOK;
}

osStatus_t osKernelGetInfo(osVersion_t *version, char *id_buf, uint32_t id_size)
{
    if (version != NULL) {
        *version = (osVersion_t){ .api = osVersionAPI, .kernel = KERNEL_VERSION };
    }
    if (id_buf != NULL && id_size > 0u) {
        (void)strncpy(id_buf, KERNEL_ID, id_size - 1u);
        id_buf[id_size - 1u] = '\0';
    }
    return osOK;
}

osKernelState_t osKernelGetState(void) { return state; }

osStatus_t osKernelStart(void)
{
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    if (state != osKernelReady) {
        return osError;
    }
    cpu_mask();
    SCB_SHPR3 = SHPR3_PRIORITIES;
    SYST_RVR = BOARD_SYSCLK_HZ / kernel_config.tick_hz - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7u; /* core clock, interrupt, enable */
    state = osKernelRunning;
    kernel_running = highest_ready();
    kernel_running->state = osThreadRunning;
    kernel_start_first();
}

static int32_t set_lock(bool locked)
{
    if (kernel_in_isr()) {
        return (int32_t)osErrorISR;
    }
    if (state != osKernelRunning && state != osKernelLocked) {
        return (int32_t)osError;
    }
    uint32_t mask = kernel_mask();
    int32_t before = state == osKernelLocked ? 1 : 0;
    state = locked ? osKernelLocked : osKernelRunning;
    kernel_reschedule();
    kernel_unmask(mask);
    return before;
}

int32_t osKernelLock(void) { return set_lock(true); }
int32_t osKernelUnlock(void) { return set_lock(false); }
int32_t osKernelRestoreLock(int32_t lock)
{
    int32_t before = set_lock(lock == 1);
    return before < 0 ? before : lock;
}

uint32_t osKernelGetTickCount(void) { return tick_count; }
uint32_t osKernelGetTickFreq(void) { return kernel_config.tick_hz; }
uint32_t osKernelGetSysTimerFreq(void) { return BOARD_SYSCLK_HZ; }

/* Again when a tick came in between, or is about to be counted. */
uint32_t osKernelGetSysTimerCount(void)
{
    uint32_t cycles_per_tick = BOARD_SYSCLK_HZ / kernel_config.tick_hz;
    uint32_t mask = kernel_mask();
    uint32_t gone = SYST_RVR - SYST_CVR;
    uint32_t ticks = tick_count;
    if ((SCB_ICSR & ICSR_PENDSTSET) != 0u) {
        gone = SYST_RVR - SYST_CVR;
        ticks++;
    }
    kernel_unmask(mask);
    return ticks * cycles_per_tick + gone;
}

osStatus_t osDelay(uint32_t ticks)
{
    if (!kernel_may_wait()) {
        return kernel_in_isr() ? osErrorISR : osError;
    }
    if (ticks != 0u) {
        uint32_t mask = kernel_mask();
        (void)kernel_wait(NULL, ticks);
        kernel_unmask(mask);
    }
    return osOK;
}

osStatus_t osDelayUntil(uint32_t ticks)
{
    uint32_t left = ticks - tick_count;
    if (left == 0u || left > 0x7FFFFFFFu) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    return osDelay(left);
}
