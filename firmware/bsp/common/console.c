/*
 * CMSDK APB UART (Cortex-M System Design Kit TRM, section 4.3)
 *   +0x00 DATA      one byte each way
 *   +0x04 STATE     0 TX full, 1 RX full, 2 TX overrun, 3 RX overrun
 *   +0x08 CTRL      0 TX on, 1 RX on, 2 TX interrupt, 3 RX interrupt
 *   +0x0C INTSTATUS 0 TX, 1 RX; write 1 to clear
 *   +0x10 BAUDDIV   input clock / baud rate, at least 16
 */
#include "console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "cpu.h"

#define UART_REG(offset) (*(volatile uint32_t *)(BOARD_CONSOLE_BASE + (offset)))
#define UART_DATA UART_REG(0x00u)
#define UART_STATE UART_REG(0x04u)
#define UART_CTRL UART_REG(0x08u)
#define UART_INTSTATUS UART_REG(0x0Cu)
#define UART_BAUDDIV UART_REG(0x10u)

#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX_RX_RXINT 0x0Bu
#define CTRL_TX 0x01u
#define INT_RX 2u
#define BAUD_RATE 115200u

void console_open(void)
{
    UART_BAUDDIV = BOARD_SYSCLK_HZ / BAUD_RATE;
    UART_CTRL = CTRL_TX_RX_RXINT;
    /* QEMU 7.2 does not look for input when RX is switched on, only after DATA was
       read: without this read the first byte from the host may never come. */
    (void)UART_DATA;
    UART_INTSTATUS = INT_RX;
}

void console_deafen(void)
{
    UART_CTRL = CTRL_TX;
    (void)UART_DATA;
}

void console_listen(void)
{
    UART_CTRL = CTRL_TX_RX_RXINT;
}

static void write_byte(uint8_t byte)
{
    while ((UART_STATE & STATE_TX_FULL) != 0u) {
    }
    UART_DATA = byte;
}

void console_write(const void *bytes, size_t count)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < count; i++) {
        write_byte(at[i]);
    }
}

void console_puts(const char *text) { console_write(text, strlen(text)); }

void console_printf(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    console_puts(line);
}

/* Sleeps masked, so that the interrupt only ends WFI and no handler is needed. */
static void wait_for_byte(void)
{
    cpu_mask();
    NVIC_ISER(0) = 1u << BOARD_CONSOLE_RX_IRQ;
    while ((UART_STATE & STATE_RX_FULL) == 0u) {
        UART_INTSTATUS = INT_RX;
        NVIC_ICPR(0) = 1u << BOARD_CONSOLE_RX_IRQ;
        if ((UART_STATE & STATE_RX_FULL) == 0u) {
            cpu_wait();
        }
    }
    NVIC_ICER(0) = 1u << BOARD_CONSOLE_RX_IRQ;
    cpu_unmask();
}

uint8_t console_read(void)
{
    wait_for_byte();
    uint8_t byte = (uint8_t)UART_DATA;
    UART_INTSTATUS = INT_RX;
    return byte;
}
