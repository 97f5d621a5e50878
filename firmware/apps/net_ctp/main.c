/* Ethernet loopback: frames that ask to be forwarded come back, broken ones do not. */
#include "ctp.h"
#include "net_checks.h"

#define TRIES 3u
#define ANSWER_MS 500u
#define SILENCE_MS 250u

static bool comes_back(const uint8_t *destination, uint16_t receipt)
{
    return ctp_ask(&(struct ctp_question){
        .destination = destination, .receipt = receipt, .tries = TRIES, .wait_ms = ANSWER_MS });
}

static void answers_a_broadcast(void)
{
    REQUIRE_NETWORK();
    CHECK(comes_back(LINK_BROADCAST, 0x0101));
}

static void answers_the_assistants_group(void)
{
    REQUIRE_NETWORK();
    CHECK(comes_back(CTP_ASSISTANTS, 0x0202));
}

/* Which station that is, only the broadcast tells. */
static void answers_a_unicast(void)
{
    REQUIRE_NETWORK();
    uint8_t station[ETHERNET_ADDRESS_SIZE];
    CHECK(comes_back(LINK_BROADCAST, 0x0303));
    memcpy(station, ctp_answered_by(), sizeof station);
    CHECK(comes_back(station, 0x0304));
    CHECK(memcmp(station, ctp_answered_by(), sizeof station) == 0);
}

/* The peer must leave it and live on. */
static void drops_a_skip_beyond_the_frame(void)
{
    REQUIRE_NETWORK();
    static const uint16_t beyond[] = { 1500, 0x7FF0, 0xFFF0, 0xFFFF };
    for (size_t i = 0; i < CASE_COUNT(beyond); i++) {
        struct ctp_question question = {
            .destination = LINK_BROADCAST, .skip = beyond[i], .receipt = 0x0404, .tries = 1, .wait_ms = SILENCE_MS
        };
        CHECK(!ctp_ask(&question));
    }
    CHECK(comes_back(LINK_BROADCAST, 0x0505));
}

static const struct test_case cases[] = {
    { "CTP answers a broadcast", answers_a_broadcast },
    { "CTP answers the assistants' group", answers_the_assistants_group },
    { "CTP answers a unicast", answers_a_unicast },
    { "CTP drops a skip beyond the frame", drops_a_skip_beyond_the_frame },
};

int main(void)
{
    suite_run(&(struct test_suite){ 30, "default_auto", cases, CASE_COUNT(cases) });
}
