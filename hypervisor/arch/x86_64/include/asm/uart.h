/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16550 serial port: the hypervisor's own console. */
#ifndef ASM_UART_H
#define ASM_UART_H

#include <hv/types.h>

#define UART_PORTS 8 /* I/O ports a 16550 takes */

/* Sets up the port, if there is one, for baud (0: leave the firmware's setting), 8n1, FIFOs on. */
void uart_init(uint16_t port, uint32_t baud);
/* One byte out; waits at most some milliseconds for room, then drops. */
void uart_putc(char c);
/* Received bytes from now on go to console_input() by interrupt; after irq_init(). */
void uart_enable_rx(void);
/* The first of the ports in use, 0: none. */
uint16_t uart_port(void);

#endif
