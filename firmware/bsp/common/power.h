/* Outputs that a power meter's lines are wired to, and sleep that says so. QEMU models
   no power controller: a virtual board's meter takes what these lines say. */
#ifndef GREENRACK_POWER_H
#define GREENRACK_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* D0 and D1 are the LEDs of the FPGA, D2 to D7 bits of its MISC register. */
enum power_line {
    POWER_LINE_PHASE = 0,
    POWER_LINE_MARK = 1,
    POWER_LINE_RADIO = 2,
    POWER_LINE_SENSOR = 3,
    POWER_LINE_DEEP_SLEEP = 7,
};

void power_line(enum power_line line, bool is_high);
void power_deep_sleep_ms(uint32_t ms);
/* Keeps the core running. */
void power_work_ms(uint32_t ms);

#endif
