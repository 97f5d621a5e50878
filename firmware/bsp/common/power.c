#include "power.h"

#include "clock.h"
#include "cpu.h"
#include "deadline.h"

#define FPGAIO_LED SCS_REG(0x40028000u)
#define FPGAIO_MISC SCS_REG(0x4002804Cu)
#define LEDS 2u
#define SCB_SCR SCS_REG(0xE000ED10u)
#define SCR_SLEEPDEEP (1u << 2)

/* An emulator that counts instructions is slow at looking at a clock. */
#define LOOPS_PER_LOOK 1000u

static uint32_t lines;

void power_line(enum power_line line, bool is_high)
{
    uint32_t bit = 1u << (uint32_t)line;
    lines = is_high ? lines | bit : lines & ~bit;
    if ((uint32_t)line < LEDS) {
        FPGAIO_LED = lines & ((1u << LEDS) - 1u);
    } else {
        FPGAIO_MISC = lines >> LEDS;
    }
}

void power_deep_sleep_ms(uint32_t ms)
{
    SCB_SCR |= SCR_SLEEPDEEP;
    power_line(POWER_LINE_DEEP_SLEEP, true);
    clock_sleep_ms(ms);
    power_line(POWER_LINE_DEEP_SLEEP, false);
    SCB_SCR &= ~SCR_SLEEPDEEP;
}

void power_work_ms(uint32_t ms)
{
    for (struct deadline end = deadline_in_ms(ms); !deadline_passed(end);) {
        for (volatile uint32_t i = 0; i < LOOPS_PER_LOOK; i++) {
        }
    }
}
