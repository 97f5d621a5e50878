/* The other end of a private network: asks its server LAN_ROUNDS times with datagrams of two sizes, then says goodbye. */
#include "console.h"
#include "lan_pair.h"
#include "net_checks.h"

#define LOOKS 10u
#define TRIES 8u
#define ANSWER_MS 500u

static uint8_t bytes[1400];

static void finds_its_server(void)
{
    const char *missing = net_up_as(LAN_CLIENT);
    if (missing != NULL) {
        FAIL(missing);
    }
    for (unsigned i = 0; i < LOOKS; i++) {
        if (net_is_there(LAN_SERVER)) {
            net_udp_open(0);
            return;
        }
    }
    FAIL("nobody has the server's address");
}

static enum udp_outcome ask(struct span payload)
{
    struct udp_question question = {
        .server = { LAN_SERVER, LAN_PORT },
        .payload = payload,
        .tries = TRIES,
        .wait_ms = ANSWER_MS,
        .accepts = span_equal,
    };
    struct span answer;
    return net_udp_ask(&question, &answer);
}

/* Every datagram differs from the one before: a late answer is no answer. */
static void fill(size_t size, uint32_t round)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(round * 13u + i * 7u + (i >> 8));
    }
    put32(bytes, round);
}

static void ask_often(const char *metric, size_t size)
{
    uint64_t total_us = 0;
    for (uint32_t round = 0; round < LAN_ROUNDS; round++) {
        fill(size, round);
        uint32_t begun_us = stopwatch_us();
        CHECK_UDP(UDP_ANSWERED, ask((struct span){ bytes, size }));
        total_us += stopwatch_us() - begun_us;
    }
    console_printf("{{metric;%s;%lu;us;lower;noisy}}\r\n", metric, (unsigned long)(total_us / LAN_ROUNDS));
}

static void answers_64_bytes(void) { ask_often("lan.round_trip.64", 64); }
static void answers_1400_bytes(void) { ask_often("lan.round_trip.1400", sizeof bytes); }
static void says_goodbye(void) { CHECK_UDP(UDP_ANSWERED, ask(lan_goodbye())); }

static const struct test_case cases[] = {
    { "the client finds its server", finds_its_server },
    { "64 bytes come back from the server", answers_64_bytes },
    { "1400 bytes come back from the server", answers_1400_bytes },
    { "the server hears the goodbye", says_goodbye },
};

int main(void)
{
    suite_run(&(struct test_suite){ 120, "default_auto", cases, CASE_COUNT(cases) });
}
