/* Host test "reset_reason": tells a software, a pin and a watchdog reset apart by what it
   left in RAM before. WRONG_REASON answers wrongly on purpose. */
#include <string.h>

#include "console.h"
#include "talk.h"

enum { PIN = 1, SOFTWARE = 3, WATCHDOG = 4 };
#define CAPABILITIES ((1u << PIN) | (1u << SOFTWARE) | (1u << WATCHDOG))
#define MARK(reason) (0x5EA50000u | (reason))

RETAINED static uint32_t mark;
static uint32_t reason;

static uint32_t reason_of_mark(void)
{
    uint32_t found = mark == MARK(SOFTWARE) ? SOFTWARE : mark == MARK(WATCHDOG) ? WATCHDOG : PIN;
    mark = 0;
    return found;
}

static void restart_by(const char *how)
{
    mark = strcmp(how, "nvic") == 0 ? MARK(SOFTWARE) : MARK(WATCHDOG);
    kv_send("reset", "ack");
    talk_restart();
}

static uint32_t told_reason(void)
{
#ifdef WRONG_REASON
    return WRONG_REASON;
#else
    return reason;
#endif
}

static void obey(const char *key, const char *value)
{
    if (strcmp(key, "reason_raw") == 0) {
        console_printf("{{reason_raw;%lx}}\r\n", 1ul << reason);
    } else if (strcmp(key, "reset") == 0) {
        restart_by(value);
    } else if (strcmp(value, "clear") == 0) {
        kv_send("reason", "ack");
    } else {
        kv_send_number("reason", told_reason());
    }
}

static void obeys(void)
{
    char key[16];
    char value[16];
    console_printf("{{ready;%08lx,1}}\r\n", (unsigned long)CAPABILITIES);
    for (;;) {
        kv_receive(key, sizeof key, value, sizeof value);
        obey(key, value);
    }
}

static const struct test_case cases[] = { { "tells resets apart", obeys } };

int main(void)
{
    reason = reason_of_mark();
    suite_run(&(struct test_suite){ 30, "reset_reason", cases, CASE_COUNT(cases) });
}
