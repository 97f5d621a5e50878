/* What a segment that arrives does to the connection (RFC 9293, section 3.10.7). */
#include "tcp_connection.h"

struct tcp_connection tcp;

static bool belongs_to_us(const struct ip_packet *packet, const struct tcp_segment *segment)
{
    return tcp.state != TCP_IS_CLOSED && packet->source == tcp.peer.address &&
           segment->source_port == tcp.peer.port && segment->destination_port == tcp.local_port;
}

/* Tells a stranger, or the peer of a connection we forgot, that there is nobody. */
static void refuse(const struct ip_packet *packet, const struct tcp_segment *segment)
{
    if ((segment->flags & TCP_RST) != 0u || packet->destination == IP_BROADCAST) {
        return;
    }
    bool acknowledges = (segment->flags & TCP_ACK) != 0u;
    struct tcp_segment reset = {
        .source_port = segment->destination_port,
        .destination_port = segment->source_port,
        .sequence = acknowledges ? segment->acknowledged : 0u,
        .acknowledged = segment->sequence + tcp_segment_length(segment),
        .flags = acknowledges ? TCP_RST : TCP_RST | TCP_ACK,
    };
    (void)tcp_segment_send(packet->source, &reset, ip_send_at_once);
}

static void end_with(enum tcp_outcome outcome)
{
    tcp.end = outcome;
    tcp.state = TCP_IS_CLOSED;
}

static void take_answer_to_syn(const struct tcp_segment *segment)
{
    if ((segment->flags & TCP_ACK) == 0u || segment->acknowledged != tcp.send_highest) {
        return;
    }
    if ((segment->flags & TCP_RST) != 0u) {
        end_with(TCP_REFUSED);
    } else if ((segment->flags & TCP_SYN) != 0u) {
        tcp.state = TCP_IS_OPEN;
        tcp.send_unacknowledged = segment->acknowledged;
        tcp.send_next = segment->acknowledged;
        tcp.send_window = segment->window;
        tcp.send_segment_max = segment->segment_max < TCP_SEGMENT_MAX ? segment->segment_max : TCP_SEGMENT_MAX;
        tcp.receive_next = segment->sequence + 1u;
        tcp_acknowledge();
    }
}

static void take_acknowledgement(const struct tcp_segment *segment)
{
    bool is_old = tcp_distance(segment->acknowledged, tcp.send_unacknowledged) < 0;
    bool is_of_the_future = tcp_distance(segment->acknowledged, tcp.send_highest) > 0;
    if (is_old || is_of_the_future) {
        return;
    }
    tcp.send_unacknowledged = segment->acknowledged;
    tcp.send_window = segment->window;
    if (tcp_distance(tcp.send_unacknowledged, tcp.send_next) > 0) {
        tcp.send_next = tcp.send_unacknowledged;
    }
}

/* Takes what fits; true when nothing had to be left out. */
static bool keep(struct span fresh)
{
    if (tcp.drops_data) {
        tcp.receive_next += (uint32_t)fresh.size;
        return true;
    }
    struct span fits = span_first(fresh, sizeof tcp.bytes - tcp.held);
    if (fits.size > 0u) {
        memcpy(tcp.bytes + tcp.held, fits.at, fits.size);
    }
    tcp.held += fits.size;
    tcp.receive_next += (uint32_t)fits.size;
    return fits.size == fresh.size;
}

/* In order only: a gap is answered with what we have, and the peer sends again. */
static void take_payload(const struct tcp_segment *segment)
{
    int32_t known = tcp_distance(tcp.receive_next, segment->sequence);
    if (known < 0 || (size_t)known > segment->payload.size || tcp.peer_has_ended) {
        return;
    }
    bool is_complete = keep(span_after(segment->payload, (size_t)known));
    if (is_complete && (segment->flags & TCP_FIN) != 0u) {
        tcp.receive_next++;
        tcp.peer_has_ended = true;
    }
}

static void take_segment(const struct tcp_segment *segment)
{
    if ((segment->flags & TCP_RST) != 0u) {
        /* Only at the exact place: others may have guessed (RFC 5961). */
        if (segment->sequence == tcp.receive_next) {
            end_with(TCP_RESET);
        }
        return;
    }
    if ((segment->flags & (TCP_SYN | TCP_ACK)) == TCP_ACK) {
        take_acknowledgement(segment);
        take_payload(segment);
    }
    if (tcp_segment_length(segment) > 0u) {
        tcp_acknowledge();
    }
}

void tcp_input(const struct ip_packet *packet)
{
    struct tcp_segment segment;
    if (!tcp_segment_parse(packet, &segment)) {
        return;
    }
    if (!belongs_to_us(packet, &segment)) {
        refuse(packet, &segment);
    } else if (tcp.state == TCP_IS_ASKING) {
        take_answer_to_syn(&segment);
    } else {
        take_segment(&segment);
    }
}
