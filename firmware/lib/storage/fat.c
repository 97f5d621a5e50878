#include "fat.h"

#include <string.h>

#include "block_store.h"

#define FAT_BLOCK 1u
#define FATS 2u
#define ROOT_BLOCK 3u
#define FIRST_CLUSTER 2u
#define CLUSTERS 62u
#define DATA_BLOCK 4u
#define ENTRIES 16u
#define ENTRY_SIZE 32u
#define ENTRY_FREE 0xE5u
#define ATTRIBUTE_ARCHIVE 0x20u
#define CHAIN_END 0xFFFu
#define CLUSTER_BAD 0xFF7u
/* The least that a volume may have for FatFs. Those that the store does not have are marked as bad. */
#define VOLUME_BLOCKS 128u
#define MEDIA 0xF8u
/* 1 January 2026, for a board without a clock. */
#define DATE 0x5C21u

static uint8_t boot[BLOCK_SIZE];
static uint8_t table[BLOCK_SIZE];
static uint8_t root[BLOCK_SIZE];

static uint32_t get16le(const uint8_t *at) { return (uint32_t)at[0] | ((uint32_t)at[1] << 8); }

static void put16le(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

/* 12 bits each, two in three bytes. */
static uint32_t next_of(uint32_t cluster)
{
    uint32_t pair = get16le(table + cluster * 3u / 2u);
    return cluster % 2u == 0u ? pair & 0xFFFu : pair >> 4;
}

static void set_next(uint32_t cluster, uint32_t next)
{
    uint8_t *at = table + cluster * 3u / 2u;
    uint32_t pair = get16le(at);
    put16le(at, cluster % 2u == 0u ? (pair & 0xF000u) | next : (pair & 0x000Fu) | (next << 4));
}

static bool write_table(void) { return blocks_write(FAT_BLOCK, table) && blocks_write(FAT_BLOCK + 1u, table); }

static uint32_t first_of(const uint8_t *entry) { return get16le(entry + 26); }
static uint32_t size_of(const uint8_t *entry) { return get16le(entry + 28) | (get16le(entry + 30) << 16); }
static bool is_file(const uint8_t *entry) { return entry[0] != 0u && entry[0] != ENTRY_FREE; }

static uint8_t *find(const char name[FAT_NAME_SIZE])
{
    for (uint32_t i = 0; i < ENTRIES; i++) {
        uint8_t *entry = root + i * ENTRY_SIZE;
        if (is_file(entry) && memcmp(entry, name, FAT_NAME_SIZE) == 0) {
            return entry;
        }
    }
    return NULL;
}

static uint8_t *free_entry(void)
{
    for (uint32_t i = 0; i < ENTRIES; i++) {
        if (!is_file(root + i * ENTRY_SIZE)) {
            return root + i * ENTRY_SIZE;
        }
    }
    return NULL;
}

bool fat_format(void)
{
    static const uint8_t start[] = { 0xEB, 0x3C, 0x90, 'G', 'R', 'E', 'E', 'N', 'R', 'C', 'K' };
    memset(boot, 0, sizeof boot);
    memcpy(boot, start, sizeof start);
    put16le(boot + 11, BLOCK_SIZE);
    boot[13] = 1;
    put16le(boot + 14, FAT_BLOCK);
    boot[16] = FATS;
    put16le(boot + 17, ENTRIES);
    put16le(boot + 19, VOLUME_BLOCKS);
    boot[21] = MEDIA;
    put16le(boot + 22, 1);
    put16le(boot + 24, 1);
    put16le(boot + 26, 1);
    boot[36] = 0x80u;
    boot[38] = 0x29u;
    memcpy(boot + 43, "GREENRACK  FAT12   ", 19);
    put16le(boot + 510, 0xAA55u);
    memset(table, 0, sizeof table);
    set_next(0, 0xF00u | MEDIA);
    set_next(1, CHAIN_END);
    for (uint32_t cluster = CLUSTERS; cluster < VOLUME_BLOCKS - DATA_BLOCK + FIRST_CLUSTER; cluster++) {
        set_next(cluster, CLUSTER_BAD);
    }
    memset(root, 0, sizeof root);
    return write_table() && blocks_write(ROOT_BLOCK, root) && blocks_write(0, boot);
}

/* True when the chain is as long as its file; marks its clusters. */
static bool walk(const uint8_t *entry, bool held[CLUSTERS])
{
    uint32_t clusters = (size_of(entry) + BLOCK_SIZE - 1u) / BLOCK_SIZE;
    uint32_t cluster = first_of(entry);
    for (uint32_t i = 0; i < clusters; i++) {
        if (cluster < FIRST_CLUSTER || cluster >= CLUSTERS || held[cluster]) {
            return false;
        }
        held[cluster] = true;
        cluster = next_of(cluster);
    }
    return clusters == 0u || cluster >= 0xFF8u;
}

static void let_go_of_lost(void)
{
    bool held[CLUSTERS] = { false };
    for (uint32_t i = 0; i < ENTRIES; i++) {
        if (is_file(root + i * ENTRY_SIZE)) {
            (void)walk(root + i * ENTRY_SIZE, held);
        }
    }
    for (uint32_t cluster = FIRST_CLUSTER; cluster < CLUSTERS; cluster++) {
        if (!held[cluster]) {
            set_next(cluster, 0);
        }
    }
}

bool fat_mount(void)
{
    blocks_read(0, boot);
    blocks_read(FAT_BLOCK, table);
    blocks_read(ROOT_BLOCK, root);
    let_go_of_lost();
    return get16le(boot + 510) == 0xAA55u && memcmp(boot + 54, "FAT12", 5) == 0;
}

/* The chain of what was written, 0 for nothing, CHAIN_END when there was no room. From its end, so that each link is known. */
static uint32_t write_clusters(const uint8_t *bytes, size_t size)
{
    uint8_t block[BLOCK_SIZE];
    uint32_t next = CHAIN_END;
    uint32_t free = FIRST_CLUSTER;
    for (size_t left = (size + BLOCK_SIZE - 1u) / BLOCK_SIZE; left > 0u; left--) {
        while (free < CLUSTERS && next_of(free) != 0u) {
            free++;
        }
        size_t at = (left - 1u) * BLOCK_SIZE;
        size_t part = size - at < BLOCK_SIZE ? size - at : BLOCK_SIZE;
        memset(block, 0, sizeof block);
        memcpy(block, bytes + at, part);
        if (free >= CLUSTERS || !blocks_write(DATA_BLOCK + free - FIRST_CLUSTER, block)) {
            return CHAIN_END;
        }
        set_next(free, next);
        next = free;
    }
    return size == 0u ? 0u : next;
}

static void write_entry(uint8_t *entry, const char name[FAT_NAME_SIZE], uint32_t first, size_t size)
{
    memset(entry, 0, ENTRY_SIZE);
    memcpy(entry, name, FAT_NAME_SIZE);
    entry[11] = ATTRIBUTE_ARCHIVE;
    put16le(entry + 24, DATE);
    put16le(entry + 26, first);
    put16le(entry + 28, (uint32_t)size);
    put16le(entry + 30, (uint32_t)size >> 16);
}

bool fat_write(const char name[FAT_NAME_SIZE], const uint8_t *bytes, size_t size)
{
    uint8_t *entry = find(name);
    entry = entry != NULL ? entry : free_entry();
    uint32_t first = entry != NULL ? write_clusters(bytes, size) : CHAIN_END;
    if (first == CHAIN_END || !write_table()) {
        let_go_of_lost();
        return false;
    }
    write_entry(entry, name, first, size);
    if (!blocks_write(ROOT_BLOCK, root)) {
        return false;
    }
    let_go_of_lost();
    return write_table();
}

int32_t fat_read(const char name[FAT_NAME_SIZE], uint8_t *bytes, size_t room)
{
    bool held[CLUSTERS] = { false };
    const uint8_t *entry = find(name);
    if (entry == NULL || !walk(entry, held)) {
        return -1;
    }
    uint8_t block[BLOCK_SIZE];
    uint32_t cluster = first_of(entry);
    size_t size = size_of(entry) < room ? size_of(entry) : room;
    for (size_t at = 0; at < size; at += BLOCK_SIZE) {
        blocks_read(DATA_BLOCK + cluster - FIRST_CLUSTER, block);
        memcpy(bytes + at, block, size - at < BLOCK_SIZE ? size - at : BLOCK_SIZE);
        cluster = next_of(cluster);
    }
    return (int32_t)size_of(entry);
}
