/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl: what it refuses, and that it writes no more than it was told there is room for. */
#include <string.h>
#include <criterion/criterion.h>

#include "host.h"
#include "world.h"

Test(sysctl, interface_version)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo};

    for (int off = -1; off <= 1; off++) {
        op.interface_version = XEN_SYSCTL_INTERFACE_VERSION + (uint32_t)off;
        cr_expect_eq(op_sysctl(cur, (uint64_t)&op), off ? -XEN_EACCES : 0, "version %+d", off);
    }
    cr_expect_eq(op_sysctl(cur, 0), -XEN_EFAULT);
}

Test(sysctl, domain_list_of_exact_size)
{
    struct vcpu *cur = world_start(1);
    xen_domctl_getdomaininfo_t info[3];
    struct xen_sysctl op = {0};

    world_guest(cur, 1, 1);
    world_guest(cur, 2, 1);
    for (uint32_t room = 0; room <= 2; room++) {
        memset(info, 0xee, sizeof(info));
        op.u.getdomaininfolist.first_domain = 0;
        op.u.getdomaininfolist.max_domains = room;
        op.u.getdomaininfolist.buffer.p = info;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getdomaininfolist), 0);
        cr_expect_eq(op.u.getdomaininfolist.num_domains, room);
        cr_expect_eq(info[room].domain, 0xeeee, "nothing behind the room for %u", room);
    }
}

Test(sysctl, debug_keys)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {0};
    char keys[100];

    memset(keys, ' ', sizeof(keys));
    op.u.debug_keys.keys.p = keys;
    op.u.debug_keys.nr_keys = sizeof(keys);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_debug_keys), 0, "more than it takes at once");
    op.u.debug_keys.nr_keys = ~0u;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_debug_keys), 0);
    op.u.debug_keys.keys.p = NULL;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_debug_keys), -XEN_EFAULT);
}

Test(sysctl, nodes_of_pci_devices)
{
    struct vcpu *cur = world_start(1);
    physdev_pci_device_t devs[3] = {{0}};
    uint32_t nodes[4];
    struct xen_sysctl op = {0};

    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_pcitopoinfo), -XEN_EINVAL, "no arrays");
    op.u.pcitopoinfo.devs.p = devs;
    op.u.pcitopoinfo.nodes.p = nodes;
    for (uint32_t n = 0; n <= 3; n++) {
        memset(nodes, 0xee, sizeof(nodes));
        op.u.pcitopoinfo.num_devs = n;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_pcitopoinfo), 0);
        cr_expect_eq(op.u.pcitopoinfo.num_devs, n);
        for (uint32_t i = 0; i < 4; i++)
            cr_expect_eq(nodes[i], i < n ? XEN_INVALID_NODE_ID : 0xeeeeeeee, "%u of %u", i, n);
    }
    for (long at = 0; at < 2; at++) { /* after the read of op */
        host_fault_in = 1 + at;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_pcitopoinfo), -XEN_EFAULT);
        host_fault_in = -1;
    }
}
