/* Flags of threads, and groups of flags that any thread may wait for. */
#include "object.h"

struct event_flags {
    struct waiters waiters;
    uint32_t flags;
    bool owns_header;
};

static bool are_flags(uint32_t flags) { return flags != 0u && (flags & osFlagsError) == 0u; }

/* Gives the waiter what it wants, if that is there. Masked. */
static void offer(struct thread *thread, uint32_t *flags)
{
    uint32_t now = *flags;
    if (flags_are_there(now, thread->wanted, thread->options)) {
        *flags = (thread->options & osFlagsNoClear) != 0u ? now : now & ~thread->wanted;
        thread->wanted = 0;
        kernel_wake(thread, now);
    }
}

/* Masked. `queue` is NULL for the thread's own flags. */
static uint32_t wait_for(uint32_t *flags, struct waiters *queue, uint32_t timeout)
{
    struct thread *self = kernel_running;
    uint32_t now = *flags;
    if (flags_are_there(now, self->wanted, self->options)) {
        *flags = (self->options & osFlagsNoClear) != 0u ? now : now & ~self->wanted;
    } else if (timeout == 0u || !kernel_may_wait()) {
        now = osFlagsErrorResource;
    } else {
        now = kernel_wait(queue, timeout);
    }
    self->wanted = 0;
    return now;
}

uint32_t osThreadFlagsSet(osThreadId_t thread_id, uint32_t flags)
{
    struct thread *thread = thread_id;
    if (thread == NULL || !are_flags(flags)) {
        return osFlagsErrorParameter;
    }
    uint32_t mask = kernel_mask();
    thread->flags |= flags;
    if (thread->state == osThreadBlocked && thread->wanted != 0u && thread->waits_in == NULL) {
        offer(thread, &thread->flags);
    }
    uint32_t now = thread->flags;
    kernel_unmask(mask);
    return now;
}

uint32_t osThreadFlagsClear(uint32_t flags)
{
    if (kernel_in_isr()) {
        return osFlagsErrorISR;
    }
    uint32_t mask = kernel_mask();
    uint32_t before = kernel_running->flags;
    kernel_running->flags &= ~flags;
    kernel_unmask(mask);
    return before;
}

uint32_t osThreadFlagsGet(void) { return kernel_in_isr() ? 0u : kernel_running->flags; }

uint32_t osThreadFlagsWait(uint32_t flags, uint32_t options, uint32_t timeout)
{
    if (kernel_in_isr() || !are_flags(flags)) {
        return kernel_in_isr() ? osFlagsErrorISR : osFlagsErrorParameter;
    }
    uint32_t mask = kernel_mask();
    kernel_running->wanted = flags;
    kernel_running->options = options;
    uint32_t now = wait_for(&kernel_running->flags, NULL, timeout);
    kernel_unmask(mask);
    return now;
}

osEventFlagsId_t osEventFlagsNew(const osEventFlagsAttr_t *attr)
{
    void *given = attr != NULL ? attr->cb_mem : NULL;
    struct event_flags *group = kernel_allocate(sizeof *group, given, given != NULL ? attr->cb_size : 0u);
    if (group != NULL) {
        *group = (struct event_flags){ .owns_header = given == NULL };
    }
    return group;
}

uint32_t osEventFlagsSet(osEventFlagsId_t ef_id, uint32_t flags)
{
    struct event_flags *group = ef_id;
    if (group == NULL || !are_flags(flags)) {
        return osFlagsErrorParameter;
    }
    uint32_t mask = kernel_mask();
    group->flags |= flags;
    struct thread *thread = group->waiters.first;
    struct thread *last = thread != NULL ? thread->previous : NULL;
    while (thread != NULL) {
        struct thread *next = thread != last ? thread->next : NULL;
        offer(thread, &group->flags);
        thread = next;
    }
    uint32_t now = group->flags;
    kernel_unmask(mask);
    return now;
}

uint32_t osEventFlagsClear(osEventFlagsId_t ef_id, uint32_t flags)
{
    struct event_flags *group = ef_id;
    if (group == NULL || (flags & osFlagsError) != 0u) {
        return osFlagsErrorParameter;
    }
    uint32_t mask = kernel_mask();
    uint32_t before = group->flags;
    group->flags &= ~flags;
    kernel_unmask(mask);
    return before;
}

uint32_t osEventFlagsGet(osEventFlagsId_t ef_id) { return ef_id != NULL ? ((struct event_flags *)ef_id)->flags : 0u; }

uint32_t osEventFlagsWait(osEventFlagsId_t ef_id, uint32_t flags, uint32_t options, uint32_t timeout)
{
    struct event_flags *group = ef_id;
    if (object_check(group, timeout) != osOK || !are_flags(flags)) {
        return osFlagsErrorParameter;
    }
    uint32_t mask = kernel_mask();
    kernel_running->wanted = flags;
    kernel_running->options = options;
    uint32_t now = wait_for(&group->flags, &group->waiters, timeout);
    kernel_unmask(mask);
    return now;
}

osStatus_t osEventFlagsDelete(osEventFlagsId_t ef_id)
{
    struct event_flags *group = ef_id;
    if (kernel_in_isr() || group == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    kernel_wake_all(&group->waiters, osFlagsErrorResource);
    kernel_unmask(mask);
    if (group->owns_header) {
        kernel_free(group);
    }
    return osOK;
}
