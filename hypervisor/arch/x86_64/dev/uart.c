/* SPDX-License-Identifier: BSD-2-Clause */
/* 16550 UART (National PC16550D data sheet), and the console part of hv/arch.h. */
#include <hv/arch.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/uart.h>

#define DATA    0 /* divisor low with LCR_DLAB */
#define IER     1 /* divisor high with LCR_DLAB */
#define FCR     2
#define LCR     3
#define MCR     4
#define LSR     5
#define SCRATCH 7

#define LCR_8N1      0x03
#define LCR_DLAB     0x80
#define LSR_READY    0x01
#define LSR_TX_EMPTY 0x20
#define FIFO_BYTES   16
/* Port reads, about 1 us each: many times the 1.4 ms of 16 bytes at 115200. */
#define SPIN_LIMIT   20000

static uint16_t base;
static unsigned room; /* bytes the transmit FIFO surely takes */
static bool stuck;    /* it did not drain last time: do not wait again */

uint16_t uart_port(void)
{
    return base;
}

void uart_init(uint16_t port, uint32_t baud)
{
    outb(port + SCRATCH, 0x5a);
    if (inb(port + SCRATCH) != 0x5a)
        return;
    outb(port + IER, 0);
    if (baud) {
        uint32_t divisor = max(115200 / baud, 1u);
        outb(port + LCR, LCR_DLAB | LCR_8N1);
        outb(port + DATA, (uint8_t)divisor);
        outb(port + IER, (uint8_t)(divisor >> 8));
    }
    outb(port + LCR, LCR_8N1);
    outb(port + FCR, 0x07); /* FIFOs on and empty, interrupt at one byte */
    outb(port + MCR, 0x0b); /* DTR, RTS, OUT2: lets the interrupt out */
    base = port;
}

void uart_putc(char c)
{
    if (!base)
        return;
    if (!room) {
        unsigned spins = stuck ? 1 : SPIN_LIMIT;
        while (!(inb(base + LSR) & LSR_TX_EMPTY) && --spins)
            cpu_pause();
        stuck = !spins;
        if (stuck)
            return;
        room = FIFO_BYTES;
    }
    outb(base + DATA, (uint8_t)c);
    room--;
}

/* -1: nothing came in */
static int uart_getc(void)
{
    return base && (inb(base + LSR) & LSR_READY) ? inb(base + DATA) : -1;
}

static void rx_interrupt(void)
{
    int c;
    for (unsigned n = 0; n < 256 && (c = uart_getc()) >= 0; n++)
        console_input((char)c);
}

void uart_enable_rx(void)
{
    unsigned irq = base == 0x2f8 || base == 0x2e8 ? 3 : 4;
    if (!base)
        return;
    if (irq_own_isa(irq, rx_interrupt)) {
        log_warn("Console: interrupt %u is not available, no input\n", irq);
        return;
    }
    outb(base + IER, 1);
    rx_interrupt(); /* what came before does not interrupt again */
}

void arch_putc(char c)
{
    if (c == '\n')
        uart_putc('\r');
    uart_putc(c);
}
