/* What the two ends of a private network know of each other. */
#ifndef GREENRACK_LAN_PAIR_H
#define GREENRACK_LAN_PAIR_H

#include "ip.h"
#include "span.h"

#define LAN_SERVER IP_ADDRESS(192, 168, 77, 1)
#define LAN_CLIENT IP_ADDRESS(192, 168, 77, 2)
#define LAN_PORT 7u

/* The client's last datagram; shorter than any that it asks with. */
static inline struct span lan_goodbye(void) { return (struct span){ (const uint8_t *)"goodbye", 7u }; }

#endif
