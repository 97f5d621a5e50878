/* Belongs to an image, which says by macros what it wants. */
#include "kernel.h"

#ifndef TICK_HZ
#define TICK_HZ 1000u
#endif

const struct kernel_config kernel_config = { .tick_hz = TICK_HZ, .idle_sleeps = false };
