/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16550 UART (National PC16550D data sheet), and the console part of hv/arch.h.  What is to go out
 * waits in a queue that the transmitter's interrupt empties, 16 bytes a time: nobody waits for the
 * line with interrupts off, which at 115200 baud would be 87 us a byte.  Only before interrupts
 * work and at the end does uart_putc wait itself.
 */
#include <hv/arch.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/lock.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/uart.h>
#include <asm/vga.h>

#define DATA    0 /* divisor low with LCR_DLAB */
#define IER     1 /* divisor high with LCR_DLAB */
#define IIR     2 /* read */
#define FCR     2 /* write */
#define LCR     3
#define MCR     4
#define LSR     5
#define SCRATCH 7

#define IER_RX       0x01
#define IER_TX       0x02
#define IIR_NONE     0x01
#define LCR_8N1      0x03
#define LCR_DLAB     0x80
#define LSR_READY    0x01
#define LSR_TX_EMPTY 0x20
#define FIFO_BYTES   16
/* Port reads, about 1 us each: many times the 1.4 ms of 16 bytes at 115200. */
#define SPIN_LIMIT 20000
#define QUEUE_SIZE (16u << 10)
/* A line that took nothing for so long is not there: 16 bytes at 300 baud take half of it. */
#define STUCK_AFTER SECONDS(1)

static uint16_t base;
static struct spinlock tx_lock = {.rank = LOCK_TX};
static unsigned ending = ENDING_NOBODY; /* CPU that ends the machine */
static char queue[QUEUE_SIZE] GUARDED_BY(tx_lock);
/* free-running: oldest byte, behind the newest */
static uint32_t first GUARDED_BY(tx_lock), end GUARDED_BY(tx_lock);
static unsigned fifo_room GUARDED_BY(tx_lock); /* bytes the transmit FIFO surely takes */
static bool interrupts GUARDED_BY(tx_lock);    /* they empty the queue */
static bool stuck GUARDED_BY(tx_lock);         /* it did not drain last time: do not wait again */
static uint8_t enabled GUARDED_BY(tx_lock);    /* IER */
/* when a byte last left the queue, or came into an empty one */
static s_time_t progress GUARDED_BY(tx_lock);

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

/* Bytes in the queue.  A CPU that ends the machine takes no lock: `first` may be one beyond for
 * that. */
static uint32_t queued(void) REQUIRES(tx_lock)
{
    return (int32_t)(end - first) > 0 ? end - first : 0;
}

/* What the FIFO takes at once, and no more than twice its size: a bounded time with the lock
 * held. */
static void send_some(void) REQUIRES(tx_lock)
{
    for (unsigned n = 0; queued() && n < 2 * FIFO_BYTES; n++) {
        if (!fifo_room && inb(base + LSR) & LSR_TX_EMPTY)
            fifo_room = FIFO_BYTES;
        if (!fifo_room)
            break;
        outb(base + DATA, (uint8_t)queue[first++ % QUEUE_SIZE]);
        fifo_room--;
        stuck = false;
    }
}

static void enable(uint8_t ier) REQUIRES(tx_lock)
{
    if (interrupts && ier != enabled)
        outb(base + IER, enabled = ier);
}

static void send_all(void) REQUIRES(tx_lock)
{
    while (queued()) {
        unsigned spins = stuck ? 1 : SPIN_LIMIT;

        while (!fifo_room && !(inb(base + LSR) & LSR_TX_EMPTY) && --spins)
            cpu_pause();
        if (!spins) {
            stuck = true;
            first = end;
            return;
        }
        send_some();
    }
}

/* Sends what can go now; the rest goes by interrupt. */
static void pump(void) REQUIRES(tx_lock)
{
    uint32_t before = first;

    if (!interrupts) {
        send_all();
        return;
    }
    send_some();
    if (first != before) {
        progress = arch_now();
    } else if (first != end && arch_now() - progress > STUCK_AFTER) {
        stuck = true;
        first = end;
    }
    enable(first == end ? IER_RX : IER_RX | IER_TX);
}

static void put(char c) REQUIRES(tx_lock)
{
    if (queued() == QUEUE_SIZE || (stuck && !(inb(base + LSR) & LSR_TX_EMPTY)))
        return;
    if (first == end && interrupts)
        progress = arch_now();
    queue[end++ % QUEUE_SIZE] = c;
}

void uart_write(const char *s, size_t n)
{
    if (!base)
        return;
    lock_unless(&tx_lock, ending);
    for (; n--; s++) {
        if (*s == '\n')
            put('\r');
        put(*s);
        if (!interrupts)
            send_all();
    }
    pump();
    unlock_unless(&tx_lock, ending);
}

size_t uart_room(void)
{
    size_t room = QUEUE_SIZE;

    if (base) {
        lock_unless(&tx_lock, ending);
        pump();
        room -= queued();
        unlock_unless(&tx_lock, ending);
    }
    return room / 2; /* each may be a line feed */
}

/* Whoever ends the machine takes no lock. */
void uart_sync(void) NO_THREAD_SAFETY_ANALYSIS
{
    ending = arch_cpu();
    interrupts = false;
    if (base) {
        outb(base + IER, 0);
        send_all();
    }
}

/* -1: nothing came in */
static int uart_getc(void)
{
    return base && (inb(base + LSR) & LSR_READY) ? inb(base + DATA) : -1;
}

/* The line's interrupt is an edge: until no cause is left, or the next would be missed. */
static void interrupt(void)
{
    int c;

    for (unsigned n = 0; n < 256 && !(inb(base + IIR) & IIR_NONE); n++) {
        for (unsigned i = 0; i < FIFO_BYTES && (c = uart_getc()) >= 0; i++)
            console_input((char)c);
        lock(&tx_lock);
        pump();
        unlock(&tx_lock);
    }
}

void uart_enable_interrupt(void)
{
    unsigned irq = base == 0x2f8 || base == 0x2e8 ? 3 : 4;
    if (!base)
        return;
    if (irq_own_isa(irq, interrupt)) {
        log_warn("Console: interrupt %u is not available, no input\n", irq);
        return;
    }
    lock(&tx_lock);
    interrupts = true;
    enable(IER_RX);
    unlock(&tx_lock);
    for (int c; (c = uart_getc()) >= 0;) /* what came before does not interrupt again */
        console_input((char)c);
}

void arch_console_write(const char *s, size_t n)
{
    uart_write(s, n);
    vga_write(s, n);
}

size_t arch_console_room(void)
{
    return uart_room();
}

void arch_console_sync(void)
{
    uart_sync();
}
