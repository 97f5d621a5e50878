/*
 * The crash block of Mbed OS 6, so that a farm meets on our images what it will meet
 * on real ones:
 *   ++ MbedOS Error Info ++
 *   Error Status: 0x80FF013D Code: 317 Module: 255
 *   Error Message: ...
 *   Location: ...
 *   Error Value: ...
 *   Current Thread: ...
 *   For details, visit: ...?error=..&osver=..&core=..&comp=..&ver=..&tgt=<target>
 *   -- MbedOS Error Info --
 */
#ifndef GREENRACK_ERROR_BLOCK_H
#define GREENRACK_ERROR_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct error_info {
    uint32_t code;
    const char *message;
    uint32_t location;
    uint32_t value;
    uint32_t stack_pointer;
    /* Adds the mbed_error keys which Mbed CE sends since 2025. */
    bool send_keys;
};

/* Prints the block (and the keys) and returns, for an image that restarts itself. */
void error_report(const struct error_info *info);
_Noreturn void error_halt(const struct error_info *info);
_Noreturn void error_assert_failed(const char *message);

#define FATAL_ASSERT_TEXT(line) #line
#define FATAL_ASSERT_LINE(line) FATAL_ASSERT_TEXT(line)

/* An assertion of the firmware itself, not of a test: it stops the board. */
#define FATAL_ASSERT(expression)                                                                       \
    ((expression) ? (void)0                                                                            \
                  : error_assert_failed("Assertion failed: " #expression " in " __FILE__               \
                                        ":" FATAL_ASSERT_LINE(__LINE__)))

#endif
