#include "kv.h"

#include <stdbool.h>
#include <string.h>

#include "console.h"

void kv_send(const char *key, const char *value)
{
    console_puts("{{");
    console_puts(key);
    console_puts(";");
    console_puts(value);
    console_puts("}}\r\n");
}

void kv_send_number(const char *key, uint32_t value)
{
    console_printf("{{%s;%lu}}\r\n", key, (unsigned long)value);
}

static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

/* Printable ASCII except the five bracket-like signs and '`', ';': the alphabet of the
   original tokenizer. A host that sends anything else must notice here, not on a board. */
static bool is_token_byte(uint8_t byte)
{
    bool printable = byte > ' ' && byte < 0x7Fu;
    return is_space(byte) || (printable && strchr("{}[]|;~`", byte) == NULL);
}

static void wait_for_opening(void)
{
    for (unsigned braces = 0; braces < 2;) {
        braces = console_read() == '{' ? braces + 1 : 0;
    }
}

/* Reads up to the first byte that cannot be part of a token, and returns that byte. */
static uint8_t read_token(char *token, size_t size)
{
    size_t length = 0;
    uint8_t byte = console_read();
    while (is_space(byte)) {
        byte = console_read();
    }
    for (; is_token_byte(byte); byte = console_read()) {
        if (length + 1 < size) {
            token[length++] = (char)byte;
        }
    }
    token[length] = '\0';
    return byte;
}

static bool receive_once(char *key, size_t key_size, char *value, size_t value_size)
{
    wait_for_opening();
    if (read_token(key, key_size) != ';') {
        return false;
    }
    if (read_token(value, value_size) != '}' || console_read() != '}') {
        return false;
    }
    (void)console_read();
    return true;
}

void kv_receive(char *key, size_t key_size, char *value, size_t value_size)
{
    while (!receive_once(key, key_size, value, value_size)) {
    }
}
