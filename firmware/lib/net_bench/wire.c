#include "wire.h"

#include <stdint.h>
#include <string.h>

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/netif.h"

#define FRAMES 8u
#define FRAME_SIZE 1500u

/* Instructions more for each frame, for an image that is slower on purpose. */
#ifndef WIRE_EXTRA
#define WIRE_EXTRA 0
#endif
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static struct netif interface;
static uint8_t frames[FRAMES][FRAME_SIZE];
static uint16_t sizes[FRAMES];
static unsigned first;
static unsigned waiting;
static bool has_lost;

static err_t output(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    (void)netif;
    (void)to;
    __asm volatile(".rept " TEXT(WIRE_EXTRA) "\n nop\n .endr");
    if (waiting == FRAMES) {
        has_lost = true;
        return ERR_IF;
    }
    unsigned at = (first + waiting) % FRAMES;
    sizes[at] = pbuf_copy_partial(packet, frames[at], FRAME_SIZE, 0);
    waiting++;
    return ERR_OK;
}

static err_t prepare(struct netif *netif)
{
    netif->name[0] = 'w';
    netif->name[1] = 'i';
    netif->mtu = FRAME_SIZE;
    netif->flags = NETIF_FLAG_LINK_UP;
    netif->output = output;
    return ERR_OK;
}

void wire_up(void)
{
    if (interface.output != NULL) {
        return;
    }
    ip4_addr_t own = { lwip_htonl(WIRE_ADDRESS) };
    ip4_addr_t mask = { lwip_htonl(IP_ADDRESS(255, 255, 255, 0)) };
    lwip_init();
    (void)netif_add(&interface, &own, &mask, NULL, NULL, prepare, ip_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
}

bool wire_step(void)
{
    if (waiting == 0u) {
        return false;
    }
    struct pbuf *packet = pbuf_alloc(PBUF_RAW, sizes[first], PBUF_POOL);
    if (packet == NULL || pbuf_take(packet, frames[first], sizes[first]) != ERR_OK ||
        interface.input(packet, &interface) != ERR_OK) {
        has_lost = true;
    }
    first = (first + 1u) % FRAMES;
    waiting--;
    return true;
}

bool wire_has_lost(void) { return has_lost; }
