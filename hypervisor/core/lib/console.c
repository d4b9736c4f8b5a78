/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's console: a ring that keeps the last messages for `xm dmesg`, and the serial
 * line. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#define RING_SIZE (32u << 10)
#define CHUNK     128u

static struct spinlock console_lock = {.rank = LOCK_CONSOLE}; /* zero: free */
static _Atomic unsigned ending = ENDING_NOBODY;               /* CPU that ends the machine */
static char ring[RING_SIZE] GUARDED_BY(console_lock);
/* free-running; the oldest byte kept, one after the newest */
static uint32_t ring_start GUARDED_BY(console_lock), ring_end GUARDED_BY(console_lock);
/* bytes of messages that the serial line had no room for */
static uint32_t lost GUARDED_BY(console_lock);

/* A message reaches the line as a whole or not at all; it is in the ring anyway.  Nobody waits for
 * the line. */
static void serial_message(const char *s, size_t n) REQUIRES(console_lock)
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

void console_start(const char *version)
{
    char line[160];
    int n = hv_snprintf(line, sizeof(line), "(XEN) Hospes %s, command line: %.*s\n", version, 100,
                        cmdline_text);

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

long console_read_ring(struct xen_sysctl_readconsole *op)
{
    gva_t to = GUEST_PTR(op->buffer);
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
        if (n && guest_write(gva_add(to, done), chunk, n))
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

bool console_text(const char *s, size_t n)
{
    bool room;

    lock(&console_lock);
    room = arch_console_room() >= n;
    if (room)
        arch_console_write(s, n);
    unlock(&console_lock);
    return room;
}
