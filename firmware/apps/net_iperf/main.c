/*
 * iperf 2 on a board. IPERF_SERVES: takes one test by TCP, then one by UDP. IPERF_SENDS: makes them. By default the other
 * end is beyond the gateway, at the port that the host names; with IPERF_LAN a board of a private network.
 */
#include <stdlib.h>

#include "console.h"
#include "iperf.h"
#include "lan_pair.h"
#include "net_checks.h"
#include "rates.h"

#define CARRIED (256u * 1024u)
#define DATAGRAMS 200u
#define CLIENT_MS 60000u
#define LOOKS 20u

#ifdef IPERF_LAN
#define PREFIX "lan."
#else
#define PREFIX "iperf."
#endif

#if defined(IPERF_LAN) && defined(IPERF_SERVES)
#define OWN_ADDRESS LAN_SERVER
#elif defined(IPERF_LAN)
#define OWN_ADDRESS LAN_CLIENT
#endif

static void comes_up(void)
{
#ifdef IPERF_LAN
    const char *missing = net_up_as(OWN_ADDRESS);
    if (missing != NULL) {
        FAIL(missing);
    }
#else
    REQUIRE_NETWORK();
#endif
#ifdef IPERF_SERVES
    CHECK(net_tcp_listen(IPERF_PORT));
    net_udp_open(IPERF_PORT);
#endif
}

#ifdef IPERF_SERVES
static void serves_tcp(void)
{
    struct iperf_result received;
    CHECK_TCP(TCP_OK, iperf_tcp_serve(deadline_in_ms(CLIENT_MS), &received));
    rate_report(PREFIX "tcp.received", &received);
    rate_metric(PREFIX "tcp.received", "bytes", received.bytes, "bytes;none");
}

static void serves_udp(void)
{
    struct iperf_result received;
    CHECK_UDP(UDP_ANSWERED, iperf_udp_serve(deadline_in_ms(CLIENT_MS), &received));
    rate_report_datagrams(PREFIX "udp.received", &received);
    rate_metric(PREFIX "udp.received", "bytes", received.bytes, "bytes;none");
}
#endif

#ifdef IPERF_SENDS
static struct ip_endpoint server;

static void finds_its_server(void)
{
#ifdef IPERF_LAN
    server = (struct ip_endpoint){ LAN_SERVER, IPERF_PORT };
    for (unsigned i = 0; i < LOOKS && !net_is_there(server.address); i++) {
    }
    CHECK(net_is_there(server.address));
#else
    char key[16];
    char port[8];
    kv_send("iperf_port", "?");
    do {
        kv_receive(key, sizeof key, port, sizeof port);
    } while (strcmp(key, "iperf_port") != 0);
    server = (struct ip_endpoint){ net_lease()->gateway, (uint16_t)strtoul(port, NULL, 10) };
#endif
}

static void sends_tcp(void)
{
    struct iperf_result sent;
    CHECK_TCP(TCP_OK, iperf_tcp_send(server, CARRIED, &sent));
    rate_report(PREFIX "tcp.sent", &sent);
}

static void sends_udp(void)
{
    struct iperf_result reported;
    CHECK_UDP(UDP_ANSWERED, iperf_udp_send(server, DATAGRAMS, &reported));
    rate_report_datagrams(PREFIX "udp.reported", &reported);
    rate_metric(PREFIX "udp.reported", "bytes", reported.bytes, "bytes;none");
}
#endif

static const struct test_case cases[] = {
    { "the board has its address", comes_up },
#ifdef IPERF_SERVES
    { "a client sends by TCP", serves_tcp },
    { "a client sends by UDP", serves_udp },
#endif
#ifdef IPERF_SENDS
    { "the board finds its server", finds_its_server },
    { "the board sends by TCP", sends_tcp },
    { "the board sends by UDP", sends_udp },
#endif
};

int main(void)
{
    suite_run(&(struct test_suite){ 120, "default_auto", cases, CASE_COUNT(cases) });
}
