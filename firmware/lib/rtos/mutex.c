/* Mutexes; with osMutexPrioInherit the owner runs as high as the highest that waits for it, along chains of owners. */
#include "object.h"

struct mutex {
    struct waiters waiters;
    struct thread *owner;
    /* The owner's next one. */
    struct mutex *next_owned;
    uint32_t depth;
    uint32_t attr_bits;
    bool owns_header;
};

/* Owns what ended threads have left behind; nothing can raise it. */
static struct thread nobody = { .priority = osPriorityISR, .base_priority = osPriorityISR };

osMutexId_t osMutexNew(const osMutexAttr_t *attr)
{
    void *given = attr != NULL ? attr->cb_mem : NULL;
    struct mutex *mutex = kernel_allocate(sizeof *mutex, given, given != NULL ? attr->cb_size : 0u);
    if (mutex != NULL) {
        *mutex = (struct mutex){ .attr_bits = attr != NULL ? attr->attr_bits : 0u, .owns_header = given == NULL };
    }
    return mutex;
}

osPriority_t mutex_priority(const struct thread *thread)
{
    osPriority_t priority = thread->base_priority;
    for (const struct mutex *mutex = thread->owned; mutex != NULL; mutex = mutex->next_owned) {
        const struct thread *first = mutex->waiters.first;
        bool inherits = (mutex->attr_bits & osMutexPrioInherit) != 0u && first != NULL;
        priority = inherits && first->priority > priority ? first->priority : priority;
    }
    return priority;
}

/* From one owner to the next, as long as something changes. */
static void settle_priorities(struct thread *thread)
{
    while (thread != NULL && thread->priority != mutex_priority(thread)) {
        kernel_set_priority(thread, mutex_priority(thread));
        thread = thread->wanted_mutex != NULL ? thread->wanted_mutex->owner : NULL;
    }
}

/* The owner, and whom it waits for itself, before the one that waits for them sleeps. */
static void raise_owners(struct thread *owner, osPriority_t priority)
{
    while (owner != NULL && owner->priority < priority) {
        kernel_set_priority(owner, priority);
        owner = owner->wanted_mutex != NULL ? owner->wanted_mutex->owner : NULL;
    }
}

static void own(struct mutex *mutex, struct thread *thread)
{
    mutex->owner = thread;
    mutex->depth = 1;
    mutex->next_owned = thread->owned;
    thread->owned = mutex;
}

static void disown(struct mutex *mutex)
{
    struct mutex **place = &mutex->owner->owned;
    while (*place != mutex && *place != NULL) {
        place = &(*place)->next_owned;
    }
    if (*place == mutex) {
        *place = mutex->next_owned;
    }
    mutex->owner = NULL;
    mutex->depth = 0;
}

static osStatus_t wait_for(struct mutex *mutex, uint32_t timeout)
{
    struct thread *self = kernel_running;
    self->wanted_mutex = mutex;
    if ((mutex->attr_bits & osMutexPrioInherit) != 0u) {
        raise_owners(mutex->owner, self->priority);
    }
    osStatus_t status = (osStatus_t)kernel_wait(&mutex->waiters, timeout);
    self->wanted_mutex = NULL;
    if (status != osOK && mutex->owner != NULL) {
        settle_priorities(mutex->owner);
        kernel_reschedule();
    }
    return status;
}

osStatus_t osMutexAcquire(osMutexId_t mutex_id, uint32_t timeout)
{
    struct mutex *mutex = mutex_id;
    if (kernel_in_isr() || mutex == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    osStatus_t status = osOK;
    uint32_t mask = kernel_mask();
    if (mutex->owner == NULL) {
        own(mutex, kernel_running);
    } else if (mutex->owner == kernel_running && (mutex->attr_bits & osMutexRecursive) != 0u) {
        mutex->depth++;
    } else if (mutex->owner == kernel_running || timeout == 0u || !kernel_may_wait()) {
        status = osErrorResource;
    } else {
        status = wait_for(mutex, timeout);
    }
    kernel_unmask(mask);
    return status;
}

/* To the one that waits longest among the highest. Masked. */
static void hand_over(struct mutex *mutex)
{
    struct thread *before = mutex->owner;
    struct thread *next = mutex->waiters.first;
    disown(mutex);
    if (next != NULL) {
        kernel_remove(next);
        own(mutex, next);
        next->result = (uint32_t)osOK;
        kernel_make_ready(next);
    }
    settle_priorities(before);
    kernel_reschedule();
}

osStatus_t osMutexRelease(osMutexId_t mutex_id)
{
    struct mutex *mutex = mutex_id;
    if (kernel_in_isr() || mutex == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    bool is_ours = mutex->owner == kernel_running;
    if (is_ours && mutex->depth > 1u) {
        mutex->depth--;
    } else if (is_ours) {
        hand_over(mutex);
    }
    kernel_unmask(mask);
    return is_ours ? osOK : osErrorResource;
}

/* Robust ones become free when their owner ends; of others nobody knows what state they guard. */
void mutex_forget(struct thread *ended)
{
    struct mutex *mutex = ended->owned;
    while (mutex != NULL) {
        struct mutex *next = mutex->next_owned;
        if ((mutex->attr_bits & osMutexRobust) != 0u) {
            hand_over(mutex);
        } else {
            disown(mutex);
            mutex->owner = &nobody;
        }
        mutex = next;
    }
    settle_priorities(ended->wanted_mutex != NULL ? ended->wanted_mutex->owner : NULL);
}

osThreadId_t osMutexGetOwner(osMutexId_t mutex_id)
{
    const struct mutex *mutex = mutex_id;
    return mutex != NULL && !kernel_in_isr() && mutex->owner != &nobody ? mutex->owner : NULL;
}

osStatus_t osMutexDelete(osMutexId_t mutex_id)
{
    struct mutex *mutex = mutex_id;
    if (kernel_in_isr() || mutex == NULL) {
        return kernel_in_isr() ? osErrorISR : osErrorParameter;
    }
    uint32_t mask = kernel_mask();
    struct thread *owner = mutex->owner;
    if (owner != NULL) {
        disown(mutex);
    }
    kernel_wake_all(&mutex->waiters, (uint32_t)osErrorResource);
    settle_priorities(owner);
    kernel_unmask(mask);
    if (mutex->owns_header) {
        kernel_free(mutex);
    }
    return osOK;
}
