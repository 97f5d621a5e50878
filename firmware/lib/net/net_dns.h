/* Looking up the IPv4 address of a name at the server that DHCP named. */
#ifndef GREENRACK_NET_DNS_H
#define GREENRACK_NET_DNS_H

#include <stdint.h>

enum dns_outcome {
    DNS_FOUND,
    /* The server answers that there is no such name, or no address of it. */
    DNS_NO_ADDRESS,
    /* No answer to several questions. */
    DNS_SILENT,
};

enum dns_outcome net_dns_lookup(const char *name, uint32_t *address);

#endif
