#include "both_ends.h"

#include "lwip/tcp.h"
#include "span.h"
#include "wire.h"

#define SERVER_PORT 5001u
/* Fixed, so that the same segments have the same checksums. */
#define CLIENT_PORT 50000u
#define PATTERN_SIZE 2560u

struct end {
    struct tcp_pcb *pcb;
    size_t received;
    bool is_open;
    bool is_wrong;
};

static struct tcp_pcb *listener;
static struct end client;
static struct end server;
/* Of 0 to 255 again and again: every byte tells its place. */
static uint8_t pattern[PATTERN_SIZE];

static bool is_in_place(struct span bytes, size_t place)
{
    return bytes.size == 0u || (bytes.at[0] == (uint8_t)place && bytes.at[bytes.size - 1u] == (uint8_t)(place + bytes.size - 1u));
}

static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    (void)error;
    struct end *end = arg;
    for (struct pbuf *part = bytes; part != NULL; part = part->next) {
        end->is_wrong = end->is_wrong || !is_in_place((struct span){ part->payload, part->len }, end->received);
        end->received += part->len;
    }
    if (bytes != NULL) {
        tcp_recved(pcb, bytes->tot_len);
        (void)pbuf_free(bytes);
    }
    return ERR_OK;
}

static void ended(void *arg, err_t error)
{
    (void)error;
    struct end *end = arg;
    end->pcb = NULL;
    end->is_open = false;
}

static err_t opened(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)pcb;
    (void)error;
    ((struct end *)arg)->is_open = true;
    return ERR_OK;
}

static void begin(struct end *end, struct tcp_pcb *pcb)
{
    *end = (struct end){ .pcb = pcb };
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, end);
    tcp_recv(pcb, received);
    tcp_err(pcb, ended);
}

static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)arg;
    (void)error;
    begin(&server, pcb);
    server.is_open = true;
    return ERR_OK;
}

static bool listen(void)
{
    if (listener == NULL) {
        wire_up();
        for (size_t i = 0; i < sizeof pattern; i++) {
            pattern[i] = (uint8_t)i;
        }
        struct tcp_pcb *pcb = tcp_new();
        if (pcb == NULL || tcp_bind(pcb, IP_ANY_TYPE, SERVER_PORT) != ERR_OK) {
            return false;
        }
        listener = tcp_listen(pcb);
        tcp_accept(listener, accepted);
    }
    return listener != NULL;
}

static void until_quiet(void)
{
    while (wire_step()) {
    }
}

bool both_ends_connect(void)
{
    ip_addr_t address = { lwip_htonl(WIRE_ADDRESS) };
    struct tcp_pcb *pcb = listen() ? tcp_new() : NULL;
    if (pcb == NULL) {
        return false;
    }
    begin(&client, pcb);
    bool has_begun = tcp_bind(pcb, IP_ANY_TYPE, CLIENT_PORT) == ERR_OK &&
                     tcp_connect(pcb, &address, SERVER_PORT, opened) == ERR_OK;
    if (has_begun) {
        until_quiet();
    }
    return has_begun && client.is_open && server.is_open;
}

/* As much as there is room for; how much that was. */
static size_t hand_over(struct end *from, size_t place, size_t left)
{
    size_t start = place % 256u;
    struct span part = span_first((struct span){ pattern + start, sizeof pattern - start }, left);
    part = span_first(part, tcp_sndbuf(from->pcb));
    bool taken = part.size > 0u && tcp_write(from->pcb, part.at, (u16_t)part.size, TCP_WRITE_FLAG_COPY) == ERR_OK;
    (void)tcp_output(from->pcb);
    return taken ? part.size : 0u;
}

/* No clock runs, so nothing is sent again: with all taken and the wire quiet, what is not there never comes. */
static bool carry(struct end *from, struct end *to, size_t size)
{
    size_t begun_at = to->received;
    bool goes_on = true;
    for (size_t sent = 0; goes_on && to->received - begun_at < size;) {
        size_t taken = from->is_open ? hand_over(from, begun_at + sent, size - sent) : 0u;
        sent += taken;
        goes_on = wire_step() || taken > 0u;
    }
    return to->received - begun_at == size && !to->is_wrong && !wire_has_lost();
}

bool both_ends_carry(size_t size) { return carry(&client, &server, size); }

bool both_ends_ask(size_t size) { return carry(&client, &server, size) && carry(&server, &client, size); }

static void abandon(struct end *end)
{
    if (end->pcb != NULL) {
        tcp_abort(end->pcb);
    }
}

/* In order, and then no second of waiting for stragglers on a wire that has none. */
void both_ends_close(void)
{
    until_quiet();
    if (client.pcb != NULL && server.pcb != NULL) {
        (void)tcp_shutdown(client.pcb, 0, 1);
        until_quiet();
        (void)tcp_shutdown(server.pcb, 0, 1);
        until_quiet();
    }
    abandon(&client);
    abandon(&server);
    until_quiet();
}
