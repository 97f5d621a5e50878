#include "ip.h"

#include "arp.h"
#include "checksum.h"

#define TYPE_IP 0x0800u
#define VERSION_4 4u
#define TIME_TO_LIVE 64u
#define DO_NOT_FRAGMENT 0x4000u
#define FRAGMENT_BITS 0x3FFFu /* more fragments, and the offset */
#define PROTOCOLS_MAX 3u

struct ip_config ip_config;

static struct {
    enum ip_protocol protocol;
    ip_handler handler;
} listeners[PROTOCOLS_MAX];
static uint16_t next_id;

void ip_listen(enum ip_protocol protocol, ip_handler handler)
{
    for (size_t i = 0; i < PROTOCOLS_MAX; i++) {
        if (listeners[i].handler == NULL || listeners[i].protocol == protocol) {
            listeners[i].protocol = protocol;
            listeners[i].handler = handler;
            return;
        }
    }
}

static bool is_for_us(uint32_t destination)
{
    return destination == IP_BROADCAST || (ip_config.address != 0u && destination == ip_config.address);
}

/* Multicast and above belong to nobody that could be answered. */
static bool is_from_a_station(uint32_t source) { return source < IP_ADDRESS(224, 0, 0, 0); }

/* Size of the header when it is one we can use, else 0. The frame may be longer than
   the packet: short frames are padded. */
static size_t header_size(struct span bytes)
{
    if (bytes.size < IP_HEADER_SIZE || bytes.at[0] >> 4 != VERSION_4) {
        return 0;
    }
    size_t header = 4u * (bytes.at[0] & 0x0Fu);
    size_t total = get16(bytes.at + 2);
    if (header < IP_HEADER_SIZE || total < header || total > bytes.size) {
        return 0;
    }
    return checksum_finish(checksum_add(0, span_first(bytes, header))) == 0u ? header : 0u;
}

static void receive(const struct link_frame *frame)
{
    struct span bytes = frame->payload;
    size_t header = header_size(bytes);
    if (header == 0u || (get16(bytes.at + 6) & FRAGMENT_BITS) != 0u) {
        return;
    }
    if (!is_for_us(get32(bytes.at + 16)) || !is_from_a_station(get32(bytes.at + 12))) {
        return;
    }
    struct ip_packet packet = {
        .source = get32(bytes.at + 12),
        .destination = get32(bytes.at + 16),
        .payload = span_after(span_first(bytes, get16(bytes.at + 2)), header),
    };
    for (size_t i = 0; i < PROTOCOLS_MAX; i++) {
        if (listeners[i].handler != NULL && listeners[i].protocol == bytes.at[9]) {
            listeners[i].handler(&packet);
        }
    }
}

void ip_start(void)
{
    arp_start();
    link_listen(TYPE_IP, receive);
}

static uint32_t next_hop(uint32_t destination)
{
    bool near = ((destination ^ ip_config.address) & ip_config.netmask) == 0u;
    return near ? destination : ip_config.gateway;
}

static bool send_to(const uint8_t *mac, const struct ip_output *output)
{
    uint8_t header[IP_HEADER_SIZE] = { (VERSION_4 << 4) | (IP_HEADER_SIZE / 4u) };
    size_t total = sizeof header + output->header.size + output->body.size;
    if (mac == NULL || total > LINK_PAYLOAD_MAX) {
        return false;
    }
    put16(header + 2, (uint16_t)total);
    put16(header + 4, next_id++);
    put16(header + 6, DO_NOT_FRAGMENT);
    header[8] = TIME_TO_LIVE;
    header[9] = (uint8_t)output->protocol;
    put32(header + 12, ip_config.address);
    put32(header + 16, output->destination);
    put16(header + 10, checksum_finish(checksum_add(0, (struct span){ header, sizeof header })));
    const struct span parts[] = { { header, sizeof header }, output->header, output->body };
    return link_send(&(struct link_output){ mac, TYPE_IP, parts, 3 });
}

bool ip_send(const struct ip_output *output)
{
    if (output->destination == IP_BROADCAST) {
        return send_to(LINK_BROADCAST, output);
    }
    return send_to(arp_resolve(next_hop(output->destination)), output);
}

bool ip_send_at_once(const struct ip_output *output)
{
    return send_to(arp_known(next_hop(output->destination)), output);
}

uint16_t ip_transport_checksum(uint32_t source, const struct ip_output *output)
{
    uint8_t pseudo[12] = { 0 };
    put32(pseudo, source);
    put32(pseudo + 4, output->destination);
    pseudo[9] = (uint8_t)output->protocol;
    put16(pseudo + 10, (uint16_t)(output->header.size + output->body.size));
    uint32_t sum = checksum_add(0, (struct span){ pseudo, sizeof pseudo });
    return checksum_finish(checksum_add(checksum_add(sum, output->header), output->body));
}
