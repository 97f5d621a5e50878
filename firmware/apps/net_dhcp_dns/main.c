/* What a board needs before it can talk: an address, a gateway that is there, names. */
#include "net_dns.h"
#include "net_icmp.h"
#include "net_checks.h"

static void gets_an_address(void)
{
    REQUIRE_NETWORK();
    const struct net_lease *lease = net_lease();
    CHECK(lease->seconds > 0u);
    CHECK(lease->name_server != 0u);
    CHECK(((lease->address ^ lease->gateway) & lease->netmask) == 0u);
}

static void gateway_answers_a_ping(void)
{
    REQUIRE_NETWORK();
    CHECK(net_ping(net_lease()->gateway));
}

static void known_name_has_an_address(void)
{
    REQUIRE_NETWORK();
    uint32_t address = 0;
    CHECK_EQUAL(DNS_FOUND, net_dns_lookup("echo.greenrack.test", &address));
    CHECK_EQUAL(net_lease()->gateway, address);
}

static void unknown_name_does_not_exist(void)
{
    REQUIRE_NETWORK();
    uint32_t address = 0;
    CHECK_EQUAL(DNS_NO_ADDRESS, net_dns_lookup("nobody.greenrack.test", &address));
}

static const struct test_case cases[] = {
    { "DHCP gives an address", gets_an_address },
    { "the gateway answers a ping", gateway_answers_a_ping },
    { "a known name has an address", known_name_has_an_address },
    { "an unknown name does not exist", unknown_name_does_not_exist },
};

int main(void)
{
    suite_run(&(struct test_suite){ 30, "default_auto", cases, CASE_COUNT(cases) });
}
