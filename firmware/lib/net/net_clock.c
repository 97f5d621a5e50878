#include "arch/cc.h"
#include "ethernet.h"
#include "lwip/sys.h"
#include "stopwatch.h"

/* lwIP's time: it may wrap, but unlike that of the stopwatch only at 32 bits. */
u32_t sys_now(void)
{
    static uint32_t counted_us;
    static uint32_t now_ms;
    uint32_t gone_ms = (stopwatch_us() - counted_us) / 1000u;
    counted_us += gone_ms * 1000u;
    now_ms += gone_ms;
    return now_ms;
}

/* Marsaglia's xorshift, stirred with time and station address. Good against mix-ups, not against an attacker. */
uint32_t net_random(void)
{
    static uint32_t state = 0x47525230u;
    const uint8_t *mac = ethernet_address();
    state ^= stopwatch_us() ^ ((uint32_t)mac[3] << 16) ^ ((uint32_t)mac[4] << 8) ^ mac[5];
    state += state == 0u ? 1u : 0u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}
