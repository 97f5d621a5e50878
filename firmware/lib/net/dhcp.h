/* DHCP client (RFC 2131, RFC 2132): one lease, asked for once. The images end long
   before a lease does, so it is not renewed. */
#ifndef GREENRACK_DHCP_H
#define GREENRACK_DHCP_H

#include "ip.h"

struct dhcp_lease {
    struct ip_config config;
    uint32_t server;
    uint32_t seconds;
};

/* Discover, offer, request, acknowledge; up to three tries each, 3.5 s at most without
   any server. NULL, or what went wrong. */
const char *dhcp_get(struct dhcp_lease *lease);

#endif
