/* Timers: their functions are called by a thread of high priority, as with RTX5. */
#include "object.h"

#define STACK_SIZE 1024u
#define IS_DUE 1u

struct timer {
    struct timer *next;
    osTimerFunc_t func;
    void *argument;
    uint32_t due_tick;
    uint32_t period;
    bool is_running;
    bool is_periodic;
    bool owns_header;
};

static struct timer *running;
static struct thread *caller;

/* Masked. */
static void start(struct timer *timer, uint32_t due_tick)
{
    struct timer **place = &running;
    timer->due_tick = due_tick;
    timer->is_running = true;
    while (*place != NULL && (int32_t)((*place)->due_tick - due_tick) <= 0) {
        place = &(*place)->next;
    }
    timer->next = *place;
    *place = timer;
}

static void stop(struct timer *timer)
{
    struct timer **place = &running;
    while (*place != timer) {
        place = &(*place)->next;
    }
    *place = timer->next;
    timer->is_running = false;
}

void timer_tick(uint32_t now)
{
    if (running != NULL && (int32_t)(running->due_tick - now) <= 0) {
        (void)osThreadFlagsSet(caller, IS_DUE);
    }
}

/* The next one that is due, started again if it is periodic; NULL when there is none. */
static struct timer *take_due(void)
{
    uint32_t mask = kernel_mask();
    struct timer *timer = running;
    bool is_due = timer != NULL && (int32_t)(timer->due_tick - osKernelGetTickCount()) <= 0;
    if (is_due) {
        stop(timer);
        if (timer->is_periodic) {
            start(timer, timer->due_tick + timer->period);
        }
    }
    kernel_unmask(mask);
    return is_due ? timer : NULL;
}

static void call(void *argument)
{
    (void)argument;
    for (;;) {
        (void)osThreadFlagsWait(IS_DUE, osFlagsWaitAny, osWaitForever);
        for (struct timer *timer = take_due(); timer != NULL; timer = take_due()) {
            timer->func(timer->argument);
        }
    }
}

void timer_start_system(void)
{
    static struct thread header;
    static uint64_t stack[STACK_SIZE / sizeof(uint64_t)];
    caller = osThreadNew(call, NULL, &(osThreadAttr_t){
        .name = "timers", .priority = osPriorityHigh,
        .cb_mem = &header, .cb_size = sizeof header, .stack_mem = stack, .stack_size = sizeof stack,
    });
}

osTimerId_t osTimerNew(osTimerFunc_t func, osTimerType_t type, void *argument, const osTimerAttr_t *attr)
{
    void *given = attr != NULL ? attr->cb_mem : NULL;
    struct timer *timer =
        func != NULL ? kernel_allocate(sizeof *timer, given, given != NULL ? attr->cb_size : 0u) : NULL;
    if (timer != NULL) {
        *timer = (struct timer){ .func = func, .argument = argument, .is_periodic = type == osTimerPeriodic,
                                 .owns_header = given == NULL };
    }
    return timer;
}

osStatus_t osTimerStart(osTimerId_t timer_id, uint32_t ticks)
{
    struct timer *timer = timer_id;
    if (kernel_in_isr() || timer == NULL || ticks == 0u) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    if (timer->is_running) {
        stop(timer);
    }
    timer->period = ticks;
    start(timer, osKernelGetTickCount() + ticks);
    kernel_unmask(mask);
    return osOK;
}

osStatus_t osTimerStop(osTimerId_t timer_id)
{
    struct timer *timer = timer_id;
    if (kernel_in_isr() || timer == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    bool was_running = timer->is_running;
    if (was_running) {
        stop(timer);
    }
    kernel_unmask(mask);
    return was_running ? osOK : osErrorResource;
}

uint32_t osTimerIsRunning(osTimerId_t timer_id) { return timer_id != NULL && ((struct timer *)timer_id)->is_running ? 1u : 0u; }

osStatus_t osTimerDelete(osTimerId_t timer_id)
{
    struct timer *timer = timer_id;
    if (timer == NULL || kernel_in_isr()) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    (void)osTimerStop(timer);
    if (timer->owns_header) {
        kernel_free(timer);
    }
    return osOK;
}
