/* TCP echo (RFC 862) at the gateway: 64 KiB in pieces of many sizes, then an orderly end. */
#include "net_checks.h"

#define PORT_ECHO 7u
/* "tcpmux", which nobody serves. */
#define PORT_CLOSED 1u
#define TOTAL 65536u
#define PIECE_MAX 4096u
#define ANSWER_MS 5000u

static const size_t sizes[] = { 1, 4096, 7, 1460, 64, 1461, 333, 2920, 2, 2921, 536, 3000 };

static uint8_t sent[PIECE_MAX];
static uint8_t received[PIECE_MAX];

static struct ip_endpoint at_gateway(uint16_t port)
{
    return (struct ip_endpoint){ net_lease()->gateway, port };
}

/* By place in the whole stream, so that a byte lost, doubled or moved shows. */
static void fill(size_t start, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint32_t place = (uint32_t)(start + i);
        sent[i] = (uint8_t)((place * 2654435761u) >> 24);
    }
}

static void echo_piece(size_t start, size_t size)
{
    struct tcp_buffer back = { received, size, 0 };
    fill(start, size);
    CHECK_TCP(TCP_OK, net_tcp_send((struct span){ sent, size }));
    CHECK_TCP(TCP_OK, net_tcp_receive_all(&back, deadline_in_ms(ANSWER_MS)));
    CHECK(memcmp(sent, received, size) == 0);
}

static void echoes_64_kib(void)
{
    REQUIRE_NETWORK();
    CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(PORT_ECHO)));
    size_t start = 0;
    for (unsigned i = 0; start < TOTAL; i++) {
        size_t size = sizes[i % CASE_COUNT(sizes)];
        size = size < TOTAL - start ? size : TOTAL - start;
        echo_piece(start, size);
        start += size;
    }
    CHECK_TCP(TCP_OK, net_tcp_close());
}

static void closed_port_gives_no_connection(void)
{
    REQUIRE_NETWORK();
    enum tcp_outcome outcome = net_tcp_connect(at_gateway(PORT_CLOSED));
    CHECK(outcome == TCP_REFUSED || outcome == TCP_SILENT);
}

static void connects_again(void)
{
    REQUIRE_NETWORK();
    CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(PORT_ECHO)));
    echo_piece(0, 100);
    CHECK_TCP(TCP_OK, net_tcp_close());
}

static const struct test_case cases[] = {
    { "TCP echoes 64 KiB", echoes_64_kib },
    { "a closed port gives no connection", closed_port_gives_no_connection },
    { "TCP connects again", connects_again },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
