/* Looking up the IPv4 address of a name (RFC 1035) at the server DHCP named. */
#ifndef GREENRACK_DNS_H
#define GREENRACK_DNS_H

#include "ip.h"

enum dns_outcome {
    DNS_FOUND,
    /* The server says that there is no such name. */
    DNS_NO_SUCH_NAME,
    /* It answered, but with another error, or without an address. */
    DNS_NO_ADDRESS,
    /* No answer to three questions, a second each. */
    DNS_SILENT,
};

/* Names longer than 200 characters, or with a label over 63, are not asked for: DNS_NO_ADDRESS. */
enum dns_outcome dns_lookup(const char *name, uint32_t *address);

#endif
