/* Sleeping by SysTick, one wake-up per sleep: a permanent 1 kHz tick costs the
   emulator 5 % of a host core. */
#ifndef GREENRACK_CLOCK_H
#define GREENRACK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

void clock_sleep_ms(uint32_t ms);
/* Ends early when `happened` says so. It is asked after each wake-up, so the caller
   first masks and enables the interrupt that announces it. */
void clock_sleep_ms_unless(uint32_t ms, bool (*happened)(void));

#endif
