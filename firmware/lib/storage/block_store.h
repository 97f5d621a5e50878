/*
 * Blocks of 512 bytes on flash, as a log: a block is written to the next free slot, and the newest of its slots counts. A
 * write is all or nothing, whenever power goes.
 *
 *   sector:  slot | slot | … 7 of them
 *   slot:    0 data of 512 bytes | 512 number of the block | 516 sequence | 520 CRC-32 of all before | 524 ones
 */
#ifndef GREENRACK_BLOCK_STORE_H
#define GREENRACK_BLOCK_STORE_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_SIZE 512u
#define BLOCKS 64u

/* Erases everything. */
void blocks_format(void);
/* Finds the newest slot of each block. Must be called after each cut; false when there is no slot to write to. */
bool blocks_mount(void);
/* Zeros for a block that was never written. */
void blocks_read(uint32_t block, uint8_t bytes[BLOCK_SIZE]);
/* False when the medium is full, which it never is with BLOCKS blocks. */
bool blocks_write(uint32_t block, const uint8_t bytes[BLOCK_SIZE]);

#endif
