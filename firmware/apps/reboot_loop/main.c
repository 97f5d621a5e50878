/*
 * Resets itself in its case, again and again. Only the first boot waits for the host:
 * each later one prints its boot line and the banner and starts over by itself.
 */
#include <stdint.h>

#include "clock.h"
#include "console.h"
#include "cpu.h"
#include "greentea.h"

#define BOOT_PERIOD_MS 200u
#define RESET_BY_ITSELF 0x0B007ED0u

/* RAM keeps its content over a reset. The mark is taken back at once, so that a reset
   from outside counts as a first boot. */
__attribute__((section(".noinit"))) static uint32_t mark;
__attribute__((section(".noinit"))) static uint32_t boots;

static void resets_the_board(void)
{
    clock_sleep_ms(BOOT_PERIOD_MS);
    mark = RESET_BY_ITSELF;
    cpu_reset();
}

static const struct test_case cases[] = { { "resets the board", resets_the_board } };

static void count_boot(void)
{
    boots = mark == RESET_BY_ITSELF ? boots + 1u : 1u;
    mark = 0;
    console_printf("boot %lu of reboot_loop on " GREENRACK_TARGET "\r\n", (unsigned long)boots);
}

int main(void)
{
    count_boot();
    if (boots == 1u) {
        session_start(30, "default_auto");
    } else {
        session_banner();
        session_announce(30, "default_auto");
    }
    suite_run_cases(cases, CASE_COUNT(cases));
}
