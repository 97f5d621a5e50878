#include "session.h"

#include <string.h>

#include "console.h"
#include "cpu.h"
#include "heap.h"
#include "kv.h"

/* "__sync" and its NUL need 7; a longer key is cut and can no longer match. */
#define SYNC_KEY_SIZE 8u
#define SYNC_VALUE_SIZE 48u
#define CLIENT_VERSION "1.3.0"

void session_banner(void) { console_puts("mbedmbedmbedmbedmbedmbedmbedmbed\r\n"); }

static void wait_for_sync(void)
{
    char key[SYNC_KEY_SIZE];
    char value[SYNC_VALUE_SIZE];
    do {
        kv_receive(key, sizeof key, value, sizeof value);
        session_banner();
    } while (strcmp(key, "__sync") != 0);
    kv_send("__sync", value);
}

void session_announce(uint32_t timeout_s, const char *host_test)
{
    kv_send("__version", CLIENT_VERSION);
    kv_send_number("__timeout", timeout_s);
    kv_send("__host_test_name", host_test);
}

void session_start(uint32_t timeout_s, const char *host_test)
{
    wait_for_sync();
    session_announce(timeout_s, host_test);
}

_Noreturn void session_end(bool success)
{
    kv_send_number("max_heap_usage", (uint32_t)heap_peak());
    kv_send_number("reserved_heap", (uint32_t)heap_reserved());
    kv_send("end", success ? "success" : "failure");
    kv_send("__exit", "0");
    cpu_halt();
}
