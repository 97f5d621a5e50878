/* The one connection, shared by the files of this TCP and by nobody else. */
#ifndef GREENRACK_TCP_CONNECTION_H
#define GREENRACK_TCP_CONNECTION_H

#include "tcp.h"
#include "tcp_segment.h"

/* Four frames of it fit into the controller's 10 KB, so none is lost on a quiet wire. */
#define TCP_WINDOW (4u * TCP_SEGMENT_MAX)

enum tcp_state { TCP_IS_CLOSED, TCP_IS_ASKING, TCP_IS_OPEN };

struct tcp_connection {
    enum tcp_state state;
    struct ip_endpoint peer;
    uint16_t local_port;
    /* Why it is over; TCP_OK while it is not, and when we closed it. */
    enum tcp_outcome end;
    /* Sequence numbers: first one not acknowledged, next one to send, one behind the
       last ever sent. `next` goes back when something must be sent again. */
    uint32_t send_unacknowledged;
    uint32_t send_next;
    uint32_t send_highest;
    uint16_t send_window;
    uint16_t send_segment_max;
    /* Next one expected, and one behind the last we promised room for. */
    uint32_t receive_next;
    uint32_t receive_promised;
    bool peer_has_ended;
    /* Nobody will read any more: what comes is acknowledged and dropped. */
    bool drops_data;
    size_t held;
    uint8_t bytes[TCP_WINDOW];
};
extern struct tcp_connection tcp;

/* Positive when a comes after b; sequence numbers wrap. */
static inline int32_t tcp_distance(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

/* What a call on a connection that is not open says. */
static inline enum tcp_outcome tcp_end(void) { return tcp.end == TCP_OK ? TCP_ENDED : tcp.end; }

/* Sends one segment at send_next, and counts it. Waits for ARP, so not for handlers. */
void tcp_transmit(unsigned flags, struct span payload);
/* Says what has arrived and how much more may come; never waits. */
void tcp_acknowledge(void);
/* The handler of all segments. */
void tcp_input(const struct ip_packet *packet);

#endif
