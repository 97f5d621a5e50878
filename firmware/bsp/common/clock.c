#include "clock.h"

#include <stdbool.h>

#include "board.h"
#include "cpu.h"

/* The counter has 24 bits: 671 ms at 25 MHz. */
#define LONGEST_MS 500u
#define CYCLES_PER_MS (BOARD_SYSCLK_HZ / 1000u)

static volatile bool elapsed;

void SysTick_Handler(void);

void SysTick_Handler(void)
{
    SYST_CSR = 0;
    elapsed = true;
}

static void sleep_once(uint32_t ms)
{
    elapsed = false;
    SYST_RVR = ms * CYCLES_PER_MS - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7u; /* core clock, interrupt, enable */
    cpu_mask();
    while (!elapsed) {
        cpu_wait();
        cpu_unmask();
        cpu_mask();
    }
    cpu_unmask();
}

void clock_sleep_ms(uint32_t ms)
{
    while (ms > 0) {
        uint32_t part = ms < LONGEST_MS ? ms : LONGEST_MS;
        sleep_once(part);
        ms -= part;
    }
}
