#include "icmp.h"

#include "checksum.h"
#include "ports.h"
#include "udp.h"

#define HEADER_SIZE 8u
#define ECHO_REPLY 0u
#define UNREACHABLE 3u
#define ECHO_REQUEST 8u
#define PING_SIZE 56u
#define TRIES 3u
#define ANSWER_MS 1000u

static struct {
    uint32_t address;
    uint32_t id_and_sequence;
    uint8_t data[PING_SIZE];
    bool answered;
} ping;

static struct ip_output message(uint32_t to, uint8_t header[HEADER_SIZE], struct span body)
{
    struct span head = { header, HEADER_SIZE };
    put16(header + 2, 0);
    put16(header + 2, checksum_finish(checksum_add(checksum_add(0, head), body)));
    return (struct ip_output){ to, IP_ICMP, head, body };
}

static void answer_request(const struct ip_packet *packet)
{
    uint8_t header[HEADER_SIZE];
    memcpy(header, packet->payload.at, sizeof header);
    header[0] = ECHO_REPLY;
    struct ip_output reply = message(packet->source, header, span_after(packet->payload, HEADER_SIZE));
    (void)ip_send_at_once(&reply);
}

static void take_reply(const struct ip_packet *packet)
{
    struct span expected = { ping.data, sizeof ping.data };
    bool ours = packet->source == ping.address && get32(packet->payload.at + 4) == ping.id_and_sequence;
    ping.answered = ping.answered || (ours && span_equal(span_after(packet->payload, HEADER_SIZE), expected));
}

/* Carries the start of our own packet: its IP header and 8 bytes more. */
static void take_unreachable(const struct ip_packet *packet)
{
    struct span ours = span_after(packet->payload, HEADER_SIZE);
    if (ours.size < IP_HEADER_SIZE || ours.at[9] != IP_UDP) {
        return;
    }
    uint32_t destination = get32(ours.at + 16);
    struct span header = span_after(ours, 4u * (ours.at[0] & 0x0Fu));
    if (header.size >= 4u) {
        udp_was_refused(get16(header.at), (struct ip_endpoint){ destination, get16(header.at + 2) });
    }
}

static void receive(const struct ip_packet *packet)
{
    struct span bytes = packet->payload;
    if (bytes.size < HEADER_SIZE || checksum_finish(checksum_add(0, bytes)) != 0u) {
        return;
    }
    if (bytes.at[0] == ECHO_REQUEST && packet->destination != IP_BROADCAST) {
        answer_request(packet);
    } else if (bytes.at[0] == ECHO_REPLY) {
        take_reply(packet);
    } else if (bytes.at[0] == UNREACHABLE) {
        take_unreachable(packet);
    }
}

void icmp_start(void) { ip_listen(IP_ICMP, receive); }

static void prepare(uint32_t address)
{
    ping.address = address;
    ping.id_and_sequence = ports_random();
    ping.answered = false;
    for (size_t i = 0; i < sizeof ping.data; i++) {
        ping.data[i] = (uint8_t)(i + ping.id_and_sequence);
    }
}

static void ask(void)
{
    uint8_t header[HEADER_SIZE] = { ECHO_REQUEST };
    put32(header + 4, ping.id_and_sequence);
    struct ip_output request = message(ping.address, header, (struct span){ ping.data, sizeof ping.data });
    (void)ip_send(&request);
}

bool icmp_ping(uint32_t address)
{
    prepare(address);
    for (unsigned i = 0; i < TRIES && !ping.answered; i++) {
        ask();
        struct deadline until = deadline_in_ms(ANSWER_MS);
        while (!ping.answered && !deadline_passed(until)) {
            link_wait(until);
        }
    }
    return ping.answered;
}
