/* A test compares the counts of these lines: whoever moves one changes farm-cli/test/coverage.test.ts too. */
#line 3 "firmware/apps/coverage/ring.c"
#include "ring.h"

bool ring_put(struct ring *ring, uint8_t byte)
{
    if (ring->count == RING_SIZE) {
        return false;
    }
    uint32_t at = (ring->first + ring->count) % RING_SIZE;
    ring->bytes[at] = byte;
    ring->count++;
    return true;
}

uint32_t ring_drain(struct ring *ring)
{
    uint32_t sum = 0;
    while (ring->count > 0) {
        sum += ring->bytes[ring->first];
        ring->first = (ring->first + 1) % RING_SIZE;
        ring->count--;
    }
    if (sum > 1000) {
        sum = 1000;
    }
    return sum;
}

/* Never called. */
void ring_clear(struct ring *ring)
{
    ring->first = 0;
    ring->count = 0;
}
