#include <string.h>

#include "cpu.h"
#include "kernel.h"

#define DEFAULT_STACK_SIZE 1024u
#define IDLE_STACK_SIZE 256u
#define STACK_SIZE_MIN 96u

static uint32_t thread_count;
/* Has ended by itself: its stack is free once another thread runs. */
static struct thread *dead;

static bool is_priority(osPriority_t priority) { return priority >= osPriorityIdle && priority < osPriorityISR; }

static void free_memory(struct thread *thread)
{
    if (thread->owns_stack) {
        kernel_free(thread->stack_memory);
    }
    if (thread->owns_header) {
        kernel_free(thread);
    }
}

static void bury_the_dead(void)
{
    uint32_t mask = kernel_mask();
    struct thread *thread = dead;
    dead = NULL;
    kernel_unmask(mask);
    if (thread != NULL) {
        free_memory(thread);
    }
}

static struct thread *allocate(const osThreadAttr_t *attr, uint32_t stack_size)
{
    struct thread *thread = kernel_allocate(sizeof *thread, attr->cb_mem, attr->cb_size);
    if (thread == NULL) {
        return NULL;
    }
    void *stack = kernel_allocate(stack_size, attr->stack_mem, attr->stack_mem != NULL ? attr->stack_size : 0u);
    if (stack == NULL) {
        if (attr->cb_mem == NULL) {
            kernel_free(thread);
        }
        return NULL;
    }
    memset(thread, 0, sizeof *thread);
    thread->owns_header = attr->cb_mem == NULL;
    thread->owns_stack = attr->stack_mem == NULL;
    thread->stack_memory = stack;
    thread->stack_size = stack_size;
    return thread;
}

osThreadId_t osThreadNew(osThreadFunc_t func, void *argument, const osThreadAttr_t *attr)
{
    static const osThreadAttr_t defaults;
    attr = attr != NULL ? attr : &defaults;
    osPriority_t priority = attr->priority != osPriorityNone ? attr->priority : osPriorityNormal;
    uint32_t stack_size = attr->stack_size != 0u ? attr->stack_size : DEFAULT_STACK_SIZE;
    if (kernel_in_isr() || func == NULL || !is_priority(priority) || stack_size < STACK_SIZE_MIN) {
        return NULL;
    }
    bury_the_dead();
    struct thread *thread = allocate(attr, stack_size);
    if (thread == NULL) {
        return NULL;
    }
    thread->name = attr->name;
    thread->priority = priority;
    thread->base_priority = priority;
    thread->is_joinable = (attr->attr_bits & osThreadJoinable) != 0u;
    thread_prepare_stack(thread, func, argument);
    uint32_t mask = kernel_mask();
    thread_count++;
    kernel_make_ready(thread);
    kernel_reschedule();
    kernel_unmask(mask);
    return thread;
}

const char *osThreadGetName(osThreadId_t thread_id) { return thread_id != NULL ? ((struct thread *)thread_id)->name : NULL; }
osThreadId_t osThreadGetId(void) { return kernel_running; }
uint32_t osThreadGetCount(void) { return thread_count; }

osThreadState_t osThreadGetState(osThreadId_t thread_id)
{
    return thread_id != NULL ? ((struct thread *)thread_id)->state : osThreadError;
}

uint32_t osThreadGetStackSize(osThreadId_t thread_id)
{
    return thread_id != NULL ? ((struct thread *)thread_id)->stack_size : 0u;
}

osPriority_t osThreadGetPriority(osThreadId_t thread_id)
{
    return thread_id != NULL ? ((struct thread *)thread_id)->priority : osPriorityError;
}

osStatus_t osThreadSetPriority(osThreadId_t thread_id, osPriority_t priority)
{
    struct thread *thread = thread_id;
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    if (thread == NULL || !is_priority(priority)) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    thread->base_priority = priority;
    kernel_set_priority(thread, mutex_priority(thread));
    kernel_reschedule();
    kernel_unmask(mask);
    return osOK;
}

