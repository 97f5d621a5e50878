/*
 * A wire that is memory: what lwIP sends to WIRE_ADDRESS comes back to it at the next step. No controller, no interrupt and
 * no clock takes part, so the same code takes the same instructions each time.
 */
#ifndef GREENRACK_WIRE_H
#define GREENRACK_WIRE_H

#include <stdbool.h>

#include "ip.h"

#define WIRE_ADDRESS IP_ADDRESS(10, 77, 0, 1)

/* Instead of net_up. Later calls do nothing. */
void wire_up(void);
/* Delivers the frame that has waited longest. False when there is none. */
bool wire_step(void);
/* Whether a frame found no room: what was measured then is something else. */
bool wire_has_lost(void);

#endif
