/*
 * BIG_OUTPUT_LINES lines of exactly 64 bytes:
 *   "line 0000001 " | 49 hex digits from a generator seeded with the number | CR LF
 * then their byte count and CRC-32 (IEEE 802.3, as in zlib) as messages, so that one
 * lost or changed byte is seen. Formatted by hand: printf would be slower than the UART.
 */
#include <stdint.h>
#include <string.h>

#include "console.h"
#include "greentea.h"

#define LINE_BYTES 64u
#define NUMBER_END 12u
#define HEX_START 13u

static const char digits[] = "0123456789abcdef";

static void put_number(char *line, uint32_t number)
{
    for (unsigned at = NUMBER_END; at-- > NUMBER_END - 7u;) {
        line[at] = digits[number % 10u];
        number /= 10u;
    }
}

static void put_hex(char *line, uint32_t seed)
{
    for (unsigned at = HEX_START; at < LINE_BYTES - 2u; at++) {
        seed = seed * 1664525u + 1013904223u;
        line[at] = digits[seed >> 28];
    }
}

static uint32_t crc_update(uint32_t crc, const char *bytes, size_t count)
{
    /* One entry per nibble: fast enough, and 16 words instead of 256. */
    static const uint32_t table[16] = {
        0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
        0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
    };
    for (size_t i = 0; i < count; i++) {
        crc ^= (uint8_t)bytes[i];
        crc = (crc >> 4) ^ table[crc & 15u];
        crc = (crc >> 4) ^ table[crc & 15u];
    }
    return crc;
}

static void prints_every_line(void)
{
    char line[LINE_BYTES];
    uint32_t crc = 0xFFFFFFFFu;
    memcpy(line, "line 0000000 ", HEX_START);
    memcpy(line + LINE_BYTES - 2u, "\r\n", 2);
    for (uint32_t number = 1; number <= BIG_OUTPUT_LINES; number++) {
        put_number(line, number);
        put_hex(line, number);
        crc = crc_update(crc, line, LINE_BYTES);
        console_write(line, LINE_BYTES);
    }
    kv_send_number("big_output_bytes", BIG_OUTPUT_LINES * LINE_BYTES);
    console_printf("{{big_output_crc32;%08lx}}\r\n", (unsigned long)~crc);
}

static const struct test_case cases[] = { { "prints every line", prints_every_line } };

int main(void)
{
    suite_run(&(struct test_suite){ 180, "default_auto", cases, CASE_COUNT(cases) });
}
