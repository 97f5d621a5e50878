/*
 * The kernel that our virtual boards run behind cmsis_os2.h: a test load of the farm, not a product.
 * Fixed priorities, preemptive, no time slices. Everything happens with interrupts masked by PRIMASK, in threads and
 * in interrupts alike; PendSV, the lowest exception, switches. Object headers and stacks come from the heap, unless
 * the attributes bring memory for them.
 */
#ifndef GREENRACK_RTOS_KERNEL_H
#define GREENRACK_RTOS_KERNEL_H

#include <stdbool.h>

#include "cmsis_os2.h"

/* What an image chooses; it defines `kernel_config`. */
struct kernel_config {
    uint32_t tick_hz;
    /* Sleeping saves the host's processor. Spinning keeps a board that counts instructions exact: after a sleep its
       clock follows the host's. */
    bool idle_sleeps;
};
extern const struct kernel_config kernel_config;

struct thread;

/* Threads that wait for one thing, highest priority first, among equals the longest wait first. */
struct waiters {
    struct thread *first;
};

struct mutex;

struct thread {
    /* First: PendSV finds it there. */
    uint32_t *stack_pointer;
    uint32_t *stack_limit;
    struct thread *next;
    struct thread *previous;
    /* What it is in by next and previous; NULL when in none, or when ready. */
    struct waiters *waits_in;
    struct thread *next_delayed;
    uint32_t wake_tick;
    bool is_delayed;
    bool is_joinable;
    osThreadState_t state;
    osPriority_t priority;
    osPriority_t base_priority;
    /* What the wait brought, and where the data of a message go to or come from. */
    uint32_t result;
    void *data;
    uint32_t flags;
    uint32_t wanted;
    uint32_t options;
    struct mutex *owned;
    struct mutex *wanted_mutex;
    struct waiters joiners;
    const char *name;
    void *stack_memory;
    uint32_t stack_size;
    bool owns_header;
    bool owns_stack;
};

extern struct thread *kernel_running;

static inline uint32_t kernel_mask(void)
{
    uint32_t primask;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(primask)::"memory");
    return primask;
}

static inline void kernel_unmask(uint32_t primask) { __asm volatile("msr primask, %0" ::"r"(primask) : "memory"); }

static inline bool kernel_in_isr(void)
{
    uint32_t ipsr;
    __asm volatile("mrs %0, ipsr" : "=r"(ipsr));
    return ipsr != 0u;
}

/* May this caller wait? An interrupt, and who has locked the kernel, may not. */
bool kernel_may_wait(void);

/* The following are called masked. */

/* Blocks the running thread until somebody wakes it, or `ticks` are over: then the result is osErrorTimeout. The queue
   may be NULL. Unmasks while others run. */
uint32_t kernel_wait(struct waiters *queue, uint32_t ticks);
void kernel_wake(struct thread *thread, uint32_t result);
/* Wakes all with an error, for an object that is deleted. */
void kernel_wake_all(struct waiters *queue, uint32_t result);
/* Lets the highest run, if that is another one. */
void kernel_reschedule(void);
void kernel_make_ready(struct thread *thread);
/* Takes it out of whatever it is in: ready, waiting, delayed. */
void kernel_remove(struct thread *thread);
/* Behind the others of its priority. */
void kernel_rotate(struct thread *thread);
/* Keeps its place in queues right. */
void kernel_set_priority(struct thread *thread, osPriority_t priority);

/* NULL in an interrupt, or when there is no memory. `given` is used if it is large enough. */
void *kernel_allocate(size_t size, void *given, uint32_t given_size);
void kernel_free(void *memory);

void thread_start_system(void);
void thread_prepare_stack(struct thread *thread, osThreadFunc_t func, void *argument);
/* Of a thread that has ended: what it owned, and what it raised while it waited. */
void mutex_forget(struct thread *ended);
/* Its own, or that of who waits for its mutexes. */
osPriority_t mutex_priority(const struct thread *thread);
void timer_start_system(void);
void timer_tick(uint32_t now);

#endif
