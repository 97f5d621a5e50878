#include "net.h"

#include "console.h"
#include "link.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "stopwatch.h"

#define DHCP_MS 7000u
#define ARP_TRIES 3u
#define ARP_MS 500u

static struct net_lease lease;

const struct net_lease *net_lease(void) { return &lease; }

static uint32_t number_of(const ip4_addr_t *address) { return lwip_ntohl(ip4_addr_get_u32(address)); }

static bool knows(const ip4_addr_t *address)
{
    struct eth_addr *station;
    const ip4_addr_t *found;
    return etharp_find_addr(link_netif(), address, &station, &found) >= 0;
}

bool net_is_there(uint32_t address)
{
    ip4_addr_t wanted = { lwip_htonl(address) };
    for (unsigned i = 0; i < ARP_TRIES && !knows(&wanted); i++) {
        struct deadline until = deadline_in_ms(ARP_MS);
        (void)etharp_request(link_netif(), &wanted);
        while (!knows(&wanted) && !deadline_passed(until)) {
            link_wait(until);
        }
    }
    return knows(&wanted);
}

static const char *dhcp_failure(void)
{
    return netif_dhcp_data(link_netif())->offered_ip_addr.addr != 0u
               ? "the DHCP server offered an address and then fell silent"
               : "no DHCP server answered";
}

static const char *get_lease(void)
{
    struct netif *netif = link_netif();
    struct deadline until = deadline_in_ms(DHCP_MS);
    if (dhcp_start(netif) != ERR_OK) {
        return "DHCP does not start";
    }
    while (!dhcp_supplied_address(netif) && !deadline_passed(until)) {
        link_wait(until);
    }
    if (!dhcp_supplied_address(netif)) {
        return dhcp_failure();
    }
    lease = (struct net_lease){
        .address = number_of(netif_ip4_addr(netif)),
        .netmask = number_of(netif_ip4_netmask(netif)),
        .gateway = number_of(netif_ip4_gw(netif)),
        .name_server = number_of(dns_getserver(0)),
        .seconds = netif_dhcp_data(netif)->offered_t0_lease,
    };
    return NULL;
}

static void print_address(const char *name, uint32_t address)
{
    uint8_t byte[4];
    put32(byte, address);
    console_printf("%s %u.%u.%u.%u\r\n", name, byte[0], byte[1], byte[2], byte[3]);
}

static void print_state(void)
{
    const uint8_t *mac = ethernet_address();
    console_printf("network: mac %02x:%02x:%02x:%02x:%02x:%02x\r\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    print_address("network: address", lease.address);
    print_address("network: gateway", lease.gateway);
    print_address("network: name server", lease.name_server);
}

/* The peers live there, so a board without it has no network to test. */
static const char *find_gateway(void)
{
    if (lease.gateway == 0u) {
        return "the DHCP server named no gateway";
    }
    return net_is_there(lease.gateway) ? NULL : "the gateway does not answer ARP";
}

static const char *bring_up(void)
{
    uint32_t begun_us = stopwatch_us();
    const char *missing = ethernet_open();
    if (missing != NULL) {
        return missing;
    }
    uint32_t linked_us = stopwatch_us();
    lwip_init();
    missing = get_lease();
    if (missing != NULL) {
        return missing;
    }
    lease.link_us = linked_us - begun_us;
    lease.dhcp_us = stopwatch_us() - linked_us;
    print_state();
    return find_gateway();
}

const char *net_up(void)
{
    static const char *missing;
    static bool tried;
    if (!tried) {
        tried = true;
        missing = bring_up();
    }
    return missing;
}

static const char *take_address(uint32_t address)
{
    const char *missing = ethernet_open();
    if (missing != NULL) {
        return missing;
    }
    lwip_init();
    ip4_addr_t own = { lwip_htonl(address) };
    ip4_addr_t mask = { lwip_htonl(IP_ADDRESS(255, 255, 255, 0)) };
    netif_set_addr(link_netif(), &own, &mask, NULL);
    print_address("network: address", address);
    return NULL;
}

const char *net_up_as(uint32_t address)
{
    static const char *missing;
    static bool tried;
    if (!tried) {
        tried = true;
        missing = take_address(address);
    }
    return missing;
}
