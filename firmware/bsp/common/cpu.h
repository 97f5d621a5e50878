/* The few core features the images need: masking, sleeping, resetting, halting. */
#ifndef GREENRACK_CPU_H
#define GREENRACK_CPU_H

#include <stdint.h>

/* Cortex-M3 system control space, Armv7-M Architecture Reference Manual B3.2. */
#define SCS_REG(address) (*(volatile uint32_t *)(address))
#define SYST_CSR SCS_REG(0xE000E010u)
#define SYST_RVR SCS_REG(0xE000E014u)
#define SYST_CVR SCS_REG(0xE000E018u)
#define NVIC_ISER(n) SCS_REG(0xE000E100u + 4u * (n))
#define NVIC_ICER(n) SCS_REG(0xE000E180u + 4u * (n))
#define NVIC_ISPR(n) SCS_REG(0xE000E200u + 4u * (n))
#define NVIC_ICPR(n) SCS_REG(0xE000E280u + 4u * (n))
#define SCB_CPUID SCS_REG(0xE000ED00u)
#define SCB_ICSR SCS_REG(0xE000ED04u)
#define SCB_AIRCR SCS_REG(0xE000ED0Cu)
#define SCB_SHCSR SCS_REG(0xE000ED24u)
#define SCB_CFSR SCS_REG(0xE000ED28u)
#define SCB_HFSR SCS_REG(0xE000ED2Cu)
#define SCB_MMFAR SCS_REG(0xE000ED34u)
#define SCB_BFAR SCS_REG(0xE000ED38u)

/* SCB_ICSR: SysTick's interrupt waits; forget it. */
#define ICSR_PENDSTSET (1u << 26)
#define ICSR_PENDSTCLR (1u << 25)

static inline void cpu_mask(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void cpu_unmask(void) { __asm volatile("cpsie i" ::: "memory"); }

static inline uint32_t cpu_is_masked(void)
{
    uint32_t primask;
    __asm volatile("mrs %0, primask" : "=r"(primask));
    return primask;
}

/* Wakes on a pending interrupt even while masked: check, sleep and unmask in that
   order and no wake-up is lost. */
static inline void cpu_wait(void) { __asm volatile("dsb\n wfi" ::: "memory"); }

_Noreturn void cpu_halt(void);
_Noreturn void cpu_reset(void);

#endif
