/* What a board under test must not reach: the host beyond the peers, the world, other
   boards. Silence passes; a refusal fails too, for something out there had to give it. */
#include "net_icmp.h"
#include "net_checks.h"

#define PORT_SSH 22u
#define PORT_DNS 53u
#define PORT_TFTP 69u
#define PORT_HTTP 8080u
#define TRIES 3u
#define ANSWER_MS 500u

/* Without this the silence would prove nothing. */
static void network_is_alive(void)
{
    REQUIRE_NETWORK();
    CHECK(net_ping(net_lease()->gateway));
}

static void expect_no_connection(uint16_t port)
{
    REQUIRE_NETWORK();
    CHECK_TCP(TCP_SILENT, net_tcp_connect((struct ip_endpoint){ net_lease()->gateway, port }));
}

static void host_gives_no_ssh(void) { expect_no_connection(PORT_SSH); }
static void host_gives_no_http(void) { expect_no_connection(PORT_HTTP); }

static void expect_no_answer(struct ip_endpoint server, struct span payload)
{
    REQUIRE_NETWORK();
    struct udp_question question = { .server = server, .payload = payload, .tries = TRIES, .wait_ms = ANSWER_MS };
    struct span answer;
    net_udp_open(0);
    CHECK_UDP(UDP_SILENT, net_udp_ask(&question, &answer));
}

/* "example.com", type A. */
static void world_gives_no_names(void)
{
    static const uint8_t question[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p',
                                        'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1 };
    expect_no_answer((struct ip_endpoint){ IP_ADDRESS(8, 8, 8, 8), PORT_DNS },
                     (struct span){ question, sizeof question });
}

/* A read request, RFC 1350: opcode 1, file, mode. */
static void host_gives_no_files(void)
{
    static const uint8_t request[] = "\0\1/etc/passwd\0octet";
    expect_no_answer((struct ip_endpoint){ net_lease()->gateway, PORT_TFTP },
                     (struct span){ request, sizeof request });
}

static void no_other_board_is_here(void)
{
    REQUIRE_NETWORK();
    const struct net_lease *lease = net_lease();
    CHECK(!net_is_there((lease->address & lease->netmask) | 100u));
}

static const struct test_case cases[] = {
    { "the network is alive", network_is_alive },
    { "the host gives no SSH", host_gives_no_ssh },
    { "the host gives no HTTP", host_gives_no_http },
    { "the world gives no names", world_gives_no_names },
    { "the host gives no files", host_gives_no_files },
    { "no other board is here", no_other_board_is_here },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
