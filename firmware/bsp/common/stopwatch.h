/* Microseconds since the reset, from the FPGA's counter. Wraps after 71 minutes. */
#ifndef GREENRACK_STOPWATCH_H
#define GREENRACK_STOPWATCH_H

#include <stdint.h>

uint32_t stopwatch_us(void);

#endif
