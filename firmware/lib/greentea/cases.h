/* Case runner and checks. Text and keys follow utest and Unity. */
#ifndef GREENRACK_CASES_H
#define GREENRACK_CASES_H

#include <stddef.h>
#include <stdint.h>

struct test_case {
    const char *name;
    void (*run)(void);
};

struct test_suite {
    uint32_t timeout_s;
    const char *host_test;
    const struct test_case *cases;
    size_t count;
};

/* Handshake, every case, verdict. Does not return. */
_Noreturn void suite_run(const struct test_suite *suite);
/* The same after a handshake the app made itself. */
_Noreturn void suite_run_cases(const struct test_case *cases, size_t count);
/* What suite_run_cases prints before the first case, and at the start of each case. */
void suite_announce(const struct test_case *cases, size_t count);
void case_announce(size_t index, const char *name);
/* What it prints at the end of each case, with utest's word for why it failed or NULL, and
   after the last one: then the verdict is out and the board stops. */
void case_conclude(const char *name, const char *reason);
_Noreturn void suite_conclude(unsigned passed, unsigned failed);

/* Each leaves the running case. */
_Noreturn void check_failed(const char *file, int line, const char *message);
_Noreturn void check_failed_equal(const char *file, int line, int32_t expected, int32_t actual);
_Noreturn void case_skipped(const char *file, int line, const char *message);
_Noreturn void case_ignored(const char *file, int line, const char *message);

#define FAIL(message) check_failed(__FILE__, __LINE__, (message))
#define SKIP(message) case_skipped(__FILE__, __LINE__, (message))
#define IGNORE(message) case_ignored(__FILE__, __LINE__, (message))

#define CHECK(condition)                                        \
    do {                                                        \
        if (!(condition)) {                                     \
            FAIL("Expected TRUE Was FALSE: " #condition);       \
        }                                                       \
    } while (0)

#define CHECK_EQUAL(expected, actual)                                             \
    do {                                                                          \
        int32_t expected_ = (int32_t)(expected);                                  \
        int32_t actual_ = (int32_t)(actual);                                      \
        if (expected_ != actual_) {                                               \
            check_failed_equal(__FILE__, __LINE__, expected_, actual_);           \
        }                                                                         \
    } while (0)

#define CASE_COUNT(cases) (sizeof(cases) / sizeof((cases)[0]))

#endif
