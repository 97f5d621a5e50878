#include "arp.h"

#include "ip.h"

#define TYPE_ARP 0x0806u
#define MESSAGE_SIZE 28u
#define REQUEST 1u
#define REPLY 2u
#define NEIGHBOURS 8u
#define TRIES 3u
#define ANSWER_MS 500u

static const uint8_t HARDWARE_AND_PROTOCOL[] = { 0, 1, 8, 0, 6, 4 };

static struct {
    uint32_t address;
    uint8_t mac[ETHERNET_ADDRESS_SIZE];
} neighbours[NEIGHBOURS];
static size_t oldest;

const uint8_t *arp_known(uint32_t address)
{
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        if (address != 0u && neighbours[i].address == address) {
            return neighbours[i].mac;
        }
    }
    return NULL;
}

static size_t slot_for(uint32_t address)
{
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        if (neighbours[i].address == address) {
            return i;
        }
    }
    size_t slot = oldest;
    oldest = (oldest + 1u) % NEIGHBOURS;
    return slot;
}

static void learn(uint32_t address, const uint8_t *mac)
{
    if (address == 0u || (mac[0] & 1u) != 0u) {
        return;
    }
    size_t slot = slot_for(address);
    neighbours[slot].address = address;
    memcpy(neighbours[slot].mac, mac, ETHERNET_ADDRESS_SIZE);
}

static void send(uint16_t operation, const uint8_t *target_mac, uint32_t target)
{
    uint8_t message[MESSAGE_SIZE] = { 0 };
    memcpy(message, HARDWARE_AND_PROTOCOL, sizeof HARDWARE_AND_PROTOCOL);
    put16(message + 6, operation);
    memcpy(message + 8, ethernet_address(), ETHERNET_ADDRESS_SIZE);
    put32(message + 14, ip_config.address);
    if (operation == REPLY) {
        memcpy(message + 18, target_mac, ETHERNET_ADDRESS_SIZE);
    }
    put32(message + 24, target);
    struct span part = { message, sizeof message };
    /* Lost or not sent: whoever waits asks again. */
    (void)link_send(&(struct link_output){ target_mac, TYPE_ARP, &part, 1 });
}

/* Learns only from those who talk to us, so strangers cannot push our neighbours out. */
static void receive(const struct link_frame *frame)
{
    const uint8_t *message = frame->payload.at;
    if (frame->payload.size < MESSAGE_SIZE ||
        memcmp(message, HARDWARE_AND_PROTOCOL, sizeof HARDWARE_AND_PROTOCOL) != 0) {
        return;
    }
    if (ip_config.address == 0u || get32(message + 24) != ip_config.address) {
        return;
    }
    uint32_t sender = get32(message + 14);
    learn(sender, message + 8);
    if (get16(message + 6) == REQUEST) {
        send(REPLY, message + 8, sender);
    }
}

void arp_start(void) { link_listen(TYPE_ARP, receive); }

const uint8_t *arp_resolve(uint32_t address)
{
    for (unsigned i = 0; i < TRIES && arp_known(address) == NULL; i++) {
        struct deadline until = deadline_in_ms(ANSWER_MS);
        send(REQUEST, LINK_BROADCAST, address);
        while (arp_known(address) == NULL && !deadline_passed(until)) {
            link_wait(until);
        }
    }
    return arp_known(address);
}
