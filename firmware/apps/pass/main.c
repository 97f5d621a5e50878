/* A passing suite that looks like a normal one: several cases, some of them using heap,
   the clock and the formatter. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "console.h"
#include "greentea.h"

static uint32_t initialised = 0x5EED5EEDu;
static uint32_t zeroed;

static void memory_is_initialised(void)
{
    CHECK(initialised == 0x5EED5EEDu);
    CHECK(zeroed == 0u);
}

static void heap_gives_and_takes(void)
{
    uint8_t *block = malloc(1024);
    CHECK(block != NULL);
    memset(block, 0xA5, 1024);
    CHECK_EQUAL(0xA5, block[1023]);
    free(block);
}

static void arithmetic_holds(void)
{
    volatile int32_t seven = 7;
    CHECK_EQUAL(42, seven * 6);
    CHECK_EQUAL(-3, -seven / 2);
}

static void clock_wakes_the_core(void)
{
    clock_sleep_ms(20);
    console_puts("slept 20 ms\r\n");
}

static void plain_lines_go_through(void)
{
    for (int i = 1; i <= 5; i++) {
        console_printf("info: line %d of 5\r\n", i);
    }
}

static const struct test_case cases[] = {
    { "memory is initialised", memory_is_initialised },
    { "heap gives and takes", heap_gives_and_takes },
    { "arithmetic holds", arithmetic_holds },
    { "clock wakes the core", clock_wakes_the_core },
    { "plain lines go through", plain_lines_go_through },
};

int main(void)
{
    suite_run(&(struct test_suite){ 10, "default_auto", cases, CASE_COUNT(cases) });
}
