#include "udp.h"

#include "ports.h"

static uint16_t local_port;
static struct ip_endpoint last_sent_to;
static bool refused;

/* The datagram that waits, and the one the caller looks at. */
static uint8_t waiting_bytes[UDP_PAYLOAD_MAX];
static uint8_t taken_bytes[UDP_PAYLOAD_MAX];
static struct udp_datagram waiting;
static bool is_waiting;

static bool checksum_is_right(const struct ip_packet *packet, struct span bytes)
{
    struct ip_output as_sent = { packet->destination, IP_UDP, bytes, { NULL, 0 } };
    return get16(bytes.at + 6) == 0u || ip_transport_checksum(packet->source, &as_sent) == 0u;
}

static void receive(const struct ip_packet *packet)
{
    struct span bytes = packet->payload;
    if (bytes.size < UDP_HEADER_SIZE || is_waiting || local_port == 0u) {
        return;
    }
    size_t size = get16(bytes.at + 4);
    if (size < UDP_HEADER_SIZE || size > bytes.size || get16(bytes.at + 2) != local_port) {
        return;
    }
    if (!checksum_is_right(packet, span_first(bytes, size))) {
        return;
    }
    memcpy(waiting_bytes, bytes.at + UDP_HEADER_SIZE, size - UDP_HEADER_SIZE);
    waiting.from = (struct ip_endpoint){ packet->source, get16(bytes.at) };
    waiting.payload = (struct span){ waiting_bytes, size - UDP_HEADER_SIZE };
    is_waiting = true;
}

void udp_start(void) { ip_listen(IP_UDP, receive); }

void udp_open(uint16_t port)
{
    local_port = port != 0u ? port : ports_next();
    is_waiting = false;
    refused = false;
}

bool udp_send(struct ip_endpoint to, struct span payload)
{
    uint8_t header[UDP_HEADER_SIZE] = { 0 };
    struct ip_output output = { to.address, IP_UDP, { header, sizeof header }, payload };
    put16(header, local_port);
    put16(header + 2, to.port);
    put16(header + 4, (uint16_t)(sizeof header + payload.size));
    uint16_t checksum = ip_transport_checksum(ip_config.address, &output);
    put16(header + 6, checksum != 0u ? checksum : 0xFFFFu);
    last_sent_to = to;
    refused = false;
    return ip_send(&output);
}

void udp_was_refused(uint16_t port, struct ip_endpoint by)
{
    bool ours = port == local_port && by.address == last_sent_to.address && by.port == last_sent_to.port;
    refused = refused || ours;
}

enum udp_outcome udp_receive(struct udp_datagram *datagram, struct deadline until)
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
    bool anybody = question->server.address == IP_BROADCAST;
    bool asked = datagram->from.port == question->server.port &&
                 (anybody || datagram->from.address == question->server.address);
    return asked && (question->accepts == NULL || question->accepts(question->payload, datagram->payload));
}

static enum udp_outcome wait_for_answer(const struct udp_question *question, struct span *answer)
{
    struct deadline until = deadline_in_ms(question->wait_ms);
    struct udp_datagram datagram;
    enum udp_outcome outcome = udp_receive(&datagram, until);
    while (outcome == UDP_ANSWERED && !answers(question, &datagram)) {
        outcome = udp_receive(&datagram, until);
    }
    if (outcome == UDP_ANSWERED) {
        *answer = datagram.payload;
    }
    return outcome;
}

enum udp_outcome udp_ask(const struct udp_question *question, struct span *answer)
{
    enum udp_outcome outcome = UDP_SILENT;
    for (unsigned i = 0; i < question->tries && outcome == UDP_SILENT; i++) {
        /* Not sent is lost: the next try may find the way. */
        (void)udp_send(question->server, question->payload);
        outcome = wait_for_answer(question, answer);
    }
    return outcome;
}
