#include "dhcp_message.h"

#define OP_REQUEST 1u
#define OP_REPLY 2u
#define FLAG_BROADCAST 0x8000u
#define OPTIONS_AT 240u
#define COOKIE 0x63825363u

enum option {
    OPTION_PAD = 0,
    OPTION_NETMASK = 1,
    OPTION_ROUTER = 3,
    OPTION_NAME_SERVER = 6,
    OPTION_REQUESTED_ADDRESS = 50,
    OPTION_LEASE_SECONDS = 51,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_WANTED = 55,
    OPTION_END = 255,
};

static uint8_t *add_address(uint8_t *at, enum option option, uint32_t address)
{
    at[0] = (uint8_t)option;
    at[1] = 4;
    put32(at + 2, address);
    return at + 6;
}

static uint8_t *add_bytes(uint8_t *at, enum option option, struct span value)
{
    at[0] = (uint8_t)option;
    at[1] = (uint8_t)value.size;
    memcpy(at + 2, value.at, value.size);
    return at + 2 + value.size;
}

void dhcp_compose(uint8_t message[DHCP_MESSAGE_SIZE], uint32_t xid, const struct dhcp_lease *offer)
{
    static const uint8_t wanted[] = { OPTION_NETMASK, OPTION_ROUTER, OPTION_NAME_SERVER, OPTION_LEASE_SECONDS };
    const uint8_t type[] = { offer != NULL ? DHCP_REQUEST : DHCP_DISCOVER };
    memset(message, 0, DHCP_MESSAGE_SIZE);
    message[0] = OP_REQUEST;
    message[1] = 1;
    message[2] = ETHERNET_ADDRESS_SIZE;
    put32(message + 4, xid);
    /* We have no address yet that an answer could be sent to. */
    put16(message + 10, FLAG_BROADCAST);
    memcpy(message + 28, ethernet_address(), ETHERNET_ADDRESS_SIZE);
    put32(message + OPTIONS_AT - 4u, COOKIE);
    uint8_t *at = add_bytes(message + OPTIONS_AT, OPTION_TYPE, (struct span){ type, sizeof type });
    if (offer != NULL) {
        at = add_address(at, OPTION_REQUESTED_ADDRESS, offer->config.address);
        at = add_address(at, OPTION_SERVER, offer->server);
    }
    at = add_bytes(at, OPTION_WANTED, (struct span){ wanted, sizeof wanted });
    *at = OPTION_END;
}

/* Routers and name servers may be several: the first one counts. */
static void take_option(struct dhcp_reply *reply, enum option option, struct span value)
{
    if (option == OPTION_TYPE && value.size == 1u) {
        reply->type = value.at[0];
    }
    if (value.size < 4u) {
        return;
    }
    uint32_t number = get32(value.at);
    switch (option) {
    case OPTION_NETMASK:
        reply->lease.config.netmask = number;
        break;
    case OPTION_ROUTER:
        reply->lease.config.gateway = number;
        break;
    case OPTION_NAME_SERVER:
        reply->lease.config.name_server = number;
        break;
    case OPTION_SERVER:
        reply->lease.server = number;
        break;
    case OPTION_LEASE_SECONDS:
        reply->lease.seconds = number;
        break;
    default:
        break;
    }
}

static bool take_options(struct dhcp_reply *reply, struct span options)
{
    while (options.size > 0u && options.at[0] != OPTION_END) {
        if (options.at[0] == OPTION_PAD) {
            options = span_after(options, 1);
            continue;
        }
        if (options.size < 2u || options.at[1] > options.size - 2u) {
            return false;
        }
        size_t size = options.at[1];
        take_option(reply, (enum option)options.at[0], (struct span){ options.at + 2, size });
        options = span_after(options, 2u + size);
    }
    return true;
}

bool dhcp_parse(struct span message, struct dhcp_reply *reply)
{
    *reply = (struct dhcp_reply){ 0 };
    if (message.size < OPTIONS_AT || message.at[0] != OP_REPLY || get32(message.at + OPTIONS_AT - 4u) != COOKIE) {
        return false;
    }
    if (memcmp(message.at + 28, ethernet_address(), ETHERNET_ADDRESS_SIZE) != 0) {
        return false;
    }
    reply->xid = get32(message.at + 4);
    reply->lease.config.address = get32(message.at + 16);
    return take_options(reply, span_after(message, OPTIONS_AT));
}
