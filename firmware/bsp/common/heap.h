/* Newlib's heap lies between .noinit and the stack; these are its sizes in bytes. */
#ifndef GREENRACK_HEAP_H
#define GREENRACK_HEAP_H

#include <stddef.h>

size_t heap_reserved(void);
size_t heap_peak(void);

#endif
