/* What all kinds of object have in common. */
#ifndef GREENRACK_RTOS_OBJECT_H
#define GREENRACK_RTOS_OBJECT_H

#include "kernel.h"

/* An interrupt may ask, but not wait. */
static inline osStatus_t object_check(const void *object, uint32_t timeout)
{
    return object == NULL || (kernel_in_isr() && timeout != 0u) ? osErrorParameter : osOK;
}

/* What a call says that found nothing: waits if it may. Masked. */
static inline uint32_t object_wait(struct waiters *queue, uint32_t timeout)
{
    if (timeout == 0u || !kernel_may_wait()) {
        return (uint32_t)osErrorResource;
    }
    return kernel_wait(queue, timeout);
}

static inline bool flags_are_there(uint32_t flags, uint32_t wanted, uint32_t options)
{
    return (options & osFlagsWaitAll) != 0u ? (flags & wanted) == wanted : (flags & wanted) != 0u;
}

#endif
