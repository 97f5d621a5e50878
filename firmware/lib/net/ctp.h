/*
 * Ethernet Configuration Testing Protocol, "loopback" (Ethernet 2.0, chapter 8), frames
 * of type 0x9000; numbers lowest byte first:
 *   0 skip: bytes to leave out behind this field | 2 + skip: function
 *   function 2, forward: 6 address to send the frame on to, skip grown by 8
 *   function 1, reply: 2 receipt number, then data
 */
#ifndef GREENRACK_CTP_H
#define GREENRACK_CTP_H

#include "link.h"

extern const uint8_t CTP_ASSISTANTS[ETHERNET_ADDRESS_SIZE];

struct ctp_question {
    const uint8_t *destination;
    uint16_t skip;
    uint16_t receipt;
    unsigned tries;
    uint32_t wait_ms;
};

/* Asks somebody to send our frame back. True when it came back whole, forwarded once. */
bool ctp_ask(const struct ctp_question *question);
/* Who sent the frame that came back. */
const uint8_t *ctp_answered_by(void);

#endif
