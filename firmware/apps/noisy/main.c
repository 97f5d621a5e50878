/*
 * A passing suite inside the dirt that real consoles carry. No noise damages a message
 * that counts: whoever reads line by line and takes the first complete message of each
 * line sees three passed cases.
 */
#include "console.h"
#include "greentea.h"

#define LONG_LINE_BYTES 100000u

static void put_bytes(unsigned first, unsigned last)
{
    for (unsigned byte = first; byte <= last; byte++) {
        console_write(&(uint8_t){ (uint8_t)byte }, 1);
    }
}

/* Every value except the newline, so that the junk stays one line; NUL and 0xFF first,
   as a UART sends when it is set up anew. */
static void binary_junk(void)
{
    static const uint8_t edge[] = { 0x00, 0xFF, 0x00, 0xFF };
    console_write(edge, sizeof edge);
    put_bytes(0x00, 0x09);
    put_bytes(0x0B, 0xFF);
    console_puts("\r\n");
}

static void half_messages(void)
{
    console_puts("{{foo;ba\r\n");
    console_puts("{{\r\n}}\r\n{{}}\r\n{{;}}\r\n{{end;}}\r\n{{end}}\r\n{{;success}}\r\n");
    console_puts("{{__testcase_finish\r\n{end;failure}\r\n{{end;failure}\r\n{{end failure}}\r\n");
    console_puts("{{success}}\r\n{{failure}}\r\n");
}

static void long_line(void)
{
    for (unsigned i = 0; i < LONG_LINE_BYTES; i++) {
        console_write(&"0123456789abcdef"[i % 16u], 1);
    }
    console_puts("\r\n");
}

/* An unknown key is harmless; the second message of the line is lost to a reader that
   searches once per line, and must not matter. */
static void glued_messages(void)
{
    console_puts("[INFO][mesh]: joined {{noise_a;1}}{{noise_b;2}} trailing text\r\n");
    console_puts("{{noise_c;brace { and ; inside}}\r\n");
    console_puts("<DAPLink:Overflow>\r\n");
}

static void survives_binary_junk(void)
{
    binary_junk();
    /* Invalid UTF-8: a start byte without its rest, then a rest without its start. */
    console_puts("caf\xC3 and \xA9 and \xF0\x9F\x90\r\n");
    binary_junk();
}

static void survives_half_messages(void)
{
    half_messages();
    glued_messages();
    half_messages();
}

static void survives_long_lines(void)
{
    long_line();
    long_line();
}

static const struct test_case cases[] = {
    { "survives binary junk", survives_binary_junk },
    { "survives half messages", survives_half_messages },
    { "survives long lines", survives_long_lines },
};

int main(void)
{
    binary_junk();
    half_messages();
    session_start(20, "default_auto");
    /* No newline: this text is in front of the next message. */
    console_puts("[DBG ][rtos]: tick \xFF");
    suite_run_cases(cases, CASE_COUNT(cases));
}
