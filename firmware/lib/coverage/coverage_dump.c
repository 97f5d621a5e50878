#include "coverage_dump.h"

#include <gcov.h>
#include <stdint.h>
#include <stdlib.h>

#include "console.h"

/* The linker script gathers here what -fprofile-info-section emits: one pointer per object. */
extern const struct gcov_info *const __gcov_info_start[];
extern const struct gcov_info *const __gcov_info_end[];

static void print_path(const char *path, void *unused)
{
    (void)unused;
    console_puts("{{__coverage_start;");
    console_puts(path);
    console_puts(";");
}

static void print_bytes(const void *bytes, unsigned count, void *unused)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *byte = bytes;
    (void)unused;
    for (unsigned i = 0; i < count; i++) {
        const char pair[] = { digits[byte[i] >> 4], digits[byte[i] & 0xFu] };
        if (byte[i] == 0) {
            console_write(".", 1);
        } else {
            console_write(pair, sizeof pair);
        }
    }
}

static void *take_memory(unsigned count, void *unused)
{
    (void)unused;
    return malloc(count);
}

void coverage_dump(void)
{
    size_t objects = (size_t)(((uintptr_t)__gcov_info_end - (uintptr_t)__gcov_info_start) / sizeof *__gcov_info_start);
    for (size_t i = 0; i < objects; i++) {
        __gcov_info_to_gcda(__gcov_info_start[i], print_path, print_bytes, take_memory, NULL);
        console_puts("}}\r\n");
    }
}
