/*
 * Address resolution, RFC 826, for IPv4 over Ethernet:
 *   0 hardware 1 | 2 protocol 0x0800 | 4 sizes 6, 4 | 6 operation (1 request, 2 reply)
 *   8 sender's MAC, 14 its IP | 18 target's MAC, 24 its IP
 */
#ifndef GREENRACK_ARP_H
#define GREENRACK_ARP_H

#include "link.h"

/* Starts answering requests for ip_config's address. */
void arp_start(void);
/* Asks up to three times, half a second each. NULL when nobody answered. */
const uint8_t *arp_resolve(uint32_t address);
/* What is known already; never waits. NULL when nothing is. */
const uint8_t *arp_known(uint32_t address);

#endif
