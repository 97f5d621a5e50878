#include "net_dns.h"

#include "link.h"
#include "lwip/dns.h"

/* lwIP gives up before. */
#define LOOKUP_MS 30000u

static struct {
    bool is_over;
    enum dns_outcome outcome;
    uint32_t address;
} lookup;

/* lwIP does not say why there is none: a frame has brought an answer, a timer the end of its patience. */
static void take(const char *name, const ip_addr_t *address, void *arg)
{
    (void)name;
    (void)arg;
    lookup.is_over = true;
    lookup.outcome = link_has_frame() ? DNS_NO_ADDRESS : DNS_SILENT;
    if (address != NULL) {
        lookup.outcome = DNS_FOUND;
        lookup.address = lwip_ntohl(ip4_addr_get_u32(address));
    }
}

enum dns_outcome net_dns_lookup(const char *name, uint32_t *address)
{
    ip_addr_t known;
    struct deadline until = deadline_in_ms(LOOKUP_MS);
    lookup.is_over = false;
    lookup.outcome = DNS_SILENT;
    err_t begun = dns_gethostbyname(name, &known, take, NULL);
    if (begun == ERR_OK) {
        take(name, &known, NULL);
    } else if (begun != ERR_INPROGRESS) {
        return DNS_NO_ADDRESS;
    }
    while (!lookup.is_over && !deadline_passed(until)) {
        link_wait(until);
    }
    *address = lookup.outcome == DNS_FOUND ? lookup.address : *address;
    return lookup.outcome;
}
