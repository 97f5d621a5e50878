/* Host test "serial_comms": the host returns each message, the device compares. */
#include <stdio.h>
#include <string.h>

#include "talk.h"

static void messages_come_back(void)
{
    char text[32];
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "Hello, message %d!", i);
        kv_send("echo_message", text);
        CHECK(strcmp(talk_receive("echo_message"), text) == 0);
    }
}

static const struct test_case cases[] = { { "messages come back", messages_come_back } };

int main(void)
{
    suite_run(&(struct test_suite){ 12, "serial_comms", cases, CASE_COUNT(cases) });
}
