#include "net_udp.h"

#include "link.h"
#include "lwip/udp.h"
#include "net_icmp.h"

static struct udp_pcb *port;
static struct ip_endpoint last_sent_to;
static bool refused;

/* The datagram that waits, and the one the caller looks at. */
static uint8_t waiting_bytes[UDP_PAYLOAD_MAX];
static uint8_t taken_bytes[UDP_PAYLOAD_MAX];
static struct udp_datagram waiting;
static bool is_waiting;

static void receive(void *arg, struct udp_pcb *pcb, struct pbuf *bytes, const ip_addr_t *address, u16_t from)
{
    (void)arg;
    (void)pcb;
    if (!is_waiting && bytes->tot_len <= sizeof waiting_bytes) {
        size_t size = pbuf_copy_partial(bytes, waiting_bytes, bytes->tot_len, 0);
        waiting.from = (struct ip_endpoint){ lwip_ntohl(ip4_addr_get_u32(address)), from };
        waiting.payload = (struct span){ waiting_bytes, size };
        is_waiting = true;
    }
    (void)pbuf_free(bytes);
}

static void take_refusal(const struct icmp_refusal *refusal)
{
    bool ours = port != NULL && refusal->local_port == port->local_port &&
                refusal->by.address == last_sent_to.address && refusal->by.port == last_sent_to.port;
    refused = refused || ours;
}

void net_udp_open(uint16_t local_port)
{
    if (port != NULL) {
        udp_remove(port);
    }
    icmp_hear_refusals(take_refusal);
    is_waiting = false;
    refused = false;
    port = udp_new();
    if (port != NULL && udp_bind(port, IP_ANY_TYPE, local_port) == ERR_OK) {
        udp_recv(port, receive, NULL);
    }
}

bool net_udp_send(struct ip_endpoint to, struct span payload)
{
    ip_addr_t address = { lwip_htonl(to.address) };
    struct pbuf *bytes = port != NULL ? pbuf_alloc(PBUF_TRANSPORT, (u16_t)payload.size, PBUF_RAM) : NULL;
    last_sent_to = to;
    refused = false;
    if (bytes == NULL) {
        return false;
    }
    bool sent = payload.size == 0u || pbuf_take(bytes, payload.at, (u16_t)payload.size) == ERR_OK;
    sent = sent && udp_sendto(port, bytes, &address, to.port) == ERR_OK;
    (void)pbuf_free(bytes);
    return sent;
}

enum udp_outcome net_udp_receive(struct udp_datagram *datagram, struct deadline until)
{
    while (!is_waiting && !refused && !deadline_passed(until)) {
        link_wait(until);
    }
    if (!is_waiting) {
        return refused ? UDP_REFUSED : UDP_SILENT;
    }
    memcpy(taken_bytes, waiting_bytes, waiting.payload.size);
    *datagram = (struct udp_datagram){ waiting.from, { taken_bytes, waiting.payload.size } };
    is_waiting = false;
    return UDP_ANSWERED;
}

static bool answers(const struct udp_question *question, const struct udp_datagram *datagram)
{
    bool asked = datagram->from.port == question->server.port && datagram->from.address == question->server.address;
    return asked && (question->accepts == NULL || question->accepts(question->payload, datagram->payload));
}

static enum udp_outcome wait_for_answer(const struct udp_question *question, struct span *answer)
{
    struct deadline until = deadline_in_ms(question->wait_ms);
    struct udp_datagram datagram;
    enum udp_outcome outcome = net_udp_receive(&datagram, until);
    while (outcome == UDP_ANSWERED && !answers(question, &datagram)) {
        outcome = net_udp_receive(&datagram, until);
    }
    if (outcome == UDP_ANSWERED) {
        *answer = datagram.payload;
    }
    return outcome;
}

enum udp_outcome net_udp_ask(const struct udp_question *question, struct span *answer)
{
    enum udp_outcome outcome = UDP_SILENT;
    for (unsigned i = 0; i < question->tries && outcome == UDP_SILENT; i++) {
        /* Not sent is lost: the next try may find the way. */
        (void)net_udp_send(question->server, question->payload);
        outcome = wait_for_answer(question, answer);
    }
    return outcome;
}
