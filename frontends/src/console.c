/* SPDX-License-Identifier: BSD-2-Clause */
/* Console front-end: two byte rings in one page. */
#include <front/boot.h>
#include <front/console.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <xen/io/console.h>

uint64_t console_patience = 200000000;

static struct xencons_interface *ring;
static evtchn_port_t port;

static void woken(evtchn_port_t p, void *arg)
{
    (void)p;
    (void)arg;
}

long console_init(void)
{
    if (boot_is_dom0())
        return 0;
    ring = env_map_mfn(boot_info->console.domU.mfn);
    if (!ring)
        return -EFAULT;
    port = boot_info->console.domU.evtchn;
    evtchn_set_handler(port, woken, NULL);
    boot_print_sink = console_write;
    return 0;
}

/* Waits until the ring holds at most `most` characters; false when `limit` has passed. */
static bool wait_room(XENCONS_RING_IDX most, uint64_t limit)
{
    while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) > most) {
        evtchn_send(port);
        if (env_now() > limit)
            return false;
        hc_sched_op(SCHEDOP_yield, NULL);
    }
    return true;
}

static bool put(char c, uint64_t limit)
{
    if (!wait_room(sizeof(ring->out) - 1, limit))
        return false;
    ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = c;
    __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
    return true;
}

void console_write(const char *text, size_t len)
{
    uint64_t limit = env_now() + console_patience;

    if (!ring) {
        hc_console_io(CONSOLEIO_write, (unsigned)len, text);
        return;
    }
    for (size_t i = 0; i < len; i++)
        if ((text[i] == '\n' && !put('\r', limit)) || !put(text[i], limit))
            break;
    evtchn_send(port);
}

void console_drain(void)
{
    if (ring)
        wait_room(0, env_now() + console_patience);
}

size_t console_read(char *buf, size_t size)
{
    size_t n = 0;

    if (!ring)
        return 0;
    while (n < size && __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE) != ring->in_cons) {
        buf[n++] = ring->in[MASK_XENCONS_IDX(ring->in_cons, ring->in)];
        __atomic_store_n(&ring->in_cons, ring->in_cons + 1, __ATOMIC_RELEASE);
    }
    if (n)
        evtchn_send(port);
    return n;
}
