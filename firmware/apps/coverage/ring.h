/* A ring of four bytes, to be measured. */
#ifndef GREENRACK_RING_H
#define GREENRACK_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_SIZE 4u

struct ring {
    uint8_t bytes[RING_SIZE];
    uint32_t first;
    uint32_t count;
};

/* False when the ring is full. */
bool ring_put(struct ring *ring, uint8_t byte);
/* Takes all bytes out and returns their sum. */
uint32_t ring_drain(struct ring *ring);
void ring_clear(struct ring *ring);

#endif
