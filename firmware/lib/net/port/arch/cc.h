/* What lwIP asks of compiler and board. */
#ifndef GREENRACK_LWIP_CC_H
#define GREENRACK_LWIP_CC_H

#include <stdint.h>

#include "error_block.h"

/* Numbers that differ from those of the boot before: ports, transaction ids. */
uint32_t net_random(void);

#define LWIP_RAND() net_random()
#define LWIP_PLATFORM_DIAG(message) ((void)0)
#define LWIP_PLATFORM_ASSERT(message) \
    error_assert_failed("lwIP: " message " in " __FILE__ ":" FATAL_ASSERT_LINE(__LINE__))

#endif
