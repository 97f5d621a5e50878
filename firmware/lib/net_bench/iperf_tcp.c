#include "iperf.h"

#define HEADER_SIZE 24u
#define EXTENDED_SIZE 60u
#define FLAG_EXTEND 0x40000000u
#define FLAG_REVERSE 0x8u
#define AMOUNT_AT 20u
#define FLAGS_OF_EXTENSION_AT 32u
/* Whole periods of the digits, and long enough that the stack never waits for the next piece. */
#define PIECE_SIZE 5840u
#define IDLE_MS 10000u

static uint8_t piece[PIECE_SIZE];

static void prepare(uint32_t flags, uint32_t amount)
{
    for (size_t i = 0; i < sizeof piece; i++) {
        piece[i] = (uint8_t)('0' + i % 10u);
    }
    memset(piece, 0, flags == 0u ? HEADER_SIZE : EXTENDED_SIZE);
    put32(piece, flags);
    put32(piece + 4, 1);
    put32(piece + 8, IPERF_PORT);
    put32(piece + AMOUNT_AT, amount);
}

enum tcp_outcome iperf_tcp_send(struct ip_endpoint server, uint32_t bytes, struct iperf_result *sent)
{
    *sent = (struct iperf_result){ 0 };
    enum tcp_outcome outcome = net_tcp_connect(server);
    uint32_t begun_us = stopwatch_us();
    prepare(0, bytes);
    while (outcome == TCP_OK && sent->bytes < bytes) {
        struct span part = span_first((struct span){ piece, sizeof piece }, bytes - sent->bytes);
        outcome = net_tcp_write(part);
        sent->bytes += part.size;
    }
    outcome = outcome == TCP_OK ? net_tcp_send((struct span){ piece, 0 }) : outcome;
    sent->us = stopwatch_us() - begun_us;
    return outcome == TCP_OK ? net_tcp_close() : outcome;
}

/* Until the other side has sent all. The clock starts with the first bytes. */
static enum tcp_outcome drain(struct iperf_result *received)
{
    struct tcp_buffer into = { piece, sizeof piece, 0 };
    enum tcp_outcome outcome = net_tcp_receive(&into, deadline_in_ms(IDLE_MS));
    uint32_t begun_us = stopwatch_us();
    while (outcome == TCP_OK) {
        received->bytes += (uint32_t)into.filled;
        outcome = net_tcp_receive(&into, deadline_in_ms(IDLE_MS));
    }
    received->us = stopwatch_us() - begun_us;
    return outcome == TCP_ENDED ? net_tcp_close() : outcome;
}

enum tcp_outcome iperf_tcp_fetch(struct ip_endpoint server, uint32_t bytes, struct iperf_result *received)
{
    *received = (struct iperf_result){ 0 };
    enum tcp_outcome outcome = net_tcp_connect(server);
    if (outcome == TCP_OK) {
        prepare(FLAG_EXTEND, bytes);
        put32(piece + FLAGS_OF_EXTENSION_AT, FLAG_REVERSE);
        outcome = net_tcp_send((struct span){ piece, EXTENDED_SIZE });
    }
    return outcome == TCP_OK ? drain(received) : outcome;
}

enum tcp_outcome iperf_tcp_serve(struct deadline until, struct iperf_result *received)
{
    *received = (struct iperf_result){ 0 };
    enum tcp_outcome outcome = net_tcp_accept(until);
    return outcome == TCP_OK ? drain(received) : outcome;
}
