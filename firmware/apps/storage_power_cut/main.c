/*
 * Power is cut at the 1st, 2nd, 3rd … operation of the flash under a FAT volume, CUTS times; after each cut the volume is mounted and
 * checked. What has changed on it goes to the console, so that others can read it as well:
 *
 *   volume <cut> <offset> <64 bytes in hex>      cut <cut> <version of file 0, 1, 2, 3 that must be there> <of the one being written>
 */
#include <setjmp.h>
#include <string.h>

#include "block_store.h"
#include "console.h"
#include "fat.h"
#include "flash.h"
#include "greentea.h"

#define CUTS 300u
/* More operations than the longest write takes with what is collected for it. */
#define LONGEST_CUT 120u
#define FILES 4u
#define FILE_MAX 700u
#define PIECE 64u

static jmp_buf power_on;
static uint8_t contents[FILE_MAX];
static uint8_t found[FILE_MAX];
static uint8_t shown[BLOCKS * BLOCK_SIZE];
/* Of each file: what was written for certain, and what was being written. */
static uint32_t written[FILES];
static uint32_t begun[FILES];
static uint32_t turn;

static const char *name_of(uint32_t file)
{
    static char name[FAT_NAME_SIZE + 1u] = "FILE0   TXT";
    name[4] = (char)('0' + file);
    return name;
}

/* Version, then what follows from file, version and place. */
static size_t make(uint32_t file, uint32_t version)
{
    size_t size = 4u + (version * 131u + file * 57u) % (FILE_MAX - 4u);
    memcpy(contents, &version, 4);
    for (size_t i = 4; i < size; i++) {
        contents[i] = (uint8_t)(version * 31u + file * 7u + i);
    }
    return size;
}

static void write_next(void)
{
    uint32_t file = turn % FILES;
    begun[file] = written[file] + 1u;
    size_t size = make(file, begun[file]);
    CHECK(fat_write(name_of(file), contents, size));
    written[file] = begun[file];
    turn++;
}

static void check_file(uint32_t file)
{
    int32_t size = fat_read(name_of(file), found, sizeof found);
    uint32_t version = 0;
    if (size < 0 && written[file] == 0u) {
        return;
    }
    CHECK(size >= 4);
    memcpy(&version, found, 4);
    CHECK(version == written[file] || version == begun[file]);
    CHECK_EQUAL(make(file, version), size);
    CHECK(memcmp(contents, found, (size_t)size) == 0);
    /* Whichever it is, from now on it is that one. */
    written[file] = version;
    begun[file] = version;
}

static void show_piece(uint32_t cut, uint32_t offset, const uint8_t *bytes)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2u * PIECE + 1u];
    for (size_t i = 0; i < PIECE; i++) {
        hex[2u * i] = digits[bytes[i] >> 4];
        hex[2u * i + 1u] = digits[bytes[i] & 15u];
    }
    hex[2u * PIECE] = '\0';
    console_printf("volume %lu %lu %s\r\n", (unsigned long)cut, (unsigned long)offset, hex);
}

static void show_changes(uint32_t cut)
{
    uint8_t block[BLOCK_SIZE];
    for (uint32_t i = 0; i < BLOCKS * BLOCK_SIZE; i += PIECE) {
        if (i % BLOCK_SIZE == 0u) {
            blocks_read(i / BLOCK_SIZE, block);
        }
        if (memcmp(shown + i, block + i % BLOCK_SIZE, PIECE) != 0) {
            memcpy(shown + i, block + i % BLOCK_SIZE, PIECE);
            show_piece(cut, i, shown + i);
        }
    }
    console_printf("cut %lu %lu %lu %lu %lu\r\n", (unsigned long)cut, (unsigned long)written[0], (unsigned long)written[1],
                   (unsigned long)written[2], (unsigned long)written[3]);
}

static void check_after(uint32_t cut)
{
    CHECK(blocks_mount());
    CHECK(fat_mount());
    for (uint32_t file = 0; file < FILES; file++) {
        check_file(file);
    }
    show_changes(cut);
}

static void survives_cuts(void)
{
    static uint32_t cut;
    blocks_format();
    CHECK(fat_format());
    for (cut = 1; cut <= CUTS; cut++) {
        if (setjmp(power_on) == 0) {
            flash_cut_at(1u + (cut - 1u) % LONGEST_CUT, &power_on);
            for (;;) {
                write_next();
            }
        }
        check_after(cut);
    }
    console_printf("{{metric;storage.cuts-survived;%u;count;higher;exact}}\r\n", CUTS);
    console_printf("{{metric;storage.erased;%lu;count;none;exact}}\r\n", (unsigned long)flash_erased());
}

static const struct test_case cases[] = {
    { "files are whole after each cut of the power", survives_cuts },
};

int main(void)
{
    suite_run(&(struct test_suite){ 120, "default_auto", cases, CASE_COUNT(cases) });
}
