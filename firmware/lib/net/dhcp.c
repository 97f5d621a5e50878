#include "dhcp.h"

#include "dhcp_message.h"
#include "ports.h"
#include "udp.h"

#define CLIENT_PORT 68u
#define SERVER_PORT 67u
#define TRIES 3u
#define FIRST_WAIT_MS 500u

static uint32_t xid;

static bool fits(const struct dhcp_reply *reply, const struct dhcp_lease *offer)
{
    if (reply->xid != xid || reply->lease.server == 0u) {
        return false;
    }
    if (offer == NULL) {
        return reply->type == DHCP_OFFER;
    }
    return reply->lease.server == offer->server && (reply->type == DHCP_ACK || reply->type == DHCP_NAK);
}

static bool wait_for_reply(const struct dhcp_lease *offer, uint32_t wait_ms, struct dhcp_reply *reply)
{
    struct deadline until = deadline_in_ms(wait_ms);
    struct udp_datagram datagram;
    while (udp_receive(&datagram, until) == UDP_ANSWERED) {
        bool is_reply = datagram.from.port == SERVER_PORT && dhcp_parse(datagram.payload, reply);
        if (is_reply && fits(reply, offer)) {
            return true;
        }
    }
    return false;
}

static bool ask(const struct dhcp_lease *offer, struct dhcp_reply *reply)
{
    uint8_t message[DHCP_MESSAGE_SIZE];
    dhcp_compose(message, xid, offer);
    uint32_t wait_ms = FIRST_WAIT_MS;
    for (unsigned i = 0; i < TRIES; i++, wait_ms *= 2u) {
        struct ip_endpoint everybody = { IP_BROADCAST, SERVER_PORT };
        (void)udp_send(everybody, (struct span){ message, sizeof message });
        if (wait_for_reply(offer, wait_ms, reply)) {
            return true;
        }
    }
    return false;
}

static bool is_usable(const struct ip_config *config)
{
    return config->address != 0u && config->address != IP_BROADCAST && config->netmask != 0u;
}

const char *dhcp_get(struct dhcp_lease *lease)
{
    struct dhcp_reply reply;
    xid = ports_random();
    udp_open(CLIENT_PORT);
    if (!ask(NULL, &reply)) {
        return "no DHCP server answered";
    }
    struct dhcp_lease offer = reply.lease;
    if (!ask(&offer, &reply)) {
        return "the DHCP server offered an address and then fell silent";
    }
    if (reply.type == DHCP_NAK) {
        return "the DHCP server took its offer back";
    }
    if (!is_usable(&reply.lease.config)) {
        return "the DHCP server gave no usable address and netmask";
    }
    *lease = reply.lease;
    return NULL;
}
