#include "tcp_segment.h"

#define OPTION_END 0u
#define OPTION_FILLER 1u
#define OPTION_SEGMENT_MAX 2u
#define SEGMENT_MAX_SIZE 4u
#define SEGMENT_MIN 64u

static void take_option(struct tcp_segment *segment, struct span option)
{
    if (option.at[0] == OPTION_SEGMENT_MAX && option.size == SEGMENT_MAX_SIZE) {
        /* A peer that asks for less would make us send a header per byte. */
        uint16_t wanted = get16(option.at + 2);
        segment->segment_max = wanted < SEGMENT_MIN ? SEGMENT_MIN : wanted;
    }
}

static bool take_options(struct tcp_segment *segment, struct span options)
{
    while (options.size > 0u && options.at[0] != OPTION_END) {
        if (options.at[0] == OPTION_FILLER) {
            options = span_after(options, 1);
            continue;
        }
        if (options.size < 2u || options.at[1] < 2u || options.at[1] > options.size) {
            return false;
        }
        take_option(segment, span_first(options, options.at[1]));
        options = span_after(options, options.at[1]);
    }
    return true;
}

static bool checksum_is_right(const struct ip_packet *packet)
{
    struct ip_output as_sent = { packet->destination, IP_TCP, packet->payload, { NULL, 0 } };
    return ip_transport_checksum(packet->source, &as_sent) == 0u;
}

bool tcp_segment_parse(const struct ip_packet *packet, struct tcp_segment *segment)
{
    struct span bytes = packet->payload;
    if (bytes.size < TCP_HEADER_SIZE || !checksum_is_right(packet)) {
        return false;
    }
    size_t header = 4u * (bytes.at[12] >> 4);
    if (header < TCP_HEADER_SIZE || header > bytes.size) {
        return false;
    }
    *segment = (struct tcp_segment){
        .source_port = get16(bytes.at),
        .destination_port = get16(bytes.at + 2),
        .sequence = get32(bytes.at + 4),
        .acknowledged = get32(bytes.at + 8),
        .flags = bytes.at[13],
        .window = get16(bytes.at + 14),
        .segment_max = TCP_SEGMENT_DEFAULT,
        .payload = span_after(bytes, header),
    };
    return take_options(segment, span_after(span_first(bytes, header), TCP_HEADER_SIZE));
}

bool tcp_segment_send(uint32_t to, const struct tcp_segment *segment, bool (*send)(const struct ip_output *))
{
    uint8_t header[TCP_HEADER_SIZE + SEGMENT_MAX_SIZE] = { 0 };
    bool is_first = (segment->flags & TCP_SYN) != 0u;
    size_t size = is_first ? sizeof header : TCP_HEADER_SIZE;
    put16(header, segment->source_port);
    put16(header + 2, segment->destination_port);
    put32(header + 4, segment->sequence);
    put32(header + 8, segment->acknowledged);
    header[12] = (uint8_t)(size / 4u << 4);
    header[13] = (uint8_t)segment->flags;
    put16(header + 14, segment->window);
    if (is_first) {
        header[20] = OPTION_SEGMENT_MAX;
        header[21] = SEGMENT_MAX_SIZE;
        put16(header + 22, segment->segment_max);
    }
    struct ip_output output = { to, IP_TCP, { header, size }, segment->payload };
    put16(header + 16, ip_transport_checksum(ip_config.address, &output));
    return send(&output);
}

uint32_t tcp_segment_length(const struct tcp_segment *segment)
{
    uint32_t marks = ((segment->flags & TCP_SYN) != 0u ? 1u : 0u) + ((segment->flags & TCP_FIN) != 0u ? 1u : 0u);
    return (uint32_t)segment->payload.size + marks;
}
