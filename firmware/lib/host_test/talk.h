/* Talking with a host test: wait for a key, and restart so that the host notices. */
#ifndef GREENRACK_TALK_H
#define GREENRACK_TALK_H

#include <stddef.h>
#include <stdint.h>

#include "greentea.h"

/* Survives a reset; holds anything after power-on. */
#define RETAINED __attribute__((section(".noinit")))

/* Reads messages until one has this key; its value is kept until the next call. */
const char *talk_receive(const char *key);
/* Lets the last line leave the console, then restarts the core. */
_Noreturn void talk_restart(void);

#endif
