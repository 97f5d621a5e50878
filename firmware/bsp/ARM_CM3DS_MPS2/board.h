/* ARM_CM3DS_MPS2: QEMU's mps2-an511, console on UART1 (the second -serial option).
   Its RX and TX interrupts share one line, unlike AN385. */
#ifndef GREENRACK_BOARD_H
#define GREENRACK_BOARD_H

#define BOARD_SYSCLK_HZ 25000000u
#define BOARD_CONSOLE_BASE 0x40005000u
#define BOARD_CONSOLE_RX_IRQ 2u
/* TIMER0, and an interrupt that nothing is wired to. */
#define BOARD_BENCH_TIMER_BASE 0x40000000u
#define BOARD_SOFTWARE_IRQ 31u
#define BOARD_ETHERNET_BASE 0x40200000u
#define BOARD_ETHERNET_IRQ 47u

#endif
