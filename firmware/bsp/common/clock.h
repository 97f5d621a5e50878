/* Sleeping by SysTick, one wake-up per sleep: a permanent 1 kHz tick costs the
   emulator 5 % of a host core. */
#ifndef GREENRACK_CLOCK_H
#define GREENRACK_CLOCK_H

#include <stdint.h>

void clock_sleep_ms(uint32_t ms);

#endif
