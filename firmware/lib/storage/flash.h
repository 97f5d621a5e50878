/*
 * NOR flash in RAM that survives a reset: the virtual boards have no other medium that keeps its bytes. It behaves as flash
 * does: erasing sets a sector to ones, programming only clears bits. Power may be cut at any operation, which then is done
 * in part, and nothing after it.
 */
#ifndef GREENRACK_FLASH_H
#define GREENRACK_FLASH_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLASH_SECTORS 14u
#define FLASH_SECTOR_SIZE 4096u
/* Largest piece that one operation programs. */
#define FLASH_PAGE_SIZE 64u

void flash_erase(uint32_t sector);
/* Page by page. */
void flash_program(uint32_t sector, uint32_t offset, const void *bytes, size_t size);
const uint8_t *flash_at(uint32_t sector, uint32_t offset);

/* Power goes in the nth operation from now, n from 1 on: the caller goes on where `out` was set. 0: never. */
void flash_cut_at(uint32_t n, jmp_buf *out);
/* Programmed pages and erased sectors. */
uint32_t flash_operations(void);
uint32_t flash_erased(void);

#endif
