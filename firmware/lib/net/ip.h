/*
 * IPv4 (RFC 791) without fragments and without options of our own:
 *   0 version 4, words of header | 2 total size | 4 id | 6 flags, fragment offset
 *   8 time to live | 9 protocol | 10 checksum | 12 source | 16 destination
 */
#ifndef GREENRACK_IP_H
#define GREENRACK_IP_H

#include "link.h"

#define IP_HEADER_SIZE 20u
#define IP_PAYLOAD_MAX (LINK_PAYLOAD_MAX - IP_HEADER_SIZE)
#define IP_BROADCAST 0xFFFFFFFFu
#define IP_ADDRESS(a, b, c, d) (((uint32_t)(a) << 24) | ((uint32_t)(b) << 16) | ((uint32_t)(c) << 8) | (uint32_t)(d))

enum ip_protocol { IP_ICMP = 1, IP_TCP = 6, IP_UDP = 17 };

/* Ours; all 0 until DHCP has answered. */
struct ip_config {
    uint32_t address;
    uint32_t netmask;
    uint32_t gateway;
    uint32_t name_server;
};
extern struct ip_config ip_config;

/* Where UDP and TCP lead to. */
struct ip_endpoint {
    uint32_t address;
    uint16_t port;
};

/* What arrived whole and for us; valid while its handler runs. */
struct ip_packet {
    uint32_t source;
    uint32_t destination;
    struct span payload;
};
typedef void (*ip_handler)(const struct ip_packet *packet);

struct ip_output {
    uint32_t destination;
    enum ip_protocol protocol;
    struct span header;
    struct span body;
};

void ip_start(void);
void ip_listen(enum ip_protocol protocol, ip_handler handler);
/* Looks for the next station first, so it may wait 1.5 s; not for handlers. False when
   there is no way or it was not sent. */
bool ip_send(const struct ip_output *output);
/* For handlers: sends only when the next station is known, and never waits. */
bool ip_send_at_once(const struct ip_output *output);
/* The checksum of UDP and TCP, over pseudo header, header and body. */
uint16_t ip_transport_checksum(uint32_t source, const struct ip_output *output);

#endif
