/* Host test "device_echo": here the host is the echo and the device compares. */
#include <stdio.h>
#include <string.h>

#include "greentea.h"

#define MESSAGE_COUNT 20

static void expect_back(const char *key, const char *value)
{
    char got_key[16];
    char got_value[48];
    kv_send(key, value);
    kv_receive(got_key, sizeof got_key, got_value, sizeof got_value);
    CHECK(strcmp(got_key, key) == 0);
    CHECK(strcmp(got_value, value) == 0);
}

static void count_comes_back(void) { expect_back("echo_count", "20"); }

static void text_comes_back(void)
{
    char text[40];
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        snprintf(text, sizeof text, "message %d: aB3 _-!@#$%%^&*()=+", i);
        expect_back("echo", text);
    }
}

static const struct test_case cases[] = {
    { "count comes back", count_comes_back },
    { "text comes back", text_comes_back },
};

int main(void)
{
    suite_run(&(struct test_suite){ 30, "device_echo", cases, CASE_COUNT(cases) });
}
