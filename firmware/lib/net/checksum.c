#include "checksum.h"

uint32_t checksum_add(uint32_t sum, struct span part)
{
    size_t even = part.size & ~(size_t)1u;
    for (size_t i = 0; i < even; i += 2u) {
        sum += get16(part.at + i);
    }
    return even < part.size ? sum + ((uint32_t)part.at[even] << 8) : sum;
}

uint16_t checksum_finish(uint32_t sum)
{
    while (sum > 0xFFFFu) {
        sum = (sum & 0xFFFFu) + (sum >> 16);
    }
    return (uint16_t)~sum;
}
