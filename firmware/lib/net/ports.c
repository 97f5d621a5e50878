#include "ports.h"

#include "ethernet.h"
#include "stopwatch.h"

#define DYNAMIC_FIRST 49152u
#define DYNAMIC_COUNT 16384u

static uint32_t state = 0x47525230u;
static uint16_t previous;

/* Marsaglia's xorshift with what time it is stirred in. */
uint32_t ports_random(void)
{
    const uint8_t *mac = ethernet_address();
    state ^= stopwatch_us() ^ ((uint32_t)mac[3] << 16) ^ ((uint32_t)mac[4] << 8) ^ mac[5];
    state += state == 0u ? 1u : 0u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

uint16_t ports_next(void)
{
    uint16_t port = (uint16_t)(DYNAMIC_FIRST + ports_random() % DYNAMIC_COUNT);
    previous = port != previous ? port : (uint16_t)(DYNAMIC_FIRST + (port - DYNAMIC_FIRST + 1u) % DYNAMIC_COUNT);
    return previous;
}
