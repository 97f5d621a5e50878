/*
 * TCP segments: 0 source port | 2 destination port | 4 sequence | 8 acknowledged
 *   12 words of header (high 4 bits) | 13 flags | 14 window | 16 checksum | 18 urgent
 *   20 options: 0 end, 1 filler, else kind, size, value; kind 2 is the largest segment
 */
#ifndef GREENRACK_TCP_SEGMENT_H
#define GREENRACK_TCP_SEGMENT_H

#include "ip.h"

#define TCP_HEADER_SIZE 20u
#define TCP_SEGMENT_MAX (IP_PAYLOAD_MAX - TCP_HEADER_SIZE)
#define TCP_SEGMENT_DEFAULT 536u

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct tcp_segment {
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t sequence;
    uint32_t acknowledged;
    unsigned flags;
    uint16_t window;
    /* Largest segment the sender takes; TCP_SEGMENT_DEFAULT when it does not say. */
    uint16_t segment_max;
    struct span payload;
};

/* False for what is cut, has a wrong checksum or broken options. */
bool tcp_segment_parse(const struct ip_packet *packet, struct tcp_segment *segment);
/* A SYN carries segment_max. False when it was not sent. */
bool tcp_segment_send(uint32_t to, const struct tcp_segment *segment, bool (*send)(const struct ip_output *));
/* Sequence numbers it takes. */
uint32_t tcp_segment_length(const struct tcp_segment *segment);

#endif
