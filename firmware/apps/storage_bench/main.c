/* What storage costs, in instructions on a board that counts them: the block store, and FAT on it. */
#include "block_store.h"
#include "cost.h"
#include "fat.h"
#include "flash.h"
#include "greentea.h"

#define WRITES 256u
#define FILES 8u
#define FILE_SIZE 2048u
#define ROUNDS 4u

static uint8_t bytes[FILE_SIZE];
static uint8_t found[FILE_SIZE];

static void blocks(void)
{
    cost_open();
    blocks_format();
    cost_begin();
    for (uint32_t i = 0; i < WRITES; i++) {
        bytes[0] = (uint8_t)i;
        CHECK(blocks_write(i % BLOCKS, bytes));
    }
    cost_report_bytes("storage.block.write", cost_end(), WRITES * BLOCK_SIZE);
    cost_begin();
    for (uint32_t i = 0; i < WRITES; i++) {
        blocks_read(i % BLOCKS, found);
    }
    cost_report_bytes("storage.block.read", cost_end(), WRITES * BLOCK_SIZE);
    cost_begin();
    CHECK(blocks_mount());
    cost_report("storage.mount", cost_end(), 1);
}

static const char *name_of(uint32_t file)
{
    static char name[FAT_NAME_SIZE + 1u] = "FILE0   TXT";
    name[4] = (char)('0' + file);
    return name;
}

static void files(void)
{
    blocks_format();
    CHECK(fat_format());
    cost_begin();
    for (uint32_t i = 0; i < ROUNDS * FILES; i++) {
        bytes[0] = (uint8_t)i;
        CHECK(fat_write(name_of(i % FILES), bytes, FILE_SIZE));
    }
    cost_report_bytes("storage.fat.write", cost_end(), ROUNDS * FILES * FILE_SIZE);
    cost_begin();
    for (uint32_t i = 0; i < ROUNDS * FILES; i++) {
        CHECK_EQUAL(FILE_SIZE, fat_read(name_of(i % FILES), found, sizeof found));
    }
    cost_report_bytes("storage.fat.read", cost_end(), ROUNDS * FILES * FILE_SIZE);
}

static const struct test_case cases[] = {
    { "blocks are written and read", blocks },
    { "files are written and read", files },
};

int main(void)
{
    suite_run(&(struct test_suite){ 60, "default_auto", cases, CASE_COUNT(cases) });
}
