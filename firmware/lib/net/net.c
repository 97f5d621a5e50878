#include "net.h"

#include "arp.h"
#include "console.h"
#include "icmp.h"
#include "tcp.h"
#include "udp.h"

static struct dhcp_lease lease;

const struct dhcp_lease *net_lease(void) { return &lease; }

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
    print_address("network: address", lease.config.address);
    print_address("network: gateway", lease.config.gateway);
    print_address("network: name server", lease.config.name_server);
}

static void start(void)
{
    ip_start();
    icmp_start();
    tcp_start();
    udp_start();
}

/* The peers live there, so a board without it has no network to test. */
static const char *find_gateway(void)
{
    if (ip_config.gateway == 0u) {
        return "the DHCP server named no gateway";
    }
    return arp_resolve(ip_config.gateway) != NULL ? NULL : "the gateway does not answer ARP";
}

static const char *bring_up(void)
{
    const char *missing = ethernet_open();
    if (missing != NULL) {
        return missing;
    }
    start();
    missing = dhcp_get(&lease);
    if (missing != NULL) {
        return missing;
    }
    ip_config = lease.config;
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
