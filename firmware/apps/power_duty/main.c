/* A duty cycle as EEMBC's ULPMark has it, ten times as fast: active for 3 % of each period,
   with a burst of the radio, and in deep sleep for the rest. D0 frames what is active. */
#include "console.h"
#include "deadline.h"
#include "greentea.h"
#include "power.h"

#define PERIODS 10
#define PERIOD_MS 100u
#define ACTIVE_MS 3u
#define BURST_MS 1u

static void ten_periods(void)
{
    for (int i = 0; i < PERIODS; i++) {
        struct deadline period = deadline_in_ms(PERIOD_MS);
        power_line(POWER_LINE_PHASE, true);
        power_work_ms(ACTIVE_MS - BURST_MS);
        power_line(POWER_LINE_RADIO, true);
        power_work_ms(BURST_MS);
        power_line(POWER_LINE_RADIO, false);
        power_line(POWER_LINE_PHASE, false);
        console_puts("TX_DONE\r\n");
        power_deep_sleep_ms(deadline_left_ms(period));
    }
}

static const struct test_case cases[] = { { "ten periods", ten_periods } };

int main(void)
{
    suite_run(&(struct test_suite){ 20, "default_auto", cases, CASE_COUNT(cases) });
}
