#include "ethernet.h"

#include <string.h>

#include "clock.h"
#include "cpu.h"
#include "deadline.h"
#include "lan9118.h"

#define CHECKSUM_SIZE 4u
#define SEND_MS 100u
#define TX_FIRST_AND_LAST 0x3000u
#define TX_COMMANDS_SIZE 8u
#define STATUS_ERROR (1u << 15)
#define STATUS_FILTER_FAILED (1u << 30)

static bool result_is_there(void) { return (LAN_TX_FIFO_INF & 0x00FF0000u) != 0u; }
static bool frame_is_there(void) { return (LAN_RX_FIFO_INF & 0x00FF0000u) != 0u; }

static bool room_for(size_t size)
{
    struct deadline until = deadline_in_ms(SEND_MS);
    while ((LAN_TX_FIFO_INF & 0xFFFFu) < size + TX_COMMANDS_SIZE) {
        if (deadline_passed(until)) {
            return false;
        }
    }
    return true;
}

static void write_words(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += 4u) {
        uint32_t word = 0;
        memcpy(&word, bytes + at, size - at < 4u ? size - at : 4u);
        LAN_TX_DATA = word;
    }
}

static bool was_sent(void)
{
    struct deadline until = deadline_in_ms(SEND_MS);
    while (!result_is_there()) {
        if (deadline_passed(until)) {
            return false;
        }
    }
    return (LAN_TX_STATUS & STATUS_ERROR) == 0u;
}

bool ethernet_send(const uint8_t *frame, size_t size)
{
    if (size > ETHERNET_FRAME_MAX || !room_for(size)) {
        return false;
    }
    LAN_TX_DATA = TX_FIRST_AND_LAST | (uint32_t)size;
    LAN_TX_DATA = (uint32_t)size;
    write_words(frame, size);
    return was_sent();
}

/* A frame we refuse is read word by word as well: QEMU's fast-forward (RX_DP_CTRL)
   forgets to give the words back, and its FIFO fills up. */
static void read_words(uint8_t *bytes, size_t size, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        uint32_t word = LAN_RX_DATA;
        size_t at = 4u * i;
        if (at < size) {
            memcpy(bytes + at, &word, size - at < 4u ? size - at : 4u);
        }
    }
}

static size_t usable_size(uint32_t status, size_t length)
{
    bool damaged = (status & (STATUS_ERROR | STATUS_FILTER_FAILED)) != 0u;
    bool fits = length >= ETHERNET_HEADER_SIZE + CHECKSUM_SIZE && length <= ETHERNET_FRAME_MAX + CHECKSUM_SIZE;
    return fits && !damaged ? length - CHECKSUM_SIZE : 0u;
}

size_t ethernet_receive(uint8_t *frame)
{
    if (!frame_is_there()) {
        return 0;
    }
    uint32_t status = LAN_RX_STATUS;
    size_t length = (status >> 16) & 0x3FFFu;
    size_t size = usable_size(status, length);
    read_words(frame, size, (length + 3u) / 4u);
    return size;
}

void ethernet_wait_ms(uint32_t ms)
{
    uint32_t bit = 1u << (BOARD_ETHERNET_IRQ % 32u);
    cpu_mask();
    LAN_INT_STS = LAN_INT_RX_STATUS;
    NVIC_ICPR(BOARD_ETHERNET_IRQ / 32u) = bit;
    NVIC_ISER(BOARD_ETHERNET_IRQ / 32u) = bit;
    clock_sleep_ms_unless(ms, frame_is_there);
    NVIC_ICER(BOARD_ETHERNET_IRQ / 32u) = bit;
    cpu_unmask();
}
