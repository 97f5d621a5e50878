/* FVP_MPS2_M3: QEMU's mps2-an385, console on UART0. */
#ifndef GREENRACK_BOARD_H
#define GREENRACK_BOARD_H

#define BOARD_SYSCLK_HZ 25000000u
#define BOARD_CONSOLE_BASE 0x40004000u
#define BOARD_CONSOLE_RX_IRQ 0u
/* TIMER0, and an interrupt that nothing is wired to. */
#define BOARD_BENCH_TIMER_BASE 0x40000000u
#define BOARD_SOFTWARE_IRQ 31u
#define BOARD_ETHERNET_BASE 0x40200000u
#define BOARD_ETHERNET_IRQ 13u

#endif