osStatus_t osThreadYield(void)
{
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    uint32_t mask = kernel_mask();
    kernel_rotate(kernel_running);
    kernel_reschedule();
    kernel_unmask(mask);
    return osOK;
}

osStatus_t osThreadSuspend(osThreadId_t thread_id)
{
    struct thread *thread = thread_id;
    if (!kernel_may_wait()) {
        return kernel_in_isr() ? osErrorISR : osError;
    }
    if (thread == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    osStatus_t status = osOK;
    if (thread == kernel_running) {
        (void)kernel_wait(NULL, osWaitForever);
    } else if (thread->state == osThreadTerminated) {
        status = osErrorResource;
    } else {
        kernel_remove(thread);
        thread->state = osThreadBlocked;
    }
    kernel_unmask(mask);
    return status;
}

osStatus_t osThreadResume(osThreadId_t thread_id)
{
    struct thread *thread = thread_id;
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    if (thread == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    bool is_blocked = thread->state == osThreadBlocked;
    if (is_blocked) {
        kernel_wake(thread, (uint32_t)osErrorTimeout);
    }
    kernel_unmask(mask);
    return is_blocked ? osOK : osErrorResource;
}

osStatus_t osThreadDetach(osThreadId_t thread_id)
{
    struct thread *thread = thread_id;
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    if (thread == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    bool was_joinable = thread->is_joinable;
    bool is_over = thread->state == osThreadTerminated;
    thread->is_joinable = false;
    kernel_unmask(mask);
    if (was_joinable && is_over) {
        free_memory(thread);
    }
    return was_joinable ? osOK : osErrorResource;
}

osStatus_t osThreadJoin(osThreadId_t thread_id)
{
    struct thread *thread = thread_id;
    if (!kernel_may_wait()) {
        return kernel_in_isr() ? osErrorISR : osError;
    }
    if (thread == NULL) {
        return osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    bool can_join = thread->is_joinable && thread != kernel_running;
    if (can_join && thread->state != osThreadTerminated) {
        (void)kernel_wait(&thread->joiners, osWaitForever);
    }
    thread->is_joinable = thread->is_joinable && !can_join;
    kernel_unmask(mask);
    if (can_join) {
        free_memory(thread);
    }
    return can_join ? osOK : osErrorResource;
}

/* Masked. Who joins it frees its memory; of one that nobody joins, the next osThreadNew does. */
static void end(struct thread *thread)
{
    kernel_remove(thread);
    thread->state = osThreadTerminated;
    mutex_forget(thread);
    thread_count--;
    kernel_wake_all(&thread->joiners, (uint32_t)osOK);
}

void osThreadExit(void)
{
    bury_the_dead();
    (void)kernel_mask();
    end(kernel_running);
    dead = kernel_running->is_joinable ? dead : kernel_running;
    kernel_reschedule();
    cpu_unmask();
    for (;;) {
    }
}

osStatus_t osThreadTerminate(osThreadId_t thread_id)
{
    struct thread *thread = thread_id;
    if (kernel_in_isr()) {
        return osErrorISR;
    }
    if (thread == NULL || thread->state == osThreadTerminated) {
        return thread == NULL ? osErrorParameter : osErrorResource;
    }
    if (thread == kernel_running) {
        osThreadExit();
    }
    uint32_t mask = kernel_mask();
    end(thread);
    kernel_unmask(mask);
    if (!thread->is_joinable) {
        free_memory(thread);
    }
    return osOK;
}

static void idle(void *argument)
{
    (void)argument;
    for (;;) {
        if (kernel_config.idle_sleeps) {
            cpu_wait();
        }
    }
}

void thread_start_system(void)
{
    static struct thread header;
    static uint64_t stack[IDLE_STACK_SIZE / sizeof(uint64_t)];
    (void)osThreadNew(idle, NULL, &(osThreadAttr_t){
        .name = "idle", .priority = osPriorityIdle,
        .cb_mem = &header, .cb_size = sizeof header, .stack_mem = stack, .stack_size = sizeof stack,
    });
}
