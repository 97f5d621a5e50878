/*
 * Ethernet frames (IEEE 802.3, type interpretation):
 *   0 destination | 6 source | 12 type | 14 payload, at most 1500 bytes
 * One thread: frames are handled inside link_wait, by handlers that must not wait.
 */
#ifndef GREENRACK_LINK_H
#define GREENRACK_LINK_H

#include "deadline.h"
#include "ethernet.h"
#include "span.h"

#define LINK_PAYLOAD_MAX 1500u

extern const uint8_t LINK_BROADCAST[ETHERNET_ADDRESS_SIZE];

/* What arrived; valid while its handler runs. */
struct link_frame {
    const uint8_t *destination;
    const uint8_t *source;
    struct span payload;
};
typedef void (*link_handler)(const struct link_frame *frame);

/* What is to be sent: the payload is the parts one after the other. */
struct link_output {
    const uint8_t *destination;
    uint16_t type;
    const struct span *parts;
    size_t count;
};

/* From now on frames of this type go to the handler; at most 4 types. */
void link_listen(uint16_t type, link_handler handler);
/* False when it is too long or the controller did not send it. */
bool link_send(const struct link_output *output);
/* Handles what is there, or sleeps until a frame comes or the deadline passes. The
   caller checks its condition and the deadline, and calls again. */
void link_wait(struct deadline until);

#endif
