#include "link.h"

#include "lwip/etharp.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#define TYPE_AT 12u
#define IP_SIZE_MAX 1500u

const uint8_t LINK_BROADCAST[ETHERNET_ADDRESS_SIZE] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };

static struct netif interface;
static uint16_t listened_type;
static link_handler listener;
static bool has_frame;

static uint8_t received[ETHERNET_FRAME_MAX];
static uint8_t sent[ETHERNET_FRAME_MAX];

static bool send(size_t size)
{
    if (size < ETHERNET_FRAME_MIN) {
        memset(sent + size, 0, ETHERNET_FRAME_MIN - size);
        size = ETHERNET_FRAME_MIN;
    }
    return ethernet_send(sent, size);
}

bool link_send(const uint8_t *destination, uint16_t type, struct span payload)
{
    if (payload.size > sizeof sent - ETHERNET_HEADER_SIZE) {
        return false;
    }
    memcpy(sent, destination, ETHERNET_ADDRESS_SIZE);
    memcpy(sent + 6, ethernet_address(), ETHERNET_ADDRESS_SIZE);
    put16(sent + TYPE_AT, type);
    memcpy(sent + ETHERNET_HEADER_SIZE, payload.at, payload.size);
    return send(ETHERNET_HEADER_SIZE + payload.size);
}

static err_t output(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    size_t size = pbuf_copy_partial(frame, sent, sizeof sent, 0);
    return size == frame->tot_len && send(size) ? ERR_OK : ERR_IF;
}

static err_t prepare(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->mtu = IP_SIZE_MAX;
    netif->hwaddr_len = ETHERNET_ADDRESS_SIZE;
    memcpy(netif->hwaddr, ethernet_address(), ETHERNET_ADDRESS_SIZE);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
    netif->linkoutput = output;
    return ERR_OK;
}

struct netif *link_netif(void)
{
    if (interface.linkoutput == NULL) {
        (void)netif_add(&interface, NULL, NULL, NULL, NULL, prepare, ethernet_input);
        netif_set_default(&interface);
        netif_set_up(&interface);
    }
    return &interface;
}

void link_listen(uint16_t type, link_handler handler)
{
    listened_type = type;
    listener = handler;
}

/* A frame without room for it is lost, as on any wire. */
static void give_to_lwip(size_t size)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL);
    if (frame == NULL) {
        return;
    }
    if (pbuf_take(frame, received, (u16_t)size) != ERR_OK || interface.input(frame, &interface) != ERR_OK) {
        (void)pbuf_free(frame);
    }
}

static void give_to_listener(size_t size)
{
    listener(&(struct link_frame){
        .destination = received,
        .source = received + 6,
        .payload = { received + ETHERNET_HEADER_SIZE, size - ETHERNET_HEADER_SIZE },
    });
}

static bool take_frame(void)
{
    size_t size = ethernet_receive(received);
    has_frame = size > 0u;
    if (has_frame && listener != NULL && get16(received + TYPE_AT) == listened_type) {
        give_to_listener(size);
    } else if (has_frame) {
        give_to_lwip(size);
    }
    bool taken = has_frame;
    has_frame = false;
    return taken;
}

void link_wait(struct deadline until)
{
    if (!take_frame()) {
        uint32_t left_ms = deadline_left_ms(until);
        uint32_t timer_ms = sys_timeouts_sleeptime();
        ethernet_wait_ms(left_ms < timer_ms ? left_ms : timer_ms);
        (void)take_frame();
    }
    sys_check_timeouts();
}

bool link_has_frame(void) { return has_frame; }
