/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's console: a ring that keeps the last messages for `xm dmesg`, the
 * serial line, and console_io.  The control domain's output goes to the line as it is; another
 * guest's is shown as a rate-limited message; input belongs to the control domain.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#define RING_SIZE  (32u << 10)
#define INPUT_SIZE 128u
#define CHUNK      128u

static struct spinlock console_lock; /* zero: free */
static _Atomic unsigned ending = ENDING_NOBODY; /* CPU that ends the machine */
static char ring[RING_SIZE];
static uint32_t ring_start, ring_end; /* free-running; the oldest byte kept, one after the newest */
static char input[INPUT_SIZE];
static uint32_t input_start, input_end;

static uint32_t lost; /* bytes of messages that the serial line had no room for */

/* A message reaches the line as a whole or not at all; it is in the ring anyway.  Nobody waits for the line. */
static void serial_message(const char *s, size_t n)
{
    char note[64];
    int len = 0;

    if (lost)
        len = hv_snprintf(note, sizeof(note), "(XEN) %u bytes did not get here\n", lost);
    if (arch_console_room() < (size_t)len + n) {
        lost += (uint32_t)n;
        return;
    }
    arch_console_write(note, (size_t)len);
    arch_console_write(s, n);
    lost = 0;
}

void console_write(const char *s, size_t n)
{
    lock_unless(&console_lock, ending);
    for (size_t i = 0; i < n; i++)
        ring[ring_end++ % RING_SIZE] = s[i];
    if (ring_end - ring_start > RING_SIZE)
        ring_start = ring_end - RING_SIZE;
    serial_message(s, n);
    unlock_unless(&console_lock, ending);
}

void console_start(void)
{
    char line[160];
    int n = hv_snprintf(line, sizeof(line), "(XEN) Hospes %s, command line: %.*s\n", hv_version,
                        100, cmdline_text);

    lock(&console_lock);
    for (uint32_t i = ring_start; i != ring_end; i++)
        arch_console_write(&ring[i % RING_SIZE], 1);
    unlock(&console_lock);
    console_write(line, (size_t)n); /* whatever the log level */
}

void console_force(void)
{
    unsigned nobody = ENDING_NOBODY;

    if (!atomic_compare_exchange_strong(&ending, &nobody, arch_cpu()) && nobody != arch_cpu())
        arch_halt(); /* another CPU has the last word */
    arch_console_sync();
}

void console_input(char c)
{
    lock(&console_lock);
    bool room = input_end - input_start < INPUT_SIZE;
    if (room)
        input[input_end++ % INPUT_SIZE] = c;
    unlock(&console_lock);
    if (room)
        domain_global_virq(VIRQ_CONSOLE);
}

long console_read_ring(struct xen_sysctl_readconsole *op)
{
    uint64_t to = (uint64_t)(uintptr_t)op->buffer.p;
    /* Messages that come meanwhile must not keep us here. */
    const uint32_t most = min(op->count, RING_SIZE);
    uint32_t index, done = 0, n;
    char chunk[CHUNK];

    budget_draw((int)RING_SIZE / 64); /* byte by byte */
    lock(&console_lock);
    index = ring_start;
    if (op->incremental && (int32_t)(op->index - index) > 0)
        index = op->index;
    unlock(&console_lock);
    do {
        lock(&console_lock);
        if ((int32_t)(ring_start - index) > 0)
            index = ring_start; /* overtaken by new messages */
        for (n = 0; n < CHUNK && done + n < most && (int32_t)(ring_end - index) > 0; n++)
            chunk[n] = ring[index++ % RING_SIZE];
        unlock(&console_lock);
        if (n && guest_write(to + done, chunk, n))
            return refuse(XEN_EFAULT);
        done += n;
    } while (n == CHUNK);
    if (op->clear) {
        lock(&console_lock);
        if ((int32_t)(index - ring_start) > 0 && (int32_t)(ring_end - index) >= 0)
            ring_start = index;
        unlock(&console_lock);
    }
    op->index = index;
    op->count = done;
    return 0;
}

/* Another guest's text: one message a write, dots for all that is not printable ASCII: 0x80 to 0x9f
 * command a terminal as well as escapes do. */
static void show_guest_text(struct domain *d, char *text, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
            text[i] = i + 1 == n && text[i] == '\n' ? ' ' : '.';
    }
    guest_log(d, LOG_WARNING, "says: %.*s", (int)n, text);
}

/* The control domain's text, which must not be lost: false if it has to come again. */
static bool serial_text(const char *s, size_t n)
{
    bool room;

    lock(&console_lock);
    room = arch_console_room() >= n;
    if (room)
        arch_console_write(s, n);
    unlock(&console_lock);
    return room;
}

static long console_io_write(struct vcpu *cur, uint64_t count, uint64_t buf)
{
    char chunk[CHUNK];

    for (uint32_t left = (uint32_t)count, n; left; left -= n, buf += n) {
        n = min(left, CHUNK);
        if (left != (uint32_t)count && budget_new_turn())
            return hcall_continue(cur, __HYPERVISOR_console_io, 3, (uint64_t)CONSOLEIO_write,
                                  (uint64_t)left, buf);
        if (guest_read(chunk, buf, n))
            return refuse(XEN_EFAULT);
        budget_draw(BUDGET_TURN); /* a serial line takes what it takes */
        if (!cur->domain->privileged) {
            show_guest_text(cur->domain, chunk, n);
            continue;
        }
        if (!serial_text(chunk, n))
            return hcall_continue(cur, __HYPERVISOR_console_io, 3, (uint64_t)CONSOLEIO_write,
                                  (uint64_t)left, buf);
    }
    return 0;
}

static long console_io_read(struct vcpu *cur, uint64_t count, uint64_t buf)
{
    char chunk[INPUT_SIZE];
    uint32_t n = 0;

    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    lock(&console_lock);
    while (n < (uint32_t)count && input_start != input_end)
        chunk[n++] = input[input_start++ % INPUT_SIZE];
    unlock(&console_lock);
    if (n && guest_write(buf, chunk, n))
        return refuse(XEN_EFAULT);
    return n;
}

long op_console_io(struct vcpu *cur, uint64_t cmd, uint64_t count, uint64_t buf)
{
    switch ((uint32_t)cmd) {
    case CONSOLEIO_write:
        return console_io_write(cur, count, buf);
    case CONSOLEIO_read:
        return console_io_read(cur, count, buf);
    default:
        return refuse(XEN_ENOSYS);
    }
}
