/* UDP echo (RFC 862) at the gateway: 20 datagrams of each size come back unchanged. */
#include "net_checks.h"

#define PORT_ECHO 7u
#define DATAGRAMS 20u
#define TRIES 4u
#define ANSWER_MS 500u

static uint8_t bytes[1400];

/* Every datagram differs from the one before, also when it is only one byte long. */
static void fill(size_t size, unsigned round)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(round * 13u + i * 7u + (i >> 8));
    }
}

/* An answer that differs is none: it may be a late one of the round before. */
static void echo(size_t size)
{
    REQUIRE_NETWORK();
    net_udp_open(0);
    for (unsigned round = 0; round < DATAGRAMS; round++) {
        fill(size, round);
        struct udp_question question = {
            .server = { net_lease()->gateway, PORT_ECHO },
            .payload = { bytes, size },
            .tries = TRIES,
            .wait_ms = ANSWER_MS,
            .accepts = span_equal,
        };
        struct span answer;
        CHECK_UDP(UDP_ANSWERED, net_udp_ask(&question, &answer));
    }
}

static void echoes_1_byte(void) { echo(1); }
static void echoes_64_bytes(void) { echo(64); }
static void echoes_512_bytes(void) { echo(512); }
static void echoes_1400_bytes(void) { echo(1400); }

static const struct test_case cases[] = {
    { "UDP echoes 1 byte", echoes_1_byte },
    { "UDP echoes 64 bytes", echoes_64_bytes },
    { "UDP echoes 512 bytes", echoes_512_bytes },
    { "UDP echoes 1400 bytes", echoes_1400_bytes },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
