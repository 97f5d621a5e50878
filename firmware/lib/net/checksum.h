/* The Internet checksum, RFC 1071. */
#ifndef GREENRACK_CHECKSUM_H
#define GREENRACK_CHECKSUM_H

#include "span.h"

/* Only the last part of a sum may have an odd size. At most 64 KB in all. */
uint32_t checksum_add(uint32_t sum, struct span part);
/* What goes into the header; 0 over bytes that hold their own right checksum. */
uint16_t checksum_finish(uint32_t sum);

#endif
