/*
 * Ethernet frames (IEEE 802.3, type interpretation):
 *   0 destination | 6 source | 12 type | 14 payload, at most 1500 bytes
 * One thread: frames are handled inside link_wait, by lwIP and its callbacks, which must not wait.
 */
#ifndef GREENRACK_LINK_H
#define GREENRACK_LINK_H

#include "deadline.h"
#include "ethernet.h"
#include "span.h"

struct netif;

extern const uint8_t LINK_BROADCAST[ETHERNET_ADDRESS_SIZE];

/* What arrived; valid while its handler runs. */
struct link_frame {
    const uint8_t *destination;
    const uint8_t *source;
    struct span payload;
};
typedef void (*link_handler)(const struct link_frame *frame);

/* The interface of lwIP; after ethernet_open. */
struct netif *link_netif(void);
/* From now on frames of this one type go to the handler, and not to lwIP. */
void link_listen(uint16_t type, link_handler handler);
/* False when it is too long or the controller did not send it. */
bool link_send(const uint8_t *destination, uint16_t type, struct span payload);
/* Handles what is there, or sleeps until a frame comes, a timer of lwIP is due or the
   deadline passes. The caller checks its condition and the deadline, and calls again. */
void link_wait(struct deadline until);
/* Whether a callback runs because of a frame, and not of a timer. */
bool link_has_frame(void);

#endif
