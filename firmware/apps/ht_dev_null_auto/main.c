/* Host test "dev_null_auto": what goes to the null device must not reach the host. */
#include "greentea.h"

static void null_device(const char *key, const char *value)
{
    (void)key;
    (void)value;
}

static void only_stdout_arrives(void)
{
    kv_send("to_stdout", "re-routing stdout to /dev/null");
    null_device("to_null", "printf redirected to /dev/null");
}

static const struct test_case cases[] = { { "only stdout arrives", only_stdout_arrives } };

int main(void)
{
    suite_run(&(struct test_suite){ 2, "dev_null_auto", cases, CASE_COUNT(cases) });
}
