#include "net_tcp.h"

#include "link.h"
#include "lwip/tcp.h"

#define CONNECT_MS 3500u
#define PROGRESS_MS 9000u
#define CLOSE_MS 4500u

static struct {
    /* NULL when there is no connection. */
    struct tcp_pcb *pcb;
    /* Why it is over; TCP_OK while it is not, and when we closed it. */
    enum tcp_outcome end;
    bool is_open;
    bool peer_has_ended;
    /* Nobody will read any more: what comes is acknowledged and dropped. */
    bool drops_data;
    size_t unacknowledged;
    /* Received and not yet read; the window closes as it grows. */
    struct pbuf *held;
} tcp;

static void drop_held(void)
{
    if (tcp.held != NULL) {
        (void)pbuf_free(tcp.held);
        tcp.held = NULL;
    }
}

static err_t opened(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)arg;
    (void)pcb;
    (void)error;
    tcp.is_open = true;
    return ERR_OK;
}

static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    (void)arg;
    (void)error;
    if (bytes == NULL) {
        tcp.peer_has_ended = true;
    } else if (tcp.drops_data) {
        tcp_recved(pcb, bytes->tot_len);
        (void)pbuf_free(bytes);
    } else if (tcp.held == NULL) {
        tcp.held = bytes;
    } else {
        pbuf_cat(tcp.held, bytes);
    }
    return ERR_OK;
}

static err_t acknowledged(void *arg, struct tcp_pcb *pcb, u16_t size)
{
    (void)arg;
    (void)pcb;
    tcp.unacknowledged -= size < tcp.unacknowledged ? size : tcp.unacknowledged;
    return ERR_OK;
}

/* lwIP has freed the connection. */
static void ended(void *arg, err_t error)
{
    (void)arg;
    enum tcp_outcome by_reset = tcp.is_open ? TCP_RESET : TCP_REFUSED;
    tcp.end = error == ERR_RST ? by_reset : error == ERR_CLSD ? TCP_ENDED : TCP_SILENT;
    tcp.pcb = NULL;
}

/* What a call on a connection that is not open says. */
static enum tcp_outcome end_of(void) { return tcp.end == TCP_OK ? TCP_ENDED : tcp.end; }

/* lwIP keeps it until its time is over, and tells us nothing more. */
static void let_go(void)
{
    tcp_err(tcp.pcb, NULL);
    tcp_recv(tcp.pcb, NULL);
    tcp_sent(tcp.pcb, NULL);
    tcp.pcb = NULL;
}

void net_tcp_abort(void)
{
    struct tcp_pcb *pcb = tcp.pcb;
    if (pcb != NULL) {
        let_go();
        tcp_abort(pcb);
    }
}

static void adopt(struct tcp_pcb *pcb)
{
    drop_held();
    tcp.end = TCP_OK;
    tcp.is_open = false;
    tcp.peer_has_ended = false;
    tcp.drops_data = false;
    tcp.unacknowledged = 0;
    tcp.pcb = pcb;
    if (pcb != NULL) {
        tcp_nagle_disable(pcb);
        tcp_err(pcb, ended);
        tcp_recv(pcb, received);
        tcp_sent(pcb, acknowledged);
    }
}

static bool begin(struct ip_endpoint to)
{
    ip_addr_t address = { lwip_htonl(to.address) };
    net_tcp_abort();
    adopt(tcp_new());
    return tcp.pcb != NULL && tcp_connect(tcp.pcb, &address, to.port, opened) == ERR_OK;
}

/* One at a time, and nothing of the one before may be unread. */
static err_t take_connection(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)arg;
    if (error != ERR_OK) {
        return error;
    }
    if (tcp.pcb != NULL || tcp.held != NULL) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    adopt(pcb);
    tcp.is_open = true;
    return ERR_OK;
}

bool net_tcp_listen(uint16_t port)
{
    struct tcp_pcb *pcb = tcp_new();
    if (pcb == NULL || tcp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK) {
        return false;
    }
    struct tcp_pcb *listener = tcp_listen(pcb);
    if (listener != NULL) {
        tcp_accept(listener, take_connection);
    }
    return listener != NULL;
}

enum tcp_outcome net_tcp_accept(struct deadline until)
{
    while (tcp.pcb == NULL && tcp.held == NULL && !deadline_passed(until)) {
        link_wait(until);
    }
    return tcp.pcb != NULL || tcp.held != NULL ? TCP_OK : TCP_SILENT;
}

