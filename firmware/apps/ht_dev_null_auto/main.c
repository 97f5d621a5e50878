/* Host test "dev_null_auto": what goes to the null device must not reach the host. As in
   Mbed OS's own test there are no cases and no end: the host decides. TALKATIVE_NULL lets
   the null device through on purpose. */
#include "greentea.h"

static void null_device(const char *key, const char *value)
{
#ifdef TALKATIVE_NULL
    kv_send(key, value);
#else
    (void)key;
    (void)value;
#endif
}

int main(void)
{
    session_start(2, "dev_null_auto");
    kv_send("to_stdout", "re-routing stdout to /null");
    null_device("to_null", "printf redirected to /null");
    for (;;) {
    }
}
