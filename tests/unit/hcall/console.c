/* SPDX-License-Identifier: BSD-2-Clause */
/* The console ring as `xm dmesg` reads it, and console_io. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <criterion/criterion.h>

#include "host.h"
#include "world.h"

static char text[64 << 10];

/* Reads the ring from `index` (~0: from its start); the number of bytes, text terminated. */
static uint32_t read_ring(struct vcpu *cur, uint32_t *index, uint32_t size, bool clear)
{
    struct xen_sysctl op = {0};

    op.u.readconsole.incremental = *index != ~0u;
    op.u.readconsole.index = *index == ~0u ? 0 : *index;
    op.u.readconsole.clear = clear;
    op.u.readconsole.buffer.p = text;
    op.u.readconsole.count = size;
    cr_assert_eq(world_sysctl(cur, &op, XEN_SYSCTL_readconsole), 0);
    text[op.u.readconsole.count] = 0;
    *index = op.u.readconsole.index;
    return op.u.readconsole.count;
}

Test(console, ring)
{
    struct vcpu *cur = world_start(1);
    uint32_t index = ~0u;

    console_write("one\n", 4);
    read_ring(cur, &index, sizeof(text) - 1, true);
    cr_expect_str_eq(text + strlen(text) - 4, "one\n");
    index = ~0u;
    cr_expect_eq(read_ring(cur, &index, 100, false), 0, "cleared");
    console_write("two\n", 4);
    cr_expect_eq(read_ring(cur, &index, 2, false), 2);
    cr_expect_str_eq(text, "tw");
    cr_expect_eq(read_ring(cur, &index, 100, false), 2, "goes on where it was");
    cr_expect_str_eq(text, "o\n");
    index = ~0u;
    cr_expect_eq(read_ring(cur, &index, 100, false), 4, "not cleared");
}

/* The oldest is lost, and a reader that was overtaken goes on with what is left. */
Test(console, overflow)
{
    struct vcpu *cur = world_start(1);
    uint32_t index = ~0u, late;

    read_ring(cur, &index, sizeof(text) - 1, true);
    late = index;
    for (unsigned i = 0; i < 5000; i++)
        console_write("0123456789\n", 11);
    cr_expect_eq(read_ring(cur, &late, sizeof(text) - 1, false), 32 << 10);
    cr_expect_str_eq(text + strlen(text) - 11, "0123456789\n");
}

/* A reader that asks for text that has been overwritten gets the oldest that is left, once. */
Test(console, overtaken_reader)
{
    struct vcpu *cur = world_start(1);
    uint32_t index = ~0u, late;

    console_write("gone\n", 5);
    read_ring(cur, &index, 1, false);
    late = index;
    for (unsigned i = 0; i < (32u << 10) / 8; i++)
        console_write("1234567\n", 8);
    cr_expect_eq(read_ring(cur, &late, sizeof(text) - 1, false), 32 << 10, "no byte twice");
    cr_expect_null(strstr(text, "gone"));
    cr_expect_eq(strncmp(text, "1234567\n", 8), 0);
}

#define PAGES 32
static char *reader_buf;
static unsigned said_lines;

static void say_lines(unsigned n)
{
    char line[16];

    while (n--)
        console_write(line, (size_t)snprintf(line, sizeof(line), "%07u\n", said_lines++));
}

/* The reader touches its second page: meanwhile the whole ring is written anew. */
static void overtake(int sig)
{
    (void)sig;
    mprotect(reader_buf, PAGES * 4096, PROT_READ | PROT_WRITE);
    say_lines(5000);
}

Test(console, overtaken_while_reading)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {0};
    unsigned last = 0, lines = 0;

    reader_buf =
        mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(reader_buf + 4096, 4096, PROT_NONE);
    signal(SIGSEGV, overtake);
    say_lines(5000);
    op.u.readconsole.buffer.p = reader_buf;
    op.u.readconsole.count = PAGES * 4096;
    cr_assert_eq(world_sysctl(cur, &op, XEN_SYSCTL_readconsole), 0);
    cr_assert_eq(said_lines, 10000);
    for (const char *c = reader_buf; c < reader_buf + op.u.readconsole.count; c += 8, lines++) {
        unsigned number = (unsigned)atoi(c);

        cr_assert_gt(number, last, "line %u after %u", number, last);
        last = number;
    }
    cr_expect_eq(lines, 4096, "as much as the ring holds: %u", lines);
    cr_expect(
        last >= 10000 - 528 - 1 && last < 10000 - 512,
        "what was read before (by chunks of 16 lines), then from where the new ring begins: %u",
        last);
}

/* What did get to the line before it was full is not written again. */
Test(console, a_line_that_fills_up_half_way)
{
    struct vcpu *cur = world_start(1);
    const size_t before = host_log.console_written;

    memset(text, 'x', 1000);
    host_log.console_end = before + 300; /* full after three pieces of 128 */
    cr_expect_eq(op_console_io(cur, CONSOLEIO_write, 1000, GVA((uint64_t)text)),
                 __HYPERVISOR_console_io, "a continuation");
    cr_expect_eq(host_log.console_written, before + 384);
    cr_expect_eq(cur->arch.restart_args[1], 1000 - 384, "for what is left");
    cr_expect_eq(cur->arch.restart_args[2], (uint64_t)text + 384);
    host_log.console_end = 0;
}

