/* SPDX-License-Identifier: BSD-2-Clause */
/* The simple modes: waiting, working, misbehaving. */
#include "guest.h"
#include <front/blkfront.h>
#include <front/boot.h>
#include <front/console.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

/* A piece of work of constant size, so that counts compare between guests. */
static void work(void)
{
    for (unsigned i = 0; i < 100000; i++)
        asm volatile("");
}

void mode_idle(void)
{
    char typed[16];
    size_t n;

    env_log("mini: idle");
    evtchn_irq_restore(false);
    for (;;) {
        if (boot_is_dom0()) {
            bool masked = env_irq_save();

            env_wait(env_now() + SECOND);
            env_irq_restore(masked);
        } else {
            guest_poll(env_now() + SECOND);
        }
        while ((n = console_read(typed, sizeof(typed))))
            console_write(typed, n); /* echo: proves input */
    }
}

void mode_spin(void)
{
    env_log("mini: spin");
    evtchn_irq_restore(false);
    for (;;) {
        for (int i = 0; i < 100; i++)
            work();
        guest_poll(0);
    }
}

void mode_count(void)
{
    uint64_t every = guest_number("every", 1000) * 1000000, next = env_now() + every, done = 0;

    evtchn_irq_restore(false);
    for (;;) {
        work();
        done++;
        if (env_now() < next)
            continue;
        env_log("count %lu at %lu ms", done, env_now() / 1000000);
        next += every;
        guest_poll(0);
    }
}

/* So that a disk's back-end has somebody to serve, too. */
static void read_disk(void)
{
    static struct blkfront b;
    static aligned_page uint8_t page[PAGE_SIZE];
    struct blk_request r = {.op = BLKIF_OP_READ, .pages = 1, .page = {page}};

    if (!blkfront_open(&b, 0) && !blkfront_do(&b, &r))
        env_log("mini: read a disk of %lu sectors", b.sectors);
}

void mode_ping(void)
{
    static struct netfront nic;
    struct ip_host h;
    uint16_t seq = 0;

    if (!guest_network(&nic, &h)) {
        env_log("mini: ping needs a NIC and ip=");
        boot_shutdown(SHUTDOWN_poweroff);
    }
    env_log("mini: network up");
    read_disk();
    evtchn_irq_restore(false);
    for (;;) {
        uint64_t next = env_now() + SECOND;

        if (h.peer && (h.peer_known || !ip_resolve(&h, SECOND))) {
            long rtt = ip_ping(&h, ++seq, 56, SECOND);

            if (rtt < 0)
                env_log("ping %u: lost", seq);
            else
                env_log("ping %u: %ld us", seq, rtt / 1000);
        }
        while (env_now() < next) {
            netfront_wait(&nic, next);
            ip_poll(&h);
        }
        guest_poll(0);
    }
}

void mode_halt(void)
{
    boot_shutdown(SHUTDOWN_poweroff);
}

/* A fault whose frame cannot be written: the hypervisor must crash this domain, and only it. */
void mode_triplefault(void)
{
    env_log("mini: now a fault without a stack");
    asm volatile("xor %%esp, %%esp; ud2" ::: "memory");
    __builtin_unreachable();
}

void mode_cli_spin(void)
{
    env_log("mini: spinning with events masked");
    evtchn_irq_save();
    for (;;)
        work();
}
