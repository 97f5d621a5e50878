#include "clock.h"

#include "board.h"
#include "cpu.h"

/* The counter has 24 bits: 671 ms at 25 MHz. */
#define LONGEST_MS 500u
#define CYCLES_PER_MS (BOARD_SYSCLK_HZ / 1000u)

static bool never(void) { return false; }

static bool time_is_up(void) { return (SCB_ICSR & ICSR_PENDSTSET) != 0u; }

/* Masked all the time: an interrupt ends WFI and needs no handler. */
static void sleep_once(uint32_t ms, bool (*happened)(void))
{
    uint32_t was_masked = cpu_is_masked();
    cpu_mask();
    SYST_RVR = ms * CYCLES_PER_MS - 1u;
    SYST_CVR = 0;
    SYST_CSR = 7u; /* core clock, interrupt, enable */
    while (!time_is_up() && !happened()) {
        cpu_wait();
    }
    SYST_CSR = 0;
    SCB_ICSR = ICSR_PENDSTCLR;
    if (was_masked == 0u) {
        cpu_unmask();
    }
}

void clock_sleep_ms_unless(uint32_t ms, bool (*happened)(void))
{
    while (ms > 0 && !happened()) {
        uint32_t part = ms < LONGEST_MS ? ms : LONGEST_MS;
        sleep_once(part, happened);
        ms -= part;
    }
}

void clock_sleep_ms(uint32_t ms) { clock_sleep_ms_unless(ms, never); }
