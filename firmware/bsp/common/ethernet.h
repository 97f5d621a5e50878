/* The board's Ethernet controller: whole frames out and in, without their checksum. */
#ifndef GREENRACK_ETHERNET_H
#define GREENRACK_ETHERNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETHERNET_ADDRESS_SIZE 6u
#define ETHERNET_HEADER_SIZE 14u
#define ETHERNET_FRAME_MIN 60u
#define ETHERNET_FRAME_MAX 1514u

/* Brings the controller up and waits for the link, at most 5 s. NULL, or what is wrong. */
const char *ethernet_open(void);
/* The 6 bytes of this station's address; after ethernet_open. */
const uint8_t *ethernet_address(void);
/* False when the controller did not take the frame or could not send it. */
bool ethernet_send(const uint8_t *frame, size_t size);
/* Size of the frame read into `frame` (room for ETHERNET_FRAME_MAX bytes), 0 when there
   was none or a damaged one. */
size_t ethernet_receive(uint8_t *frame);
/* Sleeps until a frame is there or the time is over. */
void ethernet_wait_ms(uint32_t ms);

#endif
