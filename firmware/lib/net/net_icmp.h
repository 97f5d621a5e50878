/* ICMP (RFC 792) that lwIP leaves to others: asking for echoes, hearing that a UDP port is closed. */
#ifndef GREENRACK_NET_ICMP_H
#define GREENRACK_NET_ICMP_H

#include <stdbool.h>

#include "ip.h"

struct icmp_refusal {
    uint16_t local_port;
    struct ip_endpoint by;
};

/* Asks for one echo of 56 bytes, up to three times. False when none came back whole. */
bool net_ping(uint32_t address);
/* Told when an endpoint says that our datagram found nobody. */
void icmp_hear_refusals(void (*handler)(const struct icmp_refusal *refusal));

#endif
