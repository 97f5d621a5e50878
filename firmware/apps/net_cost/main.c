/* What the network stack costs: both ends of every connection are this board, over a wire that is memory. */
#include "both_ends.h"
#include "cost.h"
#include "greentea.h"
#include "lwip/udp.h"
#include "wire.h"

#define CARRIED (256u * 1024u)
#define CONNECTIONS 50u
#define REQUESTS 200u
#define DATAGRAMS 200u
/* What iperf sends over IPv4. */
#define DATAGRAM_SIZE 1470u
#define DATAGRAM_PORT 5001u

/* As a release would have it: whoever makes builds of this image writes the commit over the digits. */
static const char commit[] = "commit:0000000000000000000000000000000000000000";

static uint8_t datagram[DATAGRAM_SIZE];
static uint32_t datagrams;

static void connects(void)
{
    kv_send("net_commit", commit);
    cost_open();
    CHECK(both_ends_connect());
    both_ends_close();
    cost_begin();
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        CHECK(both_ends_connect());
        both_ends_close();
    }
    cost_report("net-cost.tcp.connect", cost_end(), CONNECTIONS);
}

static void carries_tcp(void)
{
    CHECK(both_ends_connect());
    cost_begin();
    CHECK(both_ends_carry(CARRIED));
    cost_report_bytes("net-cost.tcp", cost_end(), CARRIED);
    both_ends_close();
}

static void asks(const char *metric, size_t size)
{
    CHECK(both_ends_connect());
    cost_begin();
    for (unsigned i = 0; i < REQUESTS; i++) {
        CHECK(both_ends_ask(size));
    }
    cost_report(metric, cost_end(), REQUESTS);
    both_ends_close();
}

static void asks_1_byte(void) { asks("net-cost.tcp.request.1", 1); }
static void asks_64_bytes(void) { asks("net-cost.tcp.request.64", 64); }

static void take(void *arg, struct udp_pcb *pcb, struct pbuf *bytes, const ip_addr_t *address, u16_t from)
{
    (void)arg;
    (void)pcb;
    (void)address;
    (void)from;
    datagrams += bytes->tot_len == DATAGRAM_SIZE ? 1u : 0u;
    (void)pbuf_free(bytes);
}

static void send_datagram(struct udp_pcb *port)
{
    ip_addr_t address = { lwip_htonl(WIRE_ADDRESS) };
    struct pbuf *bytes = pbuf_alloc(PBUF_TRANSPORT, DATAGRAM_SIZE, PBUF_RAM);
    CHECK(bytes != NULL);
    (void)pbuf_take(bytes, datagram, DATAGRAM_SIZE);
    (void)udp_sendto(port, bytes, &address, DATAGRAM_PORT);
    (void)pbuf_free(bytes);
    (void)wire_step();
}

static void carries_udp(void)
{
    wire_up();
    struct udp_pcb *port = udp_new();
    CHECK(port != NULL && udp_bind(port, IP_ANY_TYPE, DATAGRAM_PORT) == ERR_OK);
    udp_recv(port, take, NULL);
    cost_begin();
    for (unsigned i = 0; i < DATAGRAMS; i++) {
        send_datagram(port);
    }
    uint32_t cost = cost_end();
    udp_remove(port);
    CHECK_EQUAL(DATAGRAMS, datagrams);
    cost_report("net-cost.udp.datagram", cost, DATAGRAMS);
    cost_report_bytes("net-cost.udp", cost, DATAGRAMS * DATAGRAM_SIZE);
}

static const struct test_case cases[] = {
    { "connections are made and ended", connects },
    { "TCP carries 256 KiB", carries_tcp },
    { "TCP carries requests of 1 byte", asks_1_byte },
    { "TCP carries requests of 64 bytes", asks_64_bytes },
    { "UDP carries datagrams", carries_udp },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
