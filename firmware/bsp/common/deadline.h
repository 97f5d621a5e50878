/* A point in time ahead, for waits that must end. At most 30 minutes ahead. */
#ifndef GREENRACK_DEADLINE_H
#define GREENRACK_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "stopwatch.h"

struct deadline {
    uint32_t set_us;
    uint32_t length_us;
};

static inline struct deadline deadline_in_ms(uint32_t ms)
{
    return (struct deadline){ .set_us = stopwatch_us(), .length_us = ms * 1000u };
}

/* Rounded up, so that 0 means passed and nothing else. */
static inline uint32_t deadline_left_ms(struct deadline deadline)
{
    uint32_t gone_us = stopwatch_us() - deadline.set_us;
    return gone_us < deadline.length_us ? (deadline.length_us - gone_us + 999u) / 1000u : 0u;
}

static inline bool deadline_passed(struct deadline deadline) { return deadline_left_ms(deadline) == 0u; }

#endif
