#include "bench_suite.h"

#include "console.h"
#include "cpu.h"

#define CASES_STACK_SIZE 4096u
#define ID_SIZE 48u

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown"
#endif

static const struct test_suite *running;

osThreadId_t bench_thread(osThreadFunc_t func, osPriority_t priority)
{
    osThreadId_t thread = osThreadNew(func, NULL, &(osThreadAttr_t){
        .name = "bench", .stack_size = BENCH_STACK_SIZE, .priority = priority,
    });
    CHECK(thread != NULL);
    return thread;
}

/* What the numbers depend on travels with them. */
static void send_environment(void)
{
    osVersion_t version = { 0, 0 };
    char id[ID_SIZE] = "";
    (void)osKernelGetInfo(&version, id, sizeof id);
    kv_send("rtos_kernel", id);
    kv_send_number("rtos_kernel_version", version.kernel);
    kv_send_number("rtos_api_version", version.api);
    kv_send_number("rtos_tick_hz", osKernelGetTickFreq());
    kv_send_number("rtos_clock_hz", osKernelGetSysTimerFreq());
    kv_send("rtos_counter", samples_counter()->name);
    kv_send_number("rtos_counter_hz", samples_counter()->hz);
    kv_send("rtos_compiler", "GCC " __VERSION__);
    kv_send("rtos_flags", BENCH_FLAGS);
}

static void run_cases(void *argument)
{
    (void)argument;
    samples_open();
    send_environment();
    suite_run_cases(running->cases, running->count);
}

_Noreturn void bench_suite_run(const struct test_suite *suite)
{
    running = suite;
    session_start(suite->timeout_s, suite->host_test);
    (void)osKernelInitialize();
    (void)osThreadNew(run_cases, NULL, &(osThreadAttr_t){
        .name = "cases", .stack_size = CASES_STACK_SIZE, .priority = BENCH_PRIORITY(BENCH_CASES_PRIORITY),
    });
    (void)osKernelStart();
    console_puts("the kernel does not start\r\n");
    cpu_halt();
}
