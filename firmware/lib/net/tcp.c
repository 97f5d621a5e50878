/* Opening, receiving and closing. */
#include "tcp.h"

#include "ports.h"
#include "tcp_connection.h"

#define CONNECT_TRIES 3u
#define CONNECT_FIRST_MS 500u
#define CLOSE_TRIES 4u
#define CLOSE_FIRST_MS 300u

static const struct span NOTHING;

void tcp_start(void) { ip_listen(IP_TCP, tcp_input); }

static void prepare(struct ip_endpoint to)
{
    tcp.state = TCP_IS_ASKING;
    tcp.peer = to;
    tcp.local_port = ports_next();
    tcp.end = TCP_OK;
    tcp.send_unacknowledged = ports_random();
    tcp.send_highest = tcp.send_unacknowledged;
    tcp.peer_has_ended = false;
    tcp.drops_data = false;
    tcp.held = 0;
}

enum tcp_outcome tcp_connect(struct ip_endpoint to)
{
    uint32_t wait_ms = CONNECT_FIRST_MS;
    prepare(to);
    for (unsigned i = 0; i < CONNECT_TRIES && tcp.state == TCP_IS_ASKING; i++, wait_ms *= 2u) {
        tcp.send_next = tcp.send_unacknowledged;
        tcp_transmit(TCP_SYN, NOTHING);
        struct deadline until = deadline_in_ms(wait_ms);
        while (tcp.state == TCP_IS_ASKING && !deadline_passed(until)) {
            link_wait(until);
        }
    }
    if (tcp.state == TCP_IS_ASKING) {
        tcp.state = TCP_IS_CLOSED;
        tcp.end = TCP_SILENT;
    }
    return tcp.end;
}

static void take(struct tcp_buffer *into)
{
    size_t size = tcp.held < into->room ? tcp.held : into->room;
    memcpy(into->at, tcp.bytes, size);
    tcp.held -= size;
    memmove(tcp.bytes, tcp.bytes + size, tcp.held);
    into->filled = size;
}

/* Told only when it is worth a segment: for each byte read there would be one. */
static void promise_more_room(void)
{
    uint32_t promised = tcp.receive_promised - tcp.receive_next;
    size_t room = sizeof tcp.bytes - tcp.held;
    if (tcp.state == TCP_IS_OPEN && !tcp.peer_has_ended && room >= promised + TCP_SEGMENT_MAX) {
        tcp_acknowledge();
    }
}

enum tcp_outcome tcp_receive(struct tcp_buffer *into, struct deadline until)
{
    into->filled = 0;
    while (tcp.held == 0u && tcp.state == TCP_IS_OPEN && !tcp.peer_has_ended && !deadline_passed(until)) {
        link_wait(until);
    }
    if (tcp.held > 0u) {
        take(into);
        promise_more_room();
        return TCP_OK;
    }
    if (tcp.state != TCP_IS_OPEN) {
        return tcp_end();
    }
    return tcp.peer_has_ended ? TCP_ENDED : TCP_SILENT;
}

enum tcp_outcome tcp_receive_all(struct tcp_buffer *into, struct deadline until)
{
    size_t filled = 0;
    enum tcp_outcome outcome = TCP_OK;
    while (filled < into->room && outcome == TCP_OK) {
        struct tcp_buffer rest = { into->at + filled, into->room - filled, 0 };
        outcome = tcp_receive(&rest, until);
        filled += rest.filled;
    }
    into->filled = filled;
    return outcome;
}

static bool both_have_ended(uint32_t our_end)
{
    return tcp.send_unacknowledged == our_end && tcp.peer_has_ended;
}

/* The peer's end may take longer than its acknowledgement: then we only wait on. */
static void say_it_is_over(uint32_t our_end)
{
    if (tcp.send_unacknowledged != our_end) {
        tcp.send_next = our_end - 1u;
        tcp_transmit(TCP_FIN | TCP_ACK, NOTHING);
    }
}

static enum tcp_outcome end_both_directions(void)
{
    uint32_t our_end = tcp.send_highest + 1u;
    uint32_t wait_ms = CLOSE_FIRST_MS;
    for (unsigned i = 0; i < CLOSE_TRIES && tcp.state == TCP_IS_OPEN; i++, wait_ms *= 2u) {
        say_it_is_over(our_end);
        struct deadline until = deadline_in_ms(wait_ms);
        while (tcp.state == TCP_IS_OPEN && !both_have_ended(our_end) && !deadline_passed(until)) {
            link_wait(until);
        }
        if (both_have_ended(our_end)) {
            return TCP_OK;
        }
    }
    return tcp.state == TCP_IS_OPEN ? TCP_SILENT : tcp_end();
}

enum tcp_outcome tcp_close(void)
{
    if (tcp.state != TCP_IS_OPEN) {
        return tcp_end();
    }
    tcp.drops_data = true;
    tcp.held = 0;
    enum tcp_outcome outcome = end_both_directions();
    tcp.state = TCP_IS_CLOSED;
    tcp.end = outcome;
    return outcome;
}

void tcp_abort(void)
{
    if (tcp.state == TCP_IS_OPEN) {
        tcp_transmit(TCP_RST | TCP_ACK, NOTHING);
    }
    tcp.state = TCP_IS_CLOSED;
}
