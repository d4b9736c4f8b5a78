/* SPDX-License-Identifier: BSD-2-Clause */
/* The 16550 serial port: the hypervisor's own console. */
#ifndef ASM_UART_H
#define ASM_UART_H

#include <hv/types.h>

#define UART_PORTS 8 /* I/O ports a 16550 takes */

/* Sets up the port, if there is one, for baud (0: leave the firmware's setting), 8n1, FIFOs on. */
void uart_init(uint16_t port, uint32_t baud);
/* Queues text; '\n' goes out as two bytes.  What has no room is dropped; waits only without
 * interrupts. */
void uart_write(const char *s, size_t n);
/* Bytes that uart_write surely takes now; a line that is not there takes everything. */
size_t uart_room(void);
/* Sends what is queued, and waits from now on: this machine ends. */
void uart_sync(void);
/* From now on the queue is sent, and received bytes go to console_input(), by interrupt; after
 * irq_init(). */
void uart_enable_interrupt(void);
/* The first of the ports in use, 0: none. */
uint16_t uart_port(void);

#endif
