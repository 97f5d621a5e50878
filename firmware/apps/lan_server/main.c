/* One end of a private network: sends its client's datagrams back until the client says goodbye. */
#include "console.h"
#include "lan_pair.h"
#include "net_checks.h"

/* The client is started after this board. */
#define FIRST_MS 30000u
#define NEXT_MS 10000u
/* In which the client may say goodbye again, because the answer was lost. */
#define LINGER_MS 1200u

static void takes_its_address(void)
{
    const char *missing = net_up_as(LAN_SERVER);
    if (missing != NULL) {
        FAIL(missing);
    }
    net_udp_open(LAN_PORT);
}

/* Whether it was the goodbye. */
static bool answer(const struct udp_datagram *asked)
{
    (void)net_udp_send(asked->from, asked->payload);
    return span_equal(asked->payload, lan_goodbye());
}

static void linger(void)
{
    struct deadline until = deadline_in_ms(LINGER_MS);
    struct udp_datagram asked;
    while (net_udp_receive(&asked, until) == UDP_ANSWERED) {
        (void)answer(&asked);
    }
}

static void answers_until_goodbye(void)
{
    uint32_t answered = 0;
    uint32_t wait_ms = FIRST_MS;
    for (bool is_over = false; !is_over; wait_ms = NEXT_MS) {
        struct udp_datagram asked;
        CHECK_UDP(UDP_ANSWERED, net_udp_receive(&asked, deadline_in_ms(wait_ms)));
        is_over = answer(&asked);
        answered++;
    }
    linger();
    console_printf("{{metric;lan.answered;%lu;count;none}}\r\n", (unsigned long)answered);
}

static const struct test_case cases[] = {
    { "the server takes its address", takes_its_address },
    { "the server answers until its client says goodbye", answers_until_goodbye },
};

int main(void)
{
    suite_run(&(struct test_suite){ 120, "default_auto", cases, CASE_COUNT(cases) });
}
