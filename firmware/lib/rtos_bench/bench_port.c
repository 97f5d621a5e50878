/*
 * QEMU has no cycle counter. Where it counts instructions (-icount shift=5: 32 ns each) the board's timer of 25 MHz
 * advances by 4 in 5 instructions, always in the same order:
 *
 *   instruction   0  1  2  3  4  5  6  …
 *   timer         0  1  2  3  4  4  5  …
 *
 * Six readings in six instructions hold the place of the equal pair, and with it the exact number of instructions.
 */
#include "bench_port.h"

#include <stdbool.h>

#include "board.h"
#include "cpu.h"

#define DEMCR SCS_REG(0xE000EDFCu)
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL SCS_REG(0xE0001000u)
#define DWT_CYCCNT SCS_REG(0xE0001004u)
#define DWT_CYCCNTENA 1u

/* CMSDK timer: counts down. */
#define TIMER_CTRL SCS_REG(BOARD_BENCH_TIMER_BASE)
#define TIMER_VALUE SCS_REG(BOARD_BENCH_TIMER_BASE + 4u)
#define TIMER_RELOAD SCS_REG(BOARD_BENCH_TIMER_BASE + 8u)

#define READINGS 6u
#define PROBES 20u
#define INSTRUCTION_HZ 31250000u

void Software_Handler(void);

static const struct bench_counter cycles = { "DWT_CYCCNT", "cycles", BOARD_SYSCLK_HZ };
static const struct bench_counter instructions = { "instructions of QEMU, -icount shift=5", "instructions", INSTRUCTION_HZ };
/* Of a clock beside the core: a processor that is slower or faster takes other numbers of them. */
static const struct bench_counter ticks = { "timer of 25 MHz", "cycles", BOARD_SYSCLK_HZ };
static const struct bench_counter *chosen = &ticks;

void (*volatile bench_on_trap)(void);

static inline void read_timer(uint32_t value[READINGS])
{
    __asm volatile("ldr %0, [%6]\n"
                   "ldr %1, [%6]\n"
                   "ldr %2, [%6]\n"
                   "ldr %3, [%6]\n"
                   "ldr %4, [%6]\n"
                   "ldr %5, [%6]\n"
                   : "=&r"(value[0]), "=&r"(value[1]), "=&r"(value[2]), "=&r"(value[3]), "=&r"(value[4]),
                     "=&r"(value[5])
                   : "r"(&TIMER_VALUE));
}

/* Of the second of the equal pair; READINGS when there is none, or more than one, or a step is larger than 1. */
static uint32_t place_of_pair(const uint32_t value[READINGS])
{
    uint32_t place = READINGS;
    for (uint32_t i = 1; i < READINGS; i++) {
        uint32_t step = value[i - 1u] - value[i];
        if (step > 1u || (step == 0u && place != READINGS)) {
            return READINGS;
        }
        place = step == 0u ? i : place;
    }
    return place;
}

void bench_counter_restart(void)
{
    DWT_CYCCNT = 0;
    TIMER_CTRL = 0;
    TIMER_RELOAD = 0xFFFFFFFFu;
    TIMER_VALUE = 0xFFFFFFFFu;
    TIMER_CTRL = 1;
}

static bool has_cycle_counter(void)
{
    DEMCR |= DEMCR_TRCENA;
    DWT_CTRL |= DWT_CYCCNTENA;
    uint32_t before = DWT_CYCCNT;
    return DWT_CYCCNT != before;
}

static bool counts_instructions(void)
{
    uint32_t value[READINGS];
    for (unsigned i = 0; i < PROBES; i++) {
        read_timer(value);
        if (place_of_pair(value) == READINGS) {
            return false;
        }
    }
    return true;
}

const struct bench_counter *bench_counter_open(void)
{
    uint32_t masked = cpu_is_masked();
    cpu_mask();
    bench_counter_restart();
    chosen = has_cycle_counter() ? &cycles : counts_instructions() ? &instructions : &ticks;
    if (masked == 0u) {
        cpu_unmask();
    }
    NVIC_ISER(BOARD_SOFTWARE_IRQ / 32u) = 1u << (BOARD_SOFTWARE_IRQ % 32u);
    return chosen;
}

/* Masked: an interrupt between two readings would hide the pair. The comparison below takes as long wherever the pair is. */
static uint32_t count_instructions(void)
{
    uint32_t value[READINGS];
    uint32_t masked = cpu_is_masked();
    cpu_mask();
    read_timer(value);
    __asm volatile("msr primask, %0" ::"r"(masked) : "memory");
    uint32_t place = 0;
    for (uint32_t i = 1; i < READINGS; i++) {
        place += i * (uint32_t)(value[i - 1u] == value[i]);
    }
    uint32_t at_pair = 0xFFFFFFFFu - value[place];
    return 5u * (at_pair / 4u) - place;
}

uint32_t bench_count(void)
{
    if (chosen == &instructions) {
        return count_instructions();
    }
    return chosen == &cycles ? DWT_CYCCNT : 0xFFFFFFFFu - TIMER_VALUE;
}

void bench_trap(void)
{
    NVIC_ISPR(BOARD_SOFTWARE_IRQ / 32u) = 1u << (BOARD_SOFTWARE_IRQ % 32u);
    __asm volatile("dsb\n isb" ::: "memory");
}

void Software_Handler(void) { bench_on_trap(); }
