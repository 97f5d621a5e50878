/* Host test "wait_us_auto": ticks once a second. TICK_MS can be set wrong on purpose. */
#include "clock.h"
#include "greentea.h"

#ifndef TICK_MS
#define TICK_MS 1000u
#endif
#define TICKS 3u

int main(void)
{
    session_start(20, "wait_us_auto");
    for (uint32_t left = TICKS; left > 0; left--) {
        kv_send_number("tick", left);
        clock_sleep_ms(TICK_MS);
    }
    kv_send_number("tick", 0);
    kv_send("exit", "0");
    session_end(true);
}
