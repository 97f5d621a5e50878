/*
 * Prints two coverage files as an instrumented image does after its cases: one line each,
 *   {{__coverage_start;<path>;<two hex digits a byte, '.' for 0x00>}}
 * The second is longer than 100 kB. The content is made up: byte i is 7 i modulo 256.
 */
#include "console.h"
#include "greentea.h"

static void dump(const char *path, uint32_t bytes)
{
    console_printf("{{__coverage_start;%s;", path);
    for (uint32_t i = 0; i < bytes; i++) {
        unsigned byte = (7u * i) & 0xFFu;
        if (byte == 0) {
            console_puts(".");
        } else {
            console_printf("%02x", byte);
        }
    }
    console_puts("}}\r\n");
}

int main(void)
{
    session_start(10, "default_auto");
    dump("/build/src/main.gcda", 96);
    dump("/build/lib/queue.gcda", 60000);
    session_end(true);
}
