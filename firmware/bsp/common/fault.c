#include "fault.h"

#include <stdint.h>

#include "console.h"
#include "cpu.h"
#include "error_block.h"

/* What the core stacks on exception entry, Armv7-M ARM B1.5.6. */
struct exception_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* Saved by fault_entry: what the core leaves to software. */
struct callee_saved {
    uint32_t r[8];
};

struct fault_kind {
    const char *name;
    uint32_t code;
};

void fault_report(const struct exception_frame *frame, const struct callee_saved *saved);

__attribute__((naked)) void fault_entry(void)
{
    __asm volatile("tst lr, #4\n"
                   "ite eq\n"
                   "mrseq r0, msp\n"
                   "mrsne r0, psp\n"
                   "push {r4-r11}\n"
                   "mov r1, sp\n"
                   "b fault_report\n");
}

/* MemManage, BusFault and UsageFault stay disabled, as after any Mbed OS boot, and
   arrive as a HardFault with HFSR.FORCED; their names serve an app that enables them. */
static struct fault_kind current_fault(void)
{
    static const struct fault_kind kinds[] = {
        { "HardFault", 317u }, { "MemManageFault", 318u }, { "BusFault", 319u }, { "UsageFault", 320u },
    };
    uint32_t number;
    __asm volatile("mrs %0, ipsr" : "=r"(number));
    if (number >= 3u && number <= 6u) {
        return kinds[number - 3u];
    }
    return (struct fault_kind){ "UnexpectedInterrupt", 256u };
}

static void print_register(const char *name, uint32_t value) { console_printf("%-4s: %08lX\r\n", name, (unsigned long)value); }

static void print_core_registers(const struct exception_frame *frame, const struct callee_saved *saved, uint32_t sp)
{
    static const char *const high[] = { "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11" };
    print_register("R0", frame->r0);
    print_register("R1", frame->r1);
    print_register("R2", frame->r2);
    print_register("R3", frame->r3);
    for (unsigned i = 0; i < 8; i++) {
        print_register(high[i], saved->r[i]);
    }
    print_register("R12", frame->r12);
    print_register("SP", sp);
    print_register("LR", frame->lr);
    print_register("PC", frame->pc);
    print_register("xPSR", frame->xpsr);
}

static void print_fault_status(void)
{
    print_register("CPUID", SCB_CPUID);
    print_register("HFSR", SCB_HFSR);
    print_register("CFSR", SCB_CFSR);
    print_register("MMFAR", SCB_MMFAR);
    print_register("BFAR", SCB_BFAR);
}

__attribute__((used)) void fault_report(const struct exception_frame *frame, const struct callee_saved *saved)
{
    struct fault_kind kind = current_fault();
    uint32_t sp = (uint32_t)(uintptr_t)(frame + 1);
    console_printf("\r\n++ MbedOS Fault Handler ++\r\n\r\nFaultType: %s\r\n\r\nContext:\r\n", kind.name);
    print_core_registers(frame, saved, sp);
    print_fault_status();
    console_puts("\r\n-- MbedOS Fault Handler --\r\n");
    error_halt(&(struct error_info){
        .code = kind.code,
        .message = "Fault exception",
        .location = frame->pc,
        .value = SCB_BFAR,
        .stack_pointer = sp,
    });
}
