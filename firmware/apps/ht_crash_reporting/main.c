/* Host test "crash_reporting": crashes when it is told to, restarts by itself, and still
   knows of the crash. STAY_DOWN does not restart, on purpose. */
#include "cpu.h"
#include "error_block.h"
#include "talk.h"

#define CRASHED 0xDEADC0DEu

RETAINED static uint32_t mark;

static _Noreturn void crash(void)
{
    const struct error_info info = { .code = 317, .message = "Injected by the test", .send_keys = true };
    mark = CRASHED;
#ifdef STAY_DOWN
    error_halt(&info);
#else
    error_report(&info);
    talk_restart();
#endif
}

int main(void)
{
    bool comes_back = mark == CRASHED;
    mark = 0;
    if (!comes_back) {
        session_start(10, "crash_reporting");
    }
    kv_send("crash_reporting_ready", "0");
    (void)talk_receive("crash_reporting_inject_error");
    crash();
}
