/*
 * Host test "unexpected_reset": a record in RAM with two copies stands for the file
 * system. Whenever the host resets us, at least one copy must be whole.
 */
#include <string.h>

#include "clock.h"
#include "talk.h"

struct record {
    uint32_t number;
    uint32_t complement;
};

RETAINED static volatile struct record copies[2];

static bool is_whole(const volatile struct record *one) { return one->complement == ~one->number; }

static void put(volatile struct record *one, uint32_t number)
{
    one->complement = number;
    one->number = number;
    one->complement = ~number;
}

static void format(void)
{
    put(&copies[0], 0);
    put(&copies[1], 0);
    kv_send("format_done", "0");
}

static void run(void)
{
    CHECK(is_whole(&copies[0]) || is_whole(&copies[1]));
    uint32_t number = is_whole(&copies[0]) ? copies[0].number : copies[1].number;
    for (;;) {
        put(&copies[number % 2u], number + 1u);
        number++;
        clock_sleep_ms(1);
    }
}

static void survives(void)
{
    char key[16];
    char value[16];
    kv_send("start", "0");
    for (;;) {
        kv_receive(key, sizeof key, value, sizeof value);
        if (strcmp(key, "exit") == 0) {
            CHECK(strcmp(value, "pass") == 0);
            return;
        }
        if (strcmp(key, "format") == 0) {
            format();
        } else {
            run();
        }
    }
}

static const struct test_case cases[] = { { "survives resets", survives } };

int main(void)
{
    suite_run(&(struct test_suite){ 90, "unexpected_reset", cases, CASE_COUNT(cases) });
}