/* Nobody waits for the serial line: a message that has no room is lost there, and said to be; the
 * control domain's text comes again. */
Test(console, line_without_room)
{
    struct vcpu *cur = world_start(1);
    uint32_t index = ~0u;
    size_t before = host_log.console_written;

    read_ring(cur, &index, sizeof(text) - 1, true);
    host_log.console_full = true;
    console_write("one\n", 4);
    cr_expect_eq(host_log.console_written, before);
    cr_expect_eq(op_console_io(cur, CONSOLEIO_write, 4, GVA((uint64_t) "text")),
                 __HYPERVISOR_console_io, "a continuation");
    cr_expect_eq(cur->arch.restart_nr, __HYPERVISOR_console_io);
    cr_expect_eq(cur->arch.restart_args[1], 4);
    cr_expect_eq(host_log.console_written, before);
    host_log.console_full = false;
    cr_expect_eq(op_console_io(cur, CONSOLEIO_write, 4, GVA((uint64_t) "text")), 0);
    cr_expect_eq(host_log.console_written, before + 4);
    console_write("two\n", 4);
    cr_expect_gt(host_log.console_written, before + 8, "with a note of what was lost");
    index = ~0u;
    read_ring(cur, &index, sizeof(text) - 1, true);
    cr_expect_str_eq(text, "one\ntwo\n", "the ring has it all");
}

Test(console, input_goes_to_the_control_domain)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    char buf[200] = "";

    for (unsigned i = 0; i < 150; i++)
        console_input((char)('a' + i % 26));
    cr_expect_eq(op_console_io(d->vcpu[0], CONSOLEIO_read, 10, GVA((uint64_t)buf)), -XEN_EPERM);
    cr_expect_eq(op_console_io(cur, CONSOLEIO_read, 3, GVA((uint64_t)buf)), 3);
    cr_expect_str_eq(buf, "abc");
    cr_expect_eq(op_console_io(cur, CONSOLEIO_read, 200, GVA((uint64_t)buf)), 125, "bounded");
    cr_expect_eq(op_console_io(cur, CONSOLEIO_read, 200, GVA((uint64_t)buf)), 0);
    cr_expect_eq(op_console_io(cur, 9, 0, GVA(0)), -XEN_ENOSYS);
}

/* A guest's text is one rate-limited message a write, and cannot forge lines or control a terminal.
 */
Test(console, guest_output)
{
    struct vcpu *cur = world_start(1);
    struct vcpu *guest = world_guest(cur, 1, 1)->vcpu[0];
    const char evil[] = "a\033[2J\n(XEN) lie\302\2332J\200\237\177\n";
    uint32_t index = ~0u;

    cmdline_parse("guest_loglvl=none/warning");
    read_ring(cur, &index, sizeof(text) - 1, true);
    cr_expect_eq(op_console_io(guest, CONSOLEIO_write, sizeof(evil) - 1, GVA((uint64_t)evil)), 0);
    index = ~0u;
    read_ring(cur, &index, sizeof(text) - 1, true);
    cr_expect(strstr(text, "says: a.[2J.(XEN) lie..2J..."));
    for (const char *c = text; *c; c++)
        cr_expect((*c >= ' ' && *c <= '~') || *c == '\n', "byte %x", (unsigned char)*c);
    cr_expect_null(strchr(text, 033));
    cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1);
    for (unsigned i = 0; i < 1000; i++)
        op_console_io(guest, CONSOLEIO_write, sizeof(evil) - 1, GVA((uint64_t)evil));
    index = ~0u;
    cr_expect_lt(read_ring(cur, &index, sizeof(text) - 1, true), 800);
    cr_expect_eq(op_console_io(cur, CONSOLEIO_write, 10, GVA(0)), -XEN_EFAULT);
}

/* No guest uses up what others may say, nor what the hypervisor may. */
Test(console, budgets)
{
    struct vcpu *cur = world_start(1);
    struct vcpu *loud = world_guest(cur, 1, 1)->vcpu[0], *quiet = world_guest(cur, 1, 1)->vcpu[0];
    uint32_t index = ~0u;

    cmdline_parse("guest_loglvl=none/warning loglvl=none/all");
    read_ring(cur, &index, sizeof(text) - 1, true);
    for (unsigned i = 0; i < 100; i++)
        op_console_io(loud, CONSOLEIO_write, 4, GVA((uint64_t) "loud"));
    op_console_io(quiet, CONSOLEIO_write, 5, GVA((uint64_t) "quiet"));
    log_info("ourselves\n");
    index = ~0u;
    read_ring(cur, &index, sizeof(text) - 1, true);
    cr_expect(strstr(text, "d1 more messages suppressed"));
    cr_expect(strstr(text, "d2 says: quiet"));
    cr_expect(strstr(text, "ourselves"));
}
