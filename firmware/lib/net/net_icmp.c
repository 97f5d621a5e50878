#include "net_icmp.h"

#include "link.h"
#include "lwip/icmp.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip.h"
#include "lwip/raw.h"

#define HEADER_SIZE 8u
#define PING_SIZE 56u
#define TRIES 3u
#define ANSWER_MS 1000u
/* Type and rest of our own packet in a message "destination unreachable": its IP header, 8 bytes more. */
#define MESSAGE_MAX 128u

static struct raw_pcb *messages;
static void (*refusal_handler)(const struct icmp_refusal *refusal);

static struct {
    uint32_t address;
    uint8_t sent[HEADER_SIZE + PING_SIZE];
    bool answered;
} ping;

static void take_reply(uint32_t from, struct span message)
{
    /* Type and checksum differ; id, sequence and data are ours. */
    struct span wanted = { ping.sent + 4, sizeof ping.sent - 4u };
    ping.answered = ping.answered || (from == ping.address && span_equal(span_after(message, 4), wanted));
}

static void take_unreachable(struct span message)
{
    struct span ours = span_after(message, HEADER_SIZE);
    if (ours.size < IP_HLEN || ours.at[9] != IP_PROTO_UDP || refusal_handler == NULL) {
        return;
    }
    struct span header = span_after(ours, 4u * (ours.at[0] & 0x0Fu));
    if (header.size >= 4u) {
        struct ip_endpoint by = { get32(ours.at + 16), get16(header.at + 2) };
        refusal_handler(&(struct icmp_refusal){ get16(header.at), by });
    }
}

/* Packets come with their IP header; 0 leaves them to lwIP as well. */
static u8_t receive(void *arg, struct raw_pcb *pcb, struct pbuf *packet, const ip_addr_t *from)
{
    (void)arg;
    (void)pcb;
    uint8_t bytes[MESSAGE_MAX];
    u16_t start = (u16_t)(4u * (*(const uint8_t *)packet->payload & 0x0Fu));
    struct span message = { bytes, pbuf_copy_partial(packet, bytes, sizeof bytes, start) };
    bool is_whole = message.size >= HEADER_SIZE;
    if (is_whole && bytes[0] == ICMP_ER) {
        take_reply(lwip_ntohl(ip4_addr_get_u32(from)), message);
    } else if (is_whole && bytes[0] == ICMP_DUR) {
        take_unreachable(message);
    }
    return 0;
}

static void listen(void)
{
    if (messages == NULL) {
        messages = raw_new(IP_PROTO_ICMP);
        raw_recv(messages, receive, NULL);
    }
}

void icmp_hear_refusals(void (*handler)(const struct icmp_refusal *refusal))
{
    listen();
    refusal_handler = handler;
}

static void prepare(uint32_t address)
{
    uint32_t id_and_sequence = net_random();
    ping.address = address;
    ping.answered = false;
    memset(ping.sent, 0, HEADER_SIZE);
    ping.sent[0] = ICMP_ECHO;
    put32(ping.sent + 4, id_and_sequence);
    for (size_t i = 0; i < PING_SIZE; i++) {
        ping.sent[HEADER_SIZE + i] = (uint8_t)(i + id_and_sequence);
    }
    uint16_t checksum = inet_chksum(ping.sent, sizeof ping.sent);
    memcpy(ping.sent + 2, &checksum, sizeof checksum);
}

/* Not sent is lost: the next try may find the way. */
static void ask(void)
{
    ip_addr_t to = { lwip_htonl(ping.address) };
    struct pbuf *request = pbuf_alloc(PBUF_IP, sizeof ping.sent, PBUF_RAM);
    if (request != NULL) {
        (void)pbuf_take(request, ping.sent, sizeof ping.sent);
        (void)raw_sendto(messages, request, &to);
        (void)pbuf_free(request);
    }
}

bool net_ping(uint32_t address)
{
    listen();
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
