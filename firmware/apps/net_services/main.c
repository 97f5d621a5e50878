/* The small services at the gateway: daytime (RFC 867), time (RFC 868), chargen
   (RFC 864) and discard (RFC 863). */
#include "net_checks.h"

#define PORT_DISCARD 9u
#define PORT_DAYTIME 13u
#define PORT_CHARGEN 19u
#define PORT_TIME 37u
#define ANSWER_MS 3000u
#define TRIES 3u
#define TRY_MS 1000u
#define SILENCE_MS 500u
/* 2021-01-01 in seconds since 1900; the service wraps in 2036. */
#define YEAR_2021 3818448000u
#define CLOCKS_DIFFER_MAX_S 10u

static uint8_t bytes[2048];

static struct ip_endpoint at_gateway(uint16_t port)
{
    return (struct ip_endpoint){ net_lease()->gateway, port };
}

/* Everything a service says until it ends the connection. */
static struct span hear_by_tcp(uint16_t port)
{
    struct tcp_buffer heard = { bytes, 128, 0 };
    CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(port)));
    CHECK_TCP(TCP_ENDED, net_tcp_receive_all(&heard, deadline_in_ms(ANSWER_MS)));
    CHECK_TCP(TCP_OK, net_tcp_close());
    return (struct span){ bytes, heard.filled };
}

/* An empty datagram is the question. */
static struct span hear_by_udp(uint16_t port)
{
    struct span answer;
    struct udp_question question = { .server = at_gateway(port), .tries = TRIES, .wait_ms = TRY_MS };
    net_udp_open(0);
    CHECK_UDP(UDP_ANSWERED, net_udp_ask(&question, &answer));
    return answer;
}

static bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

static bool is_year(const uint8_t *at)
{
    return at[0] == '2' && at[1] == '0' && at[2] >= '2' && is_digit(at[2]) && is_digit(at[3]);
}

/* The RFC leaves the form open: one printable line with a year of this age in it. */
static void check_daytime(struct span line)
{
    bool has_year = false;
    CHECK(line.size >= 10u && line.at[line.size - 1u] == '\n');
    for (size_t i = 0; i < line.size; i++) {
        CHECK((line.at[i] >= ' ' && line.at[i] <= '~') || (i + 2u >= line.size && strchr("\r\n", line.at[i]) != NULL));
        has_year = has_year || (i + 4u <= line.size && is_year(line.at + i));
    }
    CHECK(has_year);
}

static void tells_the_daytime_by_tcp(void)
{
    REQUIRE_NETWORK();
    check_daytime(hear_by_tcp(PORT_DAYTIME));
}

static void tells_the_daytime_by_udp(void)
{
    REQUIRE_NETWORK();
    check_daytime(hear_by_udp(PORT_DAYTIME));
}

static uint32_t checked_time(struct span answer)
{
    CHECK_EQUAL(4, answer.size);
    CHECK(get32(answer.at) >= YEAR_2021);
    return get32(answer.at);
}

static void tells_the_time_both_ways(void)
{
    REQUIRE_NETWORK();
    uint32_t by_tcp = checked_time(hear_by_tcp(PORT_TIME));
    uint32_t by_udp = checked_time(hear_by_udp(PORT_TIME));
    CHECK(by_udp - by_tcp <= CLOCKS_DIFFER_MAX_S);
}

/* Lines of 72 out of 95 characters, each starting one further; the first one is open. */
static uint8_t pattern(uint8_t first, size_t place)
{
    size_t line = place / 74u;
    size_t column = place % 74u;
    if (column >= 72u) {
        return column == 72u ? '\r' : '\n';
    }
    return (uint8_t)(' ' + (first - ' ' + line + column) % 95u);
}

static void generates_characters(void)
{
    REQUIRE_NETWORK();
    struct tcp_buffer heard = { bytes, sizeof bytes, 0 };
    CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(PORT_CHARGEN)));
    CHECK_TCP(TCP_OK, net_tcp_receive_all(&heard, deadline_in_ms(ANSWER_MS)));
    net_tcp_abort();
    CHECK(bytes[0] >= ' ' && bytes[0] <= '~');
    for (size_t i = 0; i < sizeof bytes; i++) {
        CHECK_EQUAL(pattern(bytes[0], i), bytes[i]);
    }
}

static void discards_by_tcp(void)
{
    REQUIRE_NETWORK();
    struct tcp_buffer nothing = { bytes, sizeof bytes, 0 };
    CHECK_TCP(TCP_OK, net_tcp_connect(at_gateway(PORT_DISCARD)));
    for (unsigned i = 0; i < 4u; i++) {
        CHECK_TCP(TCP_OK, net_tcp_send((struct span){ bytes, sizeof bytes }));
    }
    CHECK_TCP(TCP_SILENT, net_tcp_receive(&nothing, deadline_in_ms(SILENCE_MS)));
    CHECK_TCP(TCP_OK, net_tcp_close());
}

static void discards_by_udp(void)
{
    REQUIRE_NETWORK();
    struct udp_datagram nothing;
    net_udp_open(0);
    for (unsigned i = 0; i < 8u; i++) {
        CHECK(net_udp_send(at_gateway(PORT_DISCARD), (struct span){ bytes, 1024 }));
    }
    CHECK_UDP(UDP_SILENT, net_udp_receive(&nothing, deadline_in_ms(SILENCE_MS)));
}

static const struct test_case cases[] = {
    { "daytime by TCP", tells_the_daytime_by_tcp },
    { "daytime by UDP", tells_the_daytime_by_udp },
    { "time by TCP and UDP", tells_the_time_both_ways },
    { "chargen by TCP", generates_characters },
    { "discard by TCP", discards_by_tcp },
    { "discard by UDP", discards_by_udp },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
