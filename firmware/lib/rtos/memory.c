#include <stdlib.h>

#include "kernel.h"

void *kernel_allocate(size_t size, void *given, uint32_t given_size)
{
    if (kernel_in_isr()) {
        return NULL;
    }
    if (given != NULL) {
        return given_size >= size ? given : NULL;
    }
    uint32_t mask = kernel_mask();
    void *memory = malloc(size);
    kernel_unmask(mask);
    return memory;
}

void kernel_free(void *memory)
{
    uint32_t mask = kernel_mask();
    free(memory);
    kernel_unmask(mask);
}
