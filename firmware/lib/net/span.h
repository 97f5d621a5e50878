/* A run of bytes somebody else owns, and numbers in it as the network writes them. */
#ifndef GREENRACK_SPAN_H
#define GREENRACK_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *at;
    size_t size;
};

/* Empty when there is nothing behind `offset`. */
static inline struct span span_after(struct span whole, size_t offset)
{
    size_t skipped = offset < whole.size ? offset : whole.size;
    return (struct span){ whole.at + skipped, whole.size - skipped };
}

static inline struct span span_first(struct span whole, size_t size)
{
    return (struct span){ whole.at, size < whole.size ? size : whole.size };
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0u || memcmp(a.at, b.at, a.size) == 0);
}

static inline uint16_t get16(const uint8_t *at) { return (uint16_t)((at[0] << 8) | at[1]); }

static inline uint32_t get32(const uint8_t *at) { return ((uint32_t)get16(at) << 16) | get16(at + 2); }

static inline void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

#endif
