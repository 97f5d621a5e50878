/*
 * A DHCP message (RFC 2131, figure 1):
 *   0 op | 1 hardware type 1 | 2 hardware size 6 | 3 hops | 4 xid | 8 secs | 10 flags
 *   12 ciaddr | 16 yiaddr | 20 siaddr | 24 giaddr | 28 chaddr (16) | 44 sname (64)
 *   108 file (128) | 236 cookie 63 82 53 63 | 240 options: code, size, value
 */
#ifndef GREENRACK_DHCP_MESSAGE_H
#define GREENRACK_DHCP_MESSAGE_H

#include "dhcp.h"

enum dhcp_type { DHCP_DISCOVER = 1, DHCP_OFFER = 2, DHCP_REQUEST = 3, DHCP_ACK = 5, DHCP_NAK = 6 };

#define DHCP_MESSAGE_SIZE 300u

/* What of a server's message we use; absent options are 0. */
struct dhcp_reply {
    uint32_t xid;
    uint32_t type;
    struct dhcp_lease lease;
};

/* `offer` is what is being asked for; NULL while discovering. */
void dhcp_compose(uint8_t message[DHCP_MESSAGE_SIZE], uint32_t xid, const struct dhcp_lease *offer);
/* False for anything that is not a whole reply to this station. */
bool dhcp_parse(struct span message, struct dhcp_reply *reply);

#endif
