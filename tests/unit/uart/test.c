/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The serial line: nobody waits for it once interrupts work, nothing is lost or turned round while
 * there is room, a line that is not there is given up, and at the end what is queued still goes
 * out.
 */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/uart.h>

#include "../step.h"

#define PORT 0x3f8

static char out[64 << 10], in[64];
static unsigned out_len, fifo, polls, in_len, taken;
static uint8_t ier, scratch;
static bool dead, fast; /* fast: has sent what it got by the time it is asked */
static s_time_t now;
static void (*handler)(void);
_Thread_local unsigned host_cpu;

/* The test's 16550: 16 bytes of transmit FIFO that a drain() empties. */
uint8_t inb(uint16_t port)
{
    switch (port - PORT) {
    case 0:
        return (uint8_t)in[taken++];
    case 2: /* interrupt identification */
        if (ier & 1 && taken < in_len)
            return 4;
        return ier & 2 && !fifo && !dead ? 2 : 1;
    case 5:
        polls++;
        if (fast)
            fifo = 0;
        return (uint8_t)((fifo || dead ? 0 : 0x20) | (taken < in_len));
    case 7:
        return scratch;
    }
    return 0;
}

void outb(uint16_t port, uint8_t v)
{
    if (port == PORT) {
        cr_assert(fifo < 16 || fast, "the FIFO overruns");
        out[out_len++] = (char)v;
        fifo++;
    } else if (port == PORT + 1) {
        ier = v;
    } else if (port == PORT + 7) {
        scratch = v;
    }
}

/* The line takes what is in the FIFO, and interrupts if it may. */
static bool drain(void)
{
    bool some = fifo;

    fifo = 0;
    if (ier & 2)
        handler();
    return some;
}

int irq_own_isa(unsigned isa, void (*h)(void))
{
    cr_expect_eq(isa, 4);
    handler = h;
    return 0;
}

s_time_t arch_now(void)
{
    return now;
}

void arch_relax(void)
{
    cr_assert_fail("a lock is held for ever");
}

static char received[64];
void console_input(char c)
{
    received[strlen(received)] = c;
}

void hv_log(enum log_level level, const char *fmt, ...)
{
    (void)level;
    cr_expect_fail("%s", fmt);
}

static void setup(void)
{
    uart_init(PORT, 115200);
    out_len = fifo = 0;
    uart_enable_interrupt();
}
TestSuite(uart, .init = setup);

static char long_text[1000];

static void fill(void)
{
    for (unsigned i = 0; i < sizeof(long_text); i++)
        long_text[i] = (char)('a' + i % 26);
}

Test(uart, nobody_waits)
{
    fill();
    polls = 0;
    uart_write(long_text, sizeof(long_text));
    cr_expect_leq(out_len, 16);
    cr_expect_leq(polls, 3, "looks, but does not wait: %u", polls);
    while (drain())
        ;
    cr_expect_eq(out_len, sizeof(long_text));
    cr_expect_eq(memcmp(out, long_text, sizeof(long_text)), 0, "in order");
    cr_expect_not(ier & 2, "quiet when it is empty");
    uart_write("\n", 1);
    cr_expect_eq(memcmp(out + out_len - 2, "\r\n", 2), 0);
}

/* As much as uart_room() said goes through, and the rest is dropped, not mixed in. */
Test(uart, full)
{
    size_t room = uart_room();

    fill();
    cr_assert_geq(room, 8192);
    for (size_t left = room; left; left -= left < 1000 ? left : 1000)
        uart_write(long_text, left < 1000 ? left : 1000);
    cr_expect_lt(uart_room(), room);
    for (unsigned i = 0; i < 20; i++)
        uart_write(long_text, 1000);
    cr_expect_lt(uart_room(), 16);
    while (drain())
        ;
    cr_expect_geq(out_len, room);
    cr_expect_leq(out_len, (16 << 10) + 16);
    cr_expect_eq(uart_room(), room);
}

Test(uart, a_dead_line_is_given_up)
{
    size_t room = uart_room();

    fill();
    uart_write("0123456789abcdef", 16);
    dead = true;
    for (unsigned i = 0; i < 20; i++)
        uart_write(long_text, 1000);
    cr_expect_lt(uart_room(), 16);
    now += SECONDS(2);
    cr_expect_eq(uart_room(), room, "takes everything and drops it");
    uart_write(long_text, 1000);
    cr_expect_eq(uart_room(), room);
    dead = false;
    fifo = 0;
    uart_write("back", 4);
    cr_expect_eq(memcmp(out + out_len - 4, "back", 4), 0);
}

/* An idle line is not a dead one. */
Test(uart, long_silence)
{
    uart_write("0123456789abcdef", 16);
    now += SECONDS(100);
    uart_write("more", 4);
    while (drain())
        ;
    cr_expect_eq(out_len, 20);
}

Test(uart, input)
{
    strcpy(in, "hello");
    in_len = 5;
    fifo = 16;
    uart_write("waits", 5);
    handler();
    cr_expect_str_eq(received, "hello");
    fifo = 0;
    handler();
    cr_expect_eq(memcmp(out, "waits", 5), 0, "both causes of one interrupt");
}

Test(uart, the_end)
{
    fill();
    uart_write("x", 1);
    fifo = 0;
    uart_sync();
    uart_write("last words", 10);
    cr_expect_eq(memcmp(out + out_len - 10, "last words", 10), 0);
    dead = true;
    polls = 0;
    uart_write(long_text, 1000);

    cr_expect_leq(polls, 30000, "waits once, not for every byte");
    cr_expect_eq(ier, 0);
}

static void write_here(void)
{
    uart_write("here", 4);
}
/* Another CPU ends the machine while we may hold the line's lock. */
static void end_elsewhere(void)
{
    host_cpu = 1;
    uart_sync();
    for (unsigned i = 0; i < 3; i++)
        uart_write("end", 3);
    host_cpu = 0;
}

/* It waits for nobody, and leaves the lock as it was: those who hold it or wait for it go on. */
Test(uart, the_end_while_another_cpu_writes, .timeout = 60)
{
    unsigned n = 0;

    fast = true;
    do {
        out_len = 0;
        if (step_run(n, write_here, end_elsewhere)) {
            uart_write("more", 4);
            host_cpu = 1;
            uart_write("last", 4);
            host_cpu = 0;
            /* bytes may get lost or come twice where both were at the queue, but not many */
            cr_assert(out_len >= 9 && out_len < 60, "instruction %u: %u bytes", n, out_len);
        }
    } while (step_state.happened && (n += 3));
    cr_assert_gt(n, 20);
}
