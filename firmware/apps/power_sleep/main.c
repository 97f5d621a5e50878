/* Sleeps when it has nothing to do. Variants have lost their sleep mode, or leave a
   sensor on: every case of them passes, and only a power meter can tell. */
#include "console.h"
#include "greentea.h"
#include "power.h"

#define REST_MS 500u

static void rest(void)
{
#ifdef POWER_SLEEP_LOST
    power_work_ms(REST_MS);
#else
    power_deep_sleep_ms(REST_MS);
#endif
}

static void sleeps_when_it_has_nothing_to_do(void)
{
    console_puts("REST\r\n");
    power_line(POWER_LINE_PHASE, true);
    rest();
    power_line(POWER_LINE_PHASE, false);
}

static void sleeps_after_a_measurement(void)
{
    power_line(POWER_LINE_SENSOR, true);
    power_work_ms(20);
#ifndef POWER_SENSOR_LEFT_ON
    power_line(POWER_LINE_SENSOR, false);
#endif
    console_puts("MEASURED\r\n");
    rest();
}

static const struct test_case cases[] = {
    { "sleeps when it has nothing to do", sleeps_when_it_has_nothing_to_do },
    { "sleeps after a measurement", sleeps_after_a_measurement },
};

int main(void)
{
    suite_run(&(struct test_suite){ 20, "default_auto", cases, CASE_COUNT(cases) });
}
