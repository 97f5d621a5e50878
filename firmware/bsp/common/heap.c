#include "heap.h"

#include <errno.h>
#include <stdint.h>

extern char __heap_start[];
extern char __heap_end[];

void *_sbrk(ptrdiff_t increment);

/* Offsets, not pointers: comparing pointers beyond an object is undefined. */
static size_t used;
static size_t peak;

size_t heap_reserved(void) { return (size_t)((uintptr_t)__heap_end - (uintptr_t)__heap_start); }
size_t heap_peak(void) { return peak; }

void *_sbrk(ptrdiff_t increment)
{
    size_t next = used + (size_t)increment;
    if (next > heap_reserved()) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *previous = __heap_start + used;
    used = next;
    peak = used > peak ? used : peak;
    return previous;
}
