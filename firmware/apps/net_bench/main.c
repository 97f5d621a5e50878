/* What the board's network does with the peers at its gateway: throughput by iperf, questions, connections, pings, memory. */
#include "console.h"
#include "iperf.h"
#include "lwip/stats.h"
#include "net_checks.h"
#include "net_icmp.h"
#include "rates.h"

#define PORT_ECHO 7u
#define PORT_DISCARD 9u
#define CARRIED (512u * 1024u)
#define DATAGRAMS 300u
#define QUESTIONS 200u
#define PINGS 100u
/* The network lets a board have 64 in a quarter of a minute. */
#define CONNECTIONS 30u
#define ANSWER_MS 1000u

static uint8_t bytes[64];

static struct ip_endpoint at_gateway(uint16_t port)
{
    return (struct ip_endpoint){ net_lease()->gateway, port };
}

/* For the host, which has seen the same on the cable. */
static void tell_host(const char *what, uint32_t carried) { console_printf("{{carried;%s;%lu}}\r\n", what, (unsigned long)carried); }

static void comes_up(void)
{
    REQUIRE_NETWORK();
    rate_metric("net", "link-up", net_lease()->link_us, "us;lower");
    rate_metric("net", "dhcp", net_lease()->dhcp_us, "us;lower");
}

static void sends_tcp(void)
{
    struct iperf_result sent;
    REQUIRE_NETWORK();
    CHECK_TCP(TCP_OK, iperf_tcp_send(at_gateway(IPERF_PORT), CARRIED, &sent));
    rate_report("net.tcp.up", &sent);
    tell_host("tcp;up", sent.bytes);
}

static void fetches_tcp(void)
{
    struct iperf_result received;
    REQUIRE_NETWORK();
    CHECK_TCP(TCP_OK, iperf_tcp_fetch(at_gateway(IPERF_PORT), CARRIED, &received));
    CHECK_EQUAL(CARRIED, received.bytes);
    rate_report("net.tcp.down", &received);
    tell_host("tcp;down", received.bytes);
}

static void sends_udp(void)
{
    struct iperf_result reported;
    REQUIRE_NETWORK();
    CHECK_UDP(UDP_ANSWERED, iperf_udp_send(at_gateway(IPERF_PORT), DATAGRAMS, &reported));
    CHECK(reported.datagrams > 0u && reported.datagrams <= DATAGRAMS);
    rate_report_datagrams("net.udp.up", &reported);
    tell_host("udp;up", reported.bytes);
}

static void ask_tcp(const char *metric, size_t size)
{
    uint8_t answer[sizeof bytes];
    REQUIRE_NETWORK();
    CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(PORT_ECHO)));
    times_begin();
    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct tcp_buffer back = { answer, size, 0 };
        bytes[0] = (uint8_t)i;
        uint32_t begun_us = stopwatch_us();
        CHECK_TCP(TCP_OK, net_tcp_write((struct span){ bytes, size }));
        CHECK_TCP(TCP_OK, net_tcp_receive_all(&back, deadline_in_ms(ANSWER_MS)));
        times_add(stopwatch_us() - begun_us);
        CHECK(memcmp(bytes, answer, size) == 0);
    }
    CHECK_TCP(TCP_OK, net_tcp_close());
    times_report(metric);
}

/* A question that was lost counts with the time of its next try. */
static void ask_udp(const char *metric, size_t size)
{
    REQUIRE_NETWORK();
    net_udp_open(0);
    times_begin();
    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct span answer;
        bytes[0] = (uint8_t)i;
        struct udp_question question = { at_gateway(PORT_ECHO), { bytes, size }, 5, ANSWER_MS, span_equal };
        uint32_t begun_us = stopwatch_us();
        CHECK_UDP(UDP_ANSWERED, net_udp_ask(&question, &answer));
        times_add(stopwatch_us() - begun_us);
    }
    times_report(metric);
}

static void asks_tcp_1(void) { ask_tcp("net.tcp.request.1", 1); }
static void asks_tcp_64(void) { ask_tcp("net.tcp.request.64", 64); }
static void asks_udp_1(void) { ask_udp("net.udp.request.1", 1); }
static void asks_udp_64(void) { ask_udp("net.udp.request.64", 64); }

static void connects(void)
{
    REQUIRE_NETWORK();
    times_begin();
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        uint32_t begun_us = stopwatch_us();
        CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(PORT_DISCARD)));
        times_add(stopwatch_us() - begun_us);
        CHECK_TCP(TCP_OK, net_tcp_close());
    }
    times_report("net.tcp.connect");
}

static void pings(void)
{
    REQUIRE_NETWORK();
    times_begin();
    for (unsigned i = 0; i < PINGS; i++) {
        uint32_t begun_us = stopwatch_us();
        CHECK(net_ping(net_lease()->gateway));
        times_add(stopwatch_us() - begun_us);
    }
    times_report("net.ping");
}

static void pool_metric(const char *name, memp_t pool)
{
    rate_metric("net.pool", name, lwip_stats.memp[pool]->max, "count;lower");
    CHECK_EQUAL(0, lwip_stats.memp[pool]->err);
}

static void tells_its_memory(void)
{
    rate_metric("net.pool", "heap", lwip_stats.mem.max, "bytes;lower");
    pool_metric("frames", MEMP_PBUF_POOL);
    pool_metric("tcp-connections", MEMP_TCP_PCB);
    pool_metric("tcp-segments", MEMP_TCP_SEG);
    pool_metric("udp-ports", MEMP_UDP_PCB);
}

static const struct test_case cases[] = {
    { "link and address", comes_up },
    { "TCP to the host", sends_tcp },
    { "TCP from the host", fetches_tcp },
    { "UDP to the host", sends_udp },
    { "questions of 1 byte by TCP", asks_tcp_1 },
    { "questions of 64 bytes by TCP", asks_tcp_64 },
    { "questions of 1 byte by UDP", asks_udp_1 },
    { "questions of 64 bytes by UDP", asks_udp_64 },
    { "connections", connects },
    { "pings", pings },
    { "memory of the stack", tells_its_memory },
};

int main(void)
{
    suite_run(&(struct test_suite){ 120, "network_bench", cases, CASE_COUNT(cases) });
}
