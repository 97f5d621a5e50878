#include "cpu.h"

_Noreturn void cpu_halt(void)
{
    cpu_mask();
    /* Any enabled source that is pending would turn WFI into a busy loop. */
    SYST_CSR = 0;
    for (unsigned i = 0; i < 8; i++) {
        NVIC_ICER(i) = 0xFFFFFFFFu;
    }
    SCB_ICSR = ICSR_PENDSTCLR;
    for (;;) {
        cpu_wait();
    }
}

_Noreturn void cpu_reset(void)
{
    cpu_mask();
    __asm volatile("dsb" ::: "memory");
    SCB_AIRCR = 0x05FA0000u | (1u << 2); /* VECTKEY | SYSRESETREQ */
    for (;;) {
        cpu_wait();
    }
}
