/* A TCP connection of which this board is both ends, over the wire that is memory. One at a time. */
#ifndef GREENRACK_BOTH_ENDS_H
#define GREENRACK_BOTH_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when it did not come about. */
bool both_ends_connect(void);
/* Sends so many bytes from one end to the other, and sees that what arrives is what was sent. */
bool both_ends_carry(size_t size);
/* Sends a request, and when it is there an answer of the same size. */
bool both_ends_ask(size_t size);
void both_ends_close(void);

#endif
