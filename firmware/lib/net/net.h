/* The board's network, from the controller up to its address. */
#ifndef GREENRACK_NET_H
#define GREENRACK_NET_H

#include "dhcp.h"

/* Controller, link, DHCP; at most 12 s, and tried once: later calls answer the same.
   NULL when the board has its address, or what is missing. */
const char *net_up(void);
/* What DHCP gave; after net_up. */
const struct dhcp_lease *net_lease(void);

/* For a test case: leaves it as failed when there is no network. */
#define REQUIRE_NETWORK()               \
    do {                                \
        const char *missing_ = net_up(); \
        if (missing_ != NULL) {         \
            FAIL(missing_);             \
        }                               \
    } while (0)

#endif
