#include "flash.h"

#include <string.h>

static uint8_t medium[FLASH_SECTORS][FLASH_SECTOR_SIZE] __attribute__((section(".noinit"), aligned(8)));
static uint32_t operations;
static uint32_t erased;
static uint32_t left_until_cut;
static jmp_buf *after_cut;

/* How much of the operation in which power goes is done: another part each time, the same in each run. */
static size_t part_of(size_t size) { return (size_t)(operations * 2654435761u >> 16) % (size + 1u); }

static bool is_cut(void)
{
    operations++;
    return left_until_cut > 0u && --left_until_cut == 0u;
}

static void cut(void)
{
    jmp_buf *out = after_cut;
    after_cut = NULL;
    longjmp(*out, 1);
}

void flash_erase(uint32_t sector)
{
    bool ends_here = is_cut();
    erased++;
    memset(medium[sector], 0xFF, ends_here ? part_of(FLASH_SECTOR_SIZE) : FLASH_SECTOR_SIZE);
    if (ends_here) {
        cut();
    }
}

static void program_page(uint8_t *at, const uint8_t *bytes, size_t size)
{
    bool ends_here = is_cut();
    size_t done = ends_here ? part_of(size) : size;
    for (size_t i = 0; i < done; i++) {
        at[i] &= bytes[i];
    }
    if (ends_here) {
        cut();
    }
}

void flash_program(uint32_t sector, uint32_t offset, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    for (size_t done = 0; done < size; done += FLASH_PAGE_SIZE) {
        size_t left = size - done;
        program_page(&medium[sector][offset + done], from + done, left < FLASH_PAGE_SIZE ? left : FLASH_PAGE_SIZE);
    }
}

const uint8_t *flash_at(uint32_t sector, uint32_t offset) { return &medium[sector][offset]; }

void flash_cut_at(uint32_t n, jmp_buf *out)
{
    left_until_cut = n;
    after_cut = out;
}

uint32_t flash_operations(void) { return operations; }
uint32_t flash_erased(void) { return erased; }
