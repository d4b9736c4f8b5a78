/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mini: a PV guest that boots in milliseconds.  Command line: one mode word and its options
 *   selftest [ip=A.B.C.D peer=A.B.C.D]   every front-end, results as TAP, then power-off
 *   idle | spin | halt                   wait for shutdown | use the CPU | power off at once
 *   count [every=MS]                     use the CPU, print its progress (scheduler weights)
 *   ping ip=A.B.C.D [peer=A.B.C.D]       answer ARP, ping and UDP echo; ping the peer each second
 *   triplefault | cli-spin               die badly | spin with events masked
 *   garbage [seed=N]                     random hypercalls, for ever
 */
#include "guest.h"
#include <front/boot.h>
#include <front/env.h>
#include <front/lib.h>
#include <xen/sched.h>

static const struct {
    const char *name;
    void (*run)(void);
} modes[] = {
    {"selftest", mode_selftest},
    {"idle", mode_idle},
    {"spin", mode_spin},
    {"count", mode_count},
    {"ping", mode_ping},
    {"halt", mode_halt},
    {"triplefault", mode_triplefault},
    {"cli-spin", mode_cli_spin},
    {"garbage", mode_garbage},
};

void kernel_main(void)
{
    size_t len;

    guest_init();
    env_log("mini: %lu KiB, domain %s, '%s'", boot_info->nr_pages * 4,
            boot_is_dom0() ? "0" : "unprivileged", (const char *)boot_info->cmd_line);
    for (unsigned i = 0; i < array_size(modes); i++)
        if (boot_option(modes[i].name, &len))
            modes[i].run();
    env_log("mini: no known mode on the command line; selftest");
    mode_selftest();
    boot_shutdown(SHUTDOWN_poweroff);
}
