/*
 * Host test "watchdog_reset". The dog is played by the core's own timer: what is tested
 * here is that the host leads us over the restarts and measures our life rightly.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "console.h"
#include "stopwatch.h"
#include "talk.h"

#define NO_DATA 0xFFFFFFFFul
#define RESTARTED_AS_TOLD 0xFFFFFFFEul
#define BITE_MS 100u
#define BEAT_MS 100u
#define BEATS 6u
/* Between the first and the last beat; the emulator may be late. */
#define LIFE_MIN_MS ((BEATS - 1u) * BEAT_MS)
#define LIFE_MAX_MS (3u * LIFE_MIN_MS)

static void nothing(void) {}

static const struct test_case cases[] = { { "bites in time", nothing }, { "lives while fed", nothing } };

static void bite(void)
{
    case_announce(0, cases[0].name);
    console_printf("{{dev_reset;00,%lx}}\r\n", (unsigned long)BITE_MS);
    clock_sleep_ms(BITE_MS);
    talk_restart();
}

static void live(void)
{
    case_announce(1, cases[1].name);
    for (unsigned i = 0; i < BEATS; i++) {
        console_printf("{{hb;01,%lx}}\r\n", (unsigned long)stopwatch_us());
        clock_sleep_ms(BEAT_MS);
    }
    talk_restart();
}

static void finish(size_t index, bool passes)
{
    console_printf("{{__testcase_finish;%s;%u;%u}}\r\n", cases[index].name, passes ? 1u : 0u,
                   passes ? 0u : 1u);
}

int main(void)
{
    session_start(30, "watchdog_reset");
    kv_send("ready", "0");
    char *comma = NULL;
    unsigned long index = strtoul(talk_receive("start_case"), &comma, 16);
    unsigned long data = strtoul(comma + 1, NULL, 16);
    suite_announce(cases, CASE_COUNT(cases));
    if (index == 0 && data == NO_DATA) {
        bite();
    }
    if (index == 0) {
        finish(0, data == RESTARTED_AS_TOLD);
        live();
    }
    bool passes = data >= LIFE_MIN_MS && data <= LIFE_MAX_MS;
    finish(1, passes);
    session_end(passes);
}
