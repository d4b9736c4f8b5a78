/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hypercall of hypercall.def and every command number, with arguments made of a few patterns:
 * addresses that are good wherever they are used as one, large counts, small numbers.  Most
 * are refused; those that are not must not run away.
 */
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/budget.h>

#include "host.h"
#include "meter.h"

static const struct {
    const char *name;
    unsigned nr, nargs;
} calls[] = {
#define HCALL(name, nr, who, ...) {#name, nr, HCALL_COUNT(__VA_ARGS__)},
#include <hv/hypercall.def>
#undef HCALL
};

/* The arena's beginning: each word an address in it, or all of them one number. */
static void fill(unsigned pattern)
{
    uint64_t *w = (uint64_t *)arena;

    for (unsigned i = 0; i < (256 << 10) / 8; i++)
        w[i] = pattern == 0   ? (uint64_t)arena + 4096
               : pattern == 1 ? 0
               : pattern == 2 ? 1
                              : DOMID_SELF;
}

static const struct domain *guest;

/* domctl and sysctl begin with their command and the version of the interface. */
static void head(unsigned nr, unsigned cmd)
{
    uint32_t *w = (uint32_t *)arena;

    if (nr == __HYPERVISOR_domctl)
        w[0] = cmd, w[1] = XEN_DOMCTL_INTERFACE_VERSION, w[2] = guest->id;
    if (nr == __HYPERVISOR_sysctl)
        w[0] = cmd, w[1] = XEN_SYSCTL_INTERFACE_VERSION;
}

/* How many command numbers there are to try; those beyond are all refused alike. */
static unsigned commands(unsigned nr)
{
    switch (nr) {
    case __HYPERVISOR_domctl:
        return 90;
    case __HYPERVISOR_multicall: /* the first element is any call */
        return HCALL_MAX;
    case __HYPERVISOR_memory_op:
    case __HYPERVISOR_grant_table_op:
    case __HYPERVISOR_vcpu_op:
    case __HYPERVISOR_sched_op:
    case __HYPERVISOR_event_channel_op:
    case __HYPERVISOR_xen_version:
    case __HYPERVISOR_vm_assist:
    case __HYPERVISOR_console_io:
    case __HYPERVISOR_mmuext_op:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_hypfs_op:
        return 30;
    default:
        return 2; /* has no command, or is the machine's and absent here */
    }
}

static bool ends_the_machine(unsigned nr, unsigned cmd)
{
    return (nr == __HYPERVISOR_sched_op && cmd == SCHEDOP_shutdown) ||
           (nr == __HYPERVISOR_sched_op && cmd == SCHEDOP_remote_shutdown) ||
           (nr == __HYPERVISOR_vcpu_op && cmd == VCPUOP_down) ||
           (nr == __HYPERVISOR_sysctl && cmd == XEN_SYSCTL_debug_keys); /* audits, by a developer */
}

static void one(unsigned i, unsigned cmd, unsigned pattern)
{
    const uint64_t p = (uint64_t)arena, count = 100000;
    struct hypercall h = {calls[i].name, calls[i].nr, {cmd, p, count, DOMID_SELF, 0}, NULL};
    char name[64];

    switch (h.nr) {
    case __HYPERVISOR_mmu_update:
    case __HYPERVISOR_mmuext_op:
    case __HYPERVISOR_multicall:
    case __HYPERVISOR_set_gdt:
        h.a[0] = p, h.a[1] = cmd ? count : 14 * 512, h.a[2] = 0, h.a[3] = DOMID_SELF;
        break;
    case __HYPERVISOR_console_io:
        h.a[1] = count, h.a[2] = p;
        break;
    case __HYPERVISOR_vcpu_op:
        h.a[1] = 0, h.a[2] = p;
        break;
    case __HYPERVISOR_domctl:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_platform_op:
        h.a[0] = p;
        break;
    }
    snprintf(name, sizeof(name), "%s %u pattern %u", calls[i].name, cmd, pattern);
    h.name = name;
    struct vcpu *cur = meter_world(800);
    cr_assert(guest = world_guest(cur, 1, 4));
    fill(pattern);
    head(h.nr, cmd);
    if (h.nr == __HYPERVISOR_multicall || h.nr == __HYPERVISOR_mmuext_op)
        *(uint64_t *)arena = cmd; /* of the first element */
    (void)meter_run(cur, &h);
}

Test(sweep, every_command_of_every_hypercall)
{
    cr_assert(meter_world(800));
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        for (unsigned cmd = 0; cmd < commands(calls[i].nr); cmd++)
            for (unsigned pattern = 0; pattern < 4; pattern++)
                if (!ends_the_machine(calls[i].nr, cmd))
                    one(i, cmd, pattern);
    }
}
