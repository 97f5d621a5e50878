/* Addresses as our images write them; numbers in the order of the processor. */
#ifndef GREENRACK_IP_H
#define GREENRACK_IP_H

#include <stdint.h>

#define IP_ADDRESS(a, b, c, d) (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (uint32_t)(d))

/* Where UDP and TCP lead to. */
struct ip_endpoint {
    uint32_t address;
    uint16_t port;
};

#endif
