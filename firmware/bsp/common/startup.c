/* Reset: make C usable, open the console, run the app, stop. */
#include <stdint.h>
#include <string.h>

#include "console.h"
#include "cpu.h"
#include "fault.h"

extern uint32_t __data_load[], __data_start[], __data_end[];
extern uint32_t __bss_start[], __bss_end[];
extern uint32_t __stack_top[];

int main(void);
void Reset_Handler(void);
/* Fault entries unless the image has a kernel (sections.ld). */
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);
/* The interrupt that only software makes pending. */
void Software_Handler(void);

typedef void (*vector_t)(void);

#define SEVEN_UNUSED fault_entry, fault_entry, fault_entry, fault_entry, fault_entry, fault_entry, fault_entry
#define EIGHT_UNUSED SEVEN_UNUSED, fault_entry

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    vector_t system[15];
    vector_t external[32];
} vectors = {
    .stack = __stack_top,
    .system = {
        Reset_Handler,
        fault_entry, /* NMI */
        fault_entry, /* HardFault */
        fault_entry, /* MemManage */
        fault_entry, /* BusFault */
        fault_entry, /* UsageFault */
        0, 0, 0, 0,
        SVC_Handler,
        fault_entry, /* DebugMonitor */
        0,
        PendSV_Handler,
        SysTick_Handler, /* without a kernel it only wakes the core, which sleeps masked */
    },
    .external = { EIGHT_UNUSED, EIGHT_UNUSED, EIGHT_UNUSED, SEVEN_UNUSED, Software_Handler },
};

void Reset_Handler(void)
{
    memcpy(__data_start, __data_load, (size_t)((uintptr_t)__data_end - (uintptr_t)__data_start));
    memset(__bss_start, 0, (size_t)((uintptr_t)__bss_end - (uintptr_t)__bss_start));
    console_open();
    (void)main();
    cpu_halt();
}
