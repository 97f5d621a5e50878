/* The board's network, from the controller up to its address. */
#ifndef GREENRACK_NET_H
#define GREENRACK_NET_H

#include <stdbool.h>

#include "ip.h"

struct net_lease {
    uint32_t address;
    uint32_t netmask;
    uint32_t gateway;
    uint32_t name_server;
    uint32_t seconds;
    /* From opening the controller to its link, and from there to the address. */
    uint32_t link_us;
    uint32_t dhcp_us;
};

/* Controller, link, DHCP, gateway; at most 15 s, and tried once: later calls answer the same.
   NULL when the board has its address, or what is missing. */
const char *net_up(void);
/* Controller, link and this address, in a network of 24 bits without DHCP or gateway; instead of net_up. */
const char *net_up_as(uint32_t address);
/* What DHCP gave; after net_up. */
const struct net_lease *net_lease(void);
/* Whether a station of this network answers ARP; asks three times, half a second each. */
bool net_is_there(uint32_t address);

#endif
