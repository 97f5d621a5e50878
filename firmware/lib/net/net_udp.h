/* UDP (RFC 768), one local port at a time. */
#ifndef GREENRACK_NET_UDP_H
#define GREENRACK_NET_UDP_H

#include "deadline.h"
#include "ip.h"
#include "span.h"

#define UDP_PAYLOAD_MAX 1472u

/* `payload` is valid until the next call into this file. */
struct udp_datagram {
    struct ip_endpoint from;
    struct span payload;
};

enum udp_outcome {
    UDP_ANSWERED,
    UDP_SILENT,
    /* An ICMP message said that nobody listens there. */
    UDP_REFUSED,
};

struct udp_question {
    struct ip_endpoint server;
    struct span payload;
    unsigned tries;
    /* How long each try waits for its answer. */
    uint32_t wait_ms;
    /* Says whether an answer of the server belongs to this question; NULL takes all. */
    bool (*accepts)(struct span question, struct span answer);
};

/* Takes a local port, any when 0, and forgets what came to the one before. */
void net_udp_open(uint16_t local_port);
bool net_udp_send(struct ip_endpoint to, struct span payload);
/* The next datagram of anybody. One waits at most; later ones are lost, as on any wire. */
enum udp_outcome net_udp_receive(struct udp_datagram *datagram, struct deadline until);
/* Sends and waits for the answer, and again when it does not come. */
enum udp_outcome net_udp_ask(const struct udp_question *question, struct span *answer);

#endif
