/* So many small functions that their counts make a line of more than 100 kB. */
#ifndef GREENRACK_STEPS_H
#define GREENRACK_STEPS_H

#include <stdint.h>

/* Calls each function once and returns how many there are. */
uint32_t steps_run(void);

#endif
