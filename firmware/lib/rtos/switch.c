/* Changing threads on an Armv7-M core without floating point (Architecture Reference Manual, B1.5). */
#include "cpu.h"
#include "error_block.h"
#include "kernel.h"

#define INITIAL_XPSR 0x01000000u
#define REGISTERS_OF_HARDWARE 8u
#define REGISTERS_OF_SOFTWARE 8u

/* An image may be built with instructions that nobody needs, to be found by whoever measures it. */
#ifndef SWITCH_EXTRA
#define SWITCH_EXTRA ""
#endif

void PendSV_Handler(void);
struct thread *kernel_next(void);
_Noreturn void kernel_start_first(void);
_Noreturn void kernel_stack_overflow(void);

/* Saves r4 to r11 on the stack of the thread that ran, and takes those of the next one from its stack. */
__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile("cpsid i\n"
                   SWITCH_EXTRA
                   "mrs r0, psp\n"
                   "stmdb r0!, {r4-r11}\n"
                   "ldr r1, =kernel_running\n"
                   "ldr r1, [r1]\n"
                   "str r0, [r1]\n"
                   "ldr r2, [r1, #4]\n"
                   "cmp r0, r2\n"
                   "blo kernel_stack_overflow\n"
                   "push {r3, lr}\n"
                   "bl kernel_next\n"
                   "pop {r3, lr}\n"
                   "ldr r0, [r0]\n"
                   "ldmia r0!, {r4-r11}\n"
                   "msr psp, r0\n"
                   "cpsie i\n"
                   "bx lr\n");
}

/* Threads use the process stack from here on; the main stack belongs to interrupts, from its start again. */
__attribute__((naked)) void kernel_start_first(void)
{
    __asm volatile("ldr r0, =__stack_top\n"
                   "msr msp, r0\n"
                   "ldr r0, =kernel_running\n"
                   "ldr r0, [r0]\n"
                   "ldr r1, [r0]\n"
                   "add r1, #32\n" /* r4 to r11 hold nothing yet */
                   "ldr r2, [r1]\n" /* r0: the argument */
                   "ldr r3, [r1, #24]\n" /* pc: the function */
                   "ldr r12, [r1, #20]\n"
                   "add r1, #32\n"
                   "msr psp, r1\n"
                   "movs r0, #2\n"
                   "msr control, r0\n"
                   "isb\n"
                   "mov lr, r12\n"
                   "mov r0, r2\n"
                   "orr r3, #1\n"
                   "cpsie i\n"
                   "bx r3\n");
}

void thread_prepare_stack(struct thread *thread, osThreadFunc_t func, void *argument)
{
    uint32_t *top = (uint32_t *)(((uintptr_t)thread->stack_memory + thread->stack_size) & ~(uintptr_t)7u);
    uint32_t *frame = top - REGISTERS_OF_HARDWARE;
    frame[0] = (uint32_t)(uintptr_t)argument;
    frame[5] = (uint32_t)(uintptr_t)osThreadExit; /* lr: where the function returns to */
    frame[6] = (uint32_t)(uintptr_t)func & ~1u;
    frame[7] = INITIAL_XPSR;
    thread->stack_pointer = frame - REGISTERS_OF_SOFTWARE;
    thread->stack_limit = thread->stack_memory;
}

_Noreturn void kernel_stack_overflow(void) { error_assert_failed("a thread has overrun its stack"); }
