#include "block_store.h"

#include <stddef.h>
#include <string.h>

#include "flash.h"

#define SLOT_SIZE 528u
#define SLOTS 7u
#define TAIL_AT BLOCK_SIZE
#define NOWHERE 0xFFFFu

/* Kept blank, so that collecting has somewhere to go, also after it was cut short. */
#define RESERVE 2u

/* What makes a slot count; written after its data. */
struct tail {
    uint32_t block;
    uint32_t sequence;
    uint32_t crc;
};

/* Of each block: sector × SLOTS + slot. */
static uint16_t newest[BLOCKS];
static uint32_t next_sequence;
/* Of each sector: the slots behind its last one that is not blank are free. */
static uint32_t used[FLASH_SECTORS];
/* Where the next slot is written. */
static uint32_t open_sector;

static uint32_t crc32(uint32_t crc, const uint8_t *bytes, uint32_t size)
{
    static const uint32_t of_nibble[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
        0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
    };
    crc = ~crc;
    for (uint32_t i = 0; i < size; i++) {
        crc = of_nibble[(crc ^ bytes[i]) & 15u] ^ (crc >> 4);
        crc = of_nibble[(crc ^ ((uint32_t)bytes[i] >> 4)) & 15u] ^ (crc >> 4);
    }
    return ~crc;
}

static uint32_t crc_of(const uint8_t *data, const struct tail *tail)
{
    return crc32(crc32(0, data, BLOCK_SIZE), (const uint8_t *)tail, offsetof(struct tail, crc));
}

static const uint8_t *data_at(uint32_t place) { return flash_at(place / SLOTS, place % SLOTS * SLOT_SIZE); }

static struct tail tail_at(uint32_t place)
{
    struct tail tail;
    memcpy(&tail, data_at(place) + TAIL_AT, sizeof tail);
    return tail;
}

static bool counts(uint32_t place, const struct tail *tail)
{
#ifdef STORE_TRUSTS_TAILS
    (void)place;
    return tail->block < BLOCKS;
#else
    return tail->block < BLOCKS && tail->crc == crc_of(data_at(place), tail);
#endif
}

static void program(uint32_t block, const uint8_t *data)
{
    uint32_t slot = used[open_sector];
    uint32_t at = slot * SLOT_SIZE;
    struct tail tail = { block, next_sequence, 0 };
    tail.crc = crc_of(data, &tail);
#ifdef STORE_TRUSTS_TAILS
    /* A store that is wrong on purpose: to be found by cutting its power. */
    flash_program(open_sector, at + TAIL_AT, &tail, sizeof tail);
    flash_program(open_sector, at, data, BLOCK_SIZE);
#else
    flash_program(open_sector, at, data, BLOCK_SIZE);
    flash_program(open_sector, at + TAIL_AT, &tail, sizeof tail);
#endif
    newest[block] = (uint16_t)(open_sector * SLOTS + slot);
    next_sequence++;
    used[open_sector]++;
}

static bool lives_in(uint32_t block, uint32_t sector) { return newest[block] != NOWHERE && newest[block] / SLOTS == sector; }

static uint32_t live_in(uint32_t sector)
{
    uint32_t live = 0;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        live += lives_in(block, sector) ? 1u : 0u;
    }
    return live;
}

/* The sector that is in use with the fewest slots that count. */
static uint32_t cheapest(void)
{
    uint32_t found = NOWHERE;
    for (uint32_t sector = 0; sector < FLASH_SECTORS; sector++) {
        if (used[sector] > 0u && (found == NOWHERE || live_in(sector) < live_in(found))) {
            found = sector;
        }
    }
    return found;
}

/* One that has begun is filled before a blank one is. */
static uint32_t with_room_for(uint32_t slots, uint32_t but_not)
{
    uint32_t found = NOWHERE;
    for (uint32_t sector = 0; sector < FLASH_SECTORS; sector++) {
        bool has_room = sector != but_not && SLOTS - used[sector] >= slots;
        if (has_room && (found == NOWHERE || used[sector] > used[found])) {
            found = sector;
        }
    }
    return found;
}

static uint32_t blank_sectors(void)
{
    uint32_t blank = 0;
    for (uint32_t sector = 0; sector < FLASH_SECTORS; sector++) {
        blank += used[sector] == 0u ? 1u : 0u;
    }
    return blank;
}

/* Copies what counts in one sector to another and erases it: until then both copies are there. */
static bool collect(void)
{
    uint32_t from = cheapest();
    uint32_t live = from == NOWHERE ? 0u : live_in(from);
    uint32_t to = with_room_for(live, from);
    if (from == NOWHERE || live == SLOTS || to == NOWHERE) {
        return false;
    }
    open_sector = to;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        if (lives_in(block, from)) {
            program(block, data_at(newest[block]));
        }
    }
    flash_erase(from);
    used[from] = 0;
    return true;
}

static bool make_room(void)
{
    while (used[open_sector] == SLOTS || used[open_sector] == 0u) {
        uint32_t begun = with_room_for(1, NOWHERE);
        if (begun != NOWHERE && (used[begun] > 0u || blank_sectors() > RESERVE)) {
            open_sector = begun;
            return true;
        }
        if (!collect()) {
            return false;
        }
    }
    return true;
}

bool blocks_write(uint32_t block, const uint8_t bytes[BLOCK_SIZE])
{
    if (block >= BLOCKS || !make_room()) {
        return false;
    }
    program(block, bytes);
    return true;
}

void blocks_read(uint32_t block, uint8_t bytes[BLOCK_SIZE])
{
    if (block >= BLOCKS || newest[block] == NOWHERE) {
        memset(bytes, 0, BLOCK_SIZE);
    } else {
        memcpy(bytes, data_at(newest[block]), BLOCK_SIZE);
    }
}

static void take_slot(uint32_t place)
{
    struct tail tail = tail_at(place);
    if (!counts(place, &tail)) {
        return;
    }
    uint16_t before = newest[tail.block];
    if (before == NOWHERE || tail_at(before).sequence < tail.sequence) {
        newest[tail.block] = (uint16_t)place;
    }
    next_sequence = tail.sequence >= next_sequence ? tail.sequence + 1u : next_sequence;
}

static bool is_blank(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] != 0xFFu) {
            return false;
        }
    }
    return true;
}

static void scan(uint32_t sector)
{
    used[sector] = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        if (!is_blank(flash_at(sector, slot * SLOT_SIZE), SLOT_SIZE)) {
            used[sector] = slot + 1u;
            take_slot(sector * SLOTS + slot);
        }
    }
}

bool blocks_mount(void)
{
    next_sequence = 1;
    for (uint32_t block = 0; block < BLOCKS; block++) {
        newest[block] = NOWHERE;
    }
    for (uint32_t sector = 0; sector < FLASH_SECTORS; sector++) {
        scan(sector);
    }
    open_sector = with_room_for(0, NOWHERE);
    return make_room();
}

void blocks_format(void)
{
    for (uint32_t sector = 0; sector < FLASH_SECTORS; sector++) {
        flash_erase(sector);
    }
    (void)blocks_mount();
}
