/* The board's console: a CMSDK APB UART, 115200 8N1. */
#ifndef GREENRACK_CONSOLE_H
#define GREENRACK_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

void console_open(void);
/* Switches the receiver off; what it holds is dropped. */
void console_deafen(void);
/* Switches it on again, without the read that helps QEMU (see console_open). */
void console_listen(void);
void console_write(const void *bytes, size_t count);
void console_puts(const char *text);
/* Formats into 256 bytes; longer text is cut. Does not allocate. */
void console_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Blocks, asleep, until a byte arrives. */
uint8_t console_read(void);

#endif
