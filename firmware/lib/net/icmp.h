/*
 * ICMP (RFC 792): 0 type | 1 code | 2 checksum | 4 depends on the type
 * Answers echo requests, asks for echoes, and hears that a UDP port is closed.
 */
#ifndef GREENRACK_ICMP_H
#define GREENRACK_ICMP_H

#include "ip.h"

void icmp_start(void);
/* Asks for one echo of 56 bytes, up to three times. False when none came back whole. */
bool icmp_ping(uint32_t address);

#endif
