/* Sending, and sending again: everything from the first missing byte on (go-back-N). */
#include "tcp_connection.h"

#define FIRST_WAIT_MS 300u
#define TRIES 5u
/* More would not fit into the FIFO of a peer that is a board like us. */
#define FLIGHT_MAX TCP_WINDOW

static struct tcp_segment segment_at(uint32_t sequence, unsigned flags)
{
    size_t room = tcp.drops_data ? sizeof tcp.bytes : sizeof tcp.bytes - tcp.held;
    tcp.receive_promised = tcp.receive_next + (uint32_t)room;
    return (struct tcp_segment){
        .source_port = tcp.local_port,
        .destination_port = tcp.peer.port,
        .sequence = sequence,
        .acknowledged = (flags & TCP_ACK) != 0u ? tcp.receive_next : 0u,
        .flags = flags,
        .window = (uint16_t)room,
        .segment_max = TCP_SEGMENT_MAX,
    };
}

void tcp_transmit(unsigned flags, struct span payload)
{
    struct tcp_segment segment = segment_at(tcp.send_next, flags);
    segment.payload = payload;
    tcp.send_next += tcp_segment_length(&segment);
    if (tcp_distance(tcp.send_next, tcp.send_highest) > 0) {
        tcp.send_highest = tcp.send_next;
    }
    /* Not sent is lost, and lost is sent again. */
    (void)tcp_segment_send(tcp.peer.address, &segment, ip_send);
}

void tcp_acknowledge(void)
{
    struct tcp_segment segment = segment_at(tcp.send_next, TCP_ACK);
    (void)tcp_segment_send(tcp.peer.address, &segment, ip_send_at_once);
}

/* As much as the peer has room for. */
static void fill_the_window(struct span bytes, uint32_t first)
{
    uint32_t window = tcp.send_window < FLIGHT_MAX ? tcp.send_window : FLIGHT_MAX;
    for (;;) {
        uint32_t in_flight = tcp.send_next - tcp.send_unacknowledged;
        struct span left = span_after(bytes, tcp.send_next - first);
        size_t room = in_flight < window ? window - in_flight : 0u;
        struct span part = span_first(span_first(left, room), tcp.send_segment_max);
        if (part.size == 0u) {
            return;
        }
        tcp_transmit(TCP_ACK | TCP_PSH, part);
    }
}

/* Handles frames until the peer acknowledged something new; false when it did not. */
static bool wait_for_progress(struct span bytes, uint32_t first, uint32_t wait_ms)
{
    uint32_t before = tcp.send_unacknowledged;
    struct deadline until = deadline_in_ms(wait_ms);
    while (tcp.state == TCP_IS_OPEN && tcp.send_unacknowledged == before && !deadline_passed(until)) {
        link_wait(until);
        fill_the_window(bytes, first);
    }
    return tcp.send_unacknowledged != before;
}

/* One byte at least, also into a closed window: the answer tells when it has opened. */
static void send_again(struct span bytes, uint32_t first)
{
    tcp.send_next = tcp.send_unacknowledged;
    struct span left = span_after(bytes, tcp.send_next - first);
    if (tcp.send_window == 0u) {
        tcp_transmit(TCP_ACK | TCP_PSH, span_first(left, 1));
    }
    fill_the_window(bytes, first);
}

enum tcp_outcome tcp_send(struct span bytes)
{
    uint32_t first = tcp.send_unacknowledged;
    uint32_t wait_ms = FIRST_WAIT_MS;
    unsigned tries = 1;
    while (tcp.state == TCP_IS_OPEN && tcp.send_unacknowledged - first < bytes.size) {
        fill_the_window(bytes, first);
        if (wait_for_progress(bytes, first, wait_ms)) {
            tries = 1;
            wait_ms = FIRST_WAIT_MS;
        } else if (tries++ < TRIES) {
            send_again(bytes, first);
            wait_ms *= 2u;
        } else {
            tcp_abort();
            tcp.end = TCP_SILENT;
        }
    }
    return tcp.state == TCP_IS_OPEN ? TCP_OK : tcp_end();
}
