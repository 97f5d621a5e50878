/* The board's network, from the controller up to its address. */
#ifndef GREENRACK_NET_H
#define GREENRACK_NET_H

#include "dhcp.h"

/* Controller, link, DHCP, gateway; at most 14 s, and tried once: later calls answer the same.
   NULL when the board has its address, or what is missing. */
const char *net_up(void);
/* What DHCP gave; after net_up. */
const struct dhcp_lease *net_lease(void);

#endif
