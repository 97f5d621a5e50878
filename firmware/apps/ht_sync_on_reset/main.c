/* Host test "sync_on_reset": restarts after each case; the host says which case is next. */
#include <stdlib.h>

#include "console.h"
#include "talk.h"

static void empty(void) {}

static const struct test_case cases[] = { { "first", empty }, { "second", empty }, { "third", empty } };
#define LAST (CASE_COUNT(cases) - 1u)

static void finish(size_t index)
{
    console_printf("{{__testcase_finish;%s;1;0}}\r\n", cases[index].name);
}

int main(void)
{
    session_start(20, "sync_on_reset");
    kv_send("ready", "0");
    size_t index = (size_t)strtoul(talk_receive("start_case"), NULL, 10);
    suite_announce(cases, CASE_COUNT(cases));
    case_announce(index, cases[index].name);
    cases[index].run();
    finish(index);
    if (index < LAST) {
        kv_send_number("reset_on_case_teardown", (uint32_t)index);
        talk_restart();
    }
    session_end(index == LAST);
}
