/* Numbers that differ from those of the boot before: local ports, transaction ids. */
#ifndef GREENRACK_PORTS_H
#define GREENRACK_PORTS_H

#include <stdint.h>

/* Spread by time and station address. Good against mix-ups, not against an attacker. */
uint32_t ports_random(void);
/* A local port from the dynamic range, 49152 to 65535, another one each time. */
uint16_t ports_next(void);

#endif