enum tcp_outcome net_tcp_connect(struct ip_endpoint to)
{
    struct deadline until = deadline_in_ms(CONNECT_MS);
    bool has_begun = begin(to);
    while (has_begun && tcp.pcb != NULL && !tcp.is_open && !deadline_passed(until)) {
        link_wait(until);
    }
    if (tcp.pcb != NULL && !tcp.is_open) {
        net_tcp_abort();
        tcp.end = TCP_SILENT;
    }
    return tcp.end;
}

/* As much as there is room for. */
static struct span hand_over(struct span left)
{
    size_t room = tcp_sndbuf(tcp.pcb);
    struct span part = span_first(left, room);
    if (part.size > 0u && tcp_write(tcp.pcb, part.at, (u16_t)part.size, TCP_WRITE_FLAG_COPY) == ERR_OK) {
        tcp.unacknowledged += part.size;
        left = span_after(left, part.size);
    }
    (void)tcp_output(tcp.pcb);
    return left;
}

/* Until the other side has acknowledged something; resets the connection when it does not in time. */
static void wait_for_progress(void)
{
    size_t before = tcp.unacknowledged;
    struct deadline until = deadline_in_ms(PROGRESS_MS);
    while (tcp.pcb != NULL && tcp.unacknowledged == before && !deadline_passed(until)) {
        link_wait(until);
    }
    if (tcp.pcb != NULL && tcp.unacknowledged == before) {
        net_tcp_abort();
        tcp.end = TCP_SILENT;
    }
}

enum tcp_outcome net_tcp_write(struct span bytes)
{
    struct span left = bytes;
    while (tcp.pcb != NULL && left.size > 0u) {
        left = hand_over(left);
        if (left.size > 0u) {
            wait_for_progress();
        }
    }
    return tcp.pcb != NULL ? TCP_OK : end_of();
}

enum tcp_outcome net_tcp_send(struct span bytes)
{
    (void)net_tcp_write(bytes);
    while (tcp.pcb != NULL && tcp.unacknowledged > 0u) {
        wait_for_progress();
    }
    return tcp.pcb != NULL ? TCP_OK : end_of();
}

static void take(struct tcp_buffer *into)
{
    size_t room = into->room < tcp.held->tot_len ? into->room : tcp.held->tot_len;
    into->filled = pbuf_copy_partial(tcp.held, into->at, (u16_t)room, 0);
    tcp.held = pbuf_free_header(tcp.held, (u16_t)into->filled);
    if (tcp.pcb != NULL) {
        tcp_recved(tcp.pcb, (u16_t)into->filled);
    }
}

enum tcp_outcome net_tcp_receive(struct tcp_buffer *into, struct deadline until)
{
    into->filled = 0;
    while (tcp.held == NULL && tcp.pcb != NULL && !tcp.peer_has_ended && !deadline_passed(until)) {
        link_wait(until);
    }
    if (tcp.held != NULL) {
        take(into);
        return TCP_OK;
    }
    if (tcp.peer_has_ended) {
        return TCP_ENDED;
    }
    return tcp.pcb != NULL ? TCP_SILENT : end_of();
}

enum tcp_outcome net_tcp_receive_all(struct tcp_buffer *into, struct deadline until)
{
    size_t filled = 0;
    enum tcp_outcome outcome = TCP_OK;
    while (filled < into->room && outcome == TCP_OK) {
        struct tcp_buffer rest = { into->at + filled, into->room - filled, 0 };
        outcome = net_tcp_receive(&rest, until);
        filled += rest.filled;
    }
    into->filled = filled;
    return outcome;
}

/* Freed after the last acknowledgement when the peer ended first, else kept for a while. */
static bool both_have_ended(void)
{
    return tcp.pcb == NULL ? tcp.end == TCP_ENDED : tcp.pcb->state == TIME_WAIT;
}

static enum tcp_outcome end_both_directions(void)
{
    struct deadline until = deadline_in_ms(CLOSE_MS);
    (void)tcp_shutdown(tcp.pcb, 0, 1);
    while (tcp.pcb != NULL && !both_have_ended() && !deadline_passed(until)) {
        link_wait(until);
    }
    if (both_have_ended()) {
        return TCP_OK;
    }
    return tcp.pcb != NULL ? TCP_SILENT : tcp.end;
}

enum tcp_outcome net_tcp_close(void)
{
    if (tcp.pcb == NULL) {
        return end_of();
    }
    tcp.drops_data = true;
    if (tcp.held != NULL) {
        tcp_recved(tcp.pcb, tcp.held->tot_len);
        drop_held();
    }
    enum tcp_outcome outcome = end_both_directions();
    if (tcp.pcb != NULL && outcome == TCP_OK) {
        let_go();
    }
    net_tcp_abort();
    tcp.end = outcome;
    return outcome;
}
