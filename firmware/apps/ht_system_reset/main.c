/* Host test "system_reset": restarts when it is told to, and is ready again. */
#include "talk.h"

static void restarts(void)
{
    kv_send("ready", "0");
    (void)talk_receive("reset");
    talk_restart();
}

static const struct test_case cases[] = { { "restarts", restarts } };

int main(void)
{
    suite_run(&(struct test_suite){ 20, "system_reset", cases, CASE_COUNT(cases) });
}
