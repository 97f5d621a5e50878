#include "cases.h"

#include <setjmp.h>
#include <stdbool.h>

#include "console.h"
#include "kv.h"
#include "session.h"

/* A failed check or a skip jumps here, so a case needs no return codes. */
static jmp_buf leave_case;
enum { LEFT_FAILED = 1, LEFT_EARLY = 2 };

static void print_outcome(const char *file, int line, const char *word, const char *message)
{
    console_printf("%s:%d::%s: %s\r\n", file, line, word, message);
}

_Noreturn void check_failed(const char *file, int line, const char *message)
{
    print_outcome(file, line, "FAIL", message);
    longjmp(leave_case, LEFT_FAILED);
}

_Noreturn void check_failed_equal(const char *file, int line, int32_t expected, int32_t actual)
{
    console_printf("%s:%d::FAIL: Expected %ld Was %ld\r\n", file, line, (long)expected, (long)actual);
    longjmp(leave_case, LEFT_FAILED);
}

_Noreturn void case_skipped(const char *file, int line, const char *message)
{
    print_outcome(file, line, "SKIP", message);
    longjmp(leave_case, LEFT_EARLY);
}

_Noreturn void case_ignored(const char *file, int line, const char *message)
{
    print_outcome(file, line, "IGNORE", message);
    longjmp(leave_case, LEFT_EARLY);
}

void suite_announce(const struct test_case *cases, size_t count)
{
    kv_send_number("__testcase_count", (uint32_t)count);
    console_printf(">>> Running %u test cases...\r\n", (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        kv_send("__testcase_name", cases[i].name);
    }
}

void case_announce(size_t index, const char *name)
{
    console_printf("\r\n>>> Running case #%u: '%s'...\r\n", (unsigned)(index + 1), name);
    kv_send("__testcase_start", name);
}

void case_conclude(const char *name, const char *reason)
{
    unsigned failures = reason != NULL ? 1 : 0;
    console_printf("{{__testcase_finish;%s;%u;%u}}\r\n", name, 1u - failures, failures);
    console_printf(">>> '%s': %u passed, %u failed", name, 1u - failures, failures);
    if (reason != NULL) {
        console_printf(" with reason '%s'", reason);
    }
    console_puts("\r\n");
}

static bool case_fails(const struct test_case *test)
{
    int left = setjmp(leave_case);
    if (left == 0) {
        test->run();
    }
    return left == LEFT_FAILED;
}

_Noreturn void suite_conclude(unsigned passed, unsigned failed)
{
    const char *reason = failed > 0 ? " with reason 'Test Cases Failed'" : "";
    console_printf("\r\n>>> Test cases: %u passed, %u failed%s\r\n", passed, failed, reason);
    if (failed > 0) {
        console_puts(">>> TESTS FAILED!\r\n");
    }
    console_printf("{{__testcase_summary;%u;%u}}\r\n", passed, failed);
    session_end(failed == 0);
}

_Noreturn void suite_run_cases(const struct test_case *cases, size_t count)
{
    unsigned failed = 0;
    suite_announce(cases, count);
    for (size_t i = 0; i < count; i++) {
        case_announce(i, cases[i].name);
        bool fails = case_fails(&cases[i]);
        case_conclude(cases[i].name, fails ? "Assertion Failed" : NULL);
        failed += fails ? 1 : 0;
    }
    suite_conclude((unsigned)count - failed, failed);
}

_Noreturn void suite_run(const struct test_suite *suite)
{
    session_start(suite->timeout_s, suite->host_test);
    suite_run_cases(suite->cases, suite->count);
}
