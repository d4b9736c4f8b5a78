/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl: what it refuses, and that it writes no more than it was told there is room for. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/frame.h>

#include "host.h"
#include "world.h"

Test(sysctl, interface_version)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo};

    for (int off = -1; off <= 1; off++) {
        op.interface_version = XEN_SYSCTL_INTERFACE_VERSION + (uint32_t)off;
        cr_expect_eq(op_sysctl(cur, GVA((uint64_t)&op)), off ? -XEN_EACCES : 0, "version %+d", off);
    }
    cr_expect_eq(op_sysctl(cur, GVA(0)), -XEN_EFAULT);
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

/* What the console's ring has since `from`; its end becomes the new one. */
static const char *said(struct vcpu *cur, uint32_t *from)
{
    static char text[4096];
    struct xen_sysctl op = {0};

    op.u.readconsole.incremental = 1;
    op.u.readconsole.index = *from;
    op.u.readconsole.buffer.p = text;
    op.u.readconsole.count = sizeof(text) - 1;
    cr_assert_eq(world_sysctl(cur, &op, XEN_SYSCTL_readconsole), 0);
    text[op.u.readconsole.count] = 0;
    *from = op.u.readconsole.index;
    return text;
}

Test(sysctl, debug_keys_say_what_they_did)
{
    struct vcpu *cur = world_start(2);
    static const struct {
        char key;
        const char *says[3];
    } keys[] = {{'h', {"keys: a: audit", "q: domains", "R: reboot"}},
                {'a', {"audit: scheduler 0"}},
                {'q', {"d0: pages ", "d1: pages 3 of 3, dying 0", "  v1: CPU "}},
                {'z', {"'z' is not known"}}};
    uint32_t at = 0;

    world_guest(cur, 2, 3);
    said(cur, &at);
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        struct xen_sysctl op = {0};
        char key = keys[i].key;
        op.u.debug_keys.keys.p = &key;
        op.u.debug_keys.nr_keys = 1;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_debug_keys), 0);
        const char *text = said(cur, &at);
        for (unsigned j = 0; j < 3 && keys[i].says[j]; j++)
            cr_expect(strstr(text, keys[i].says[j]), "%c: no '%s' in: %s", key, keys[i].says[j],
                      text);
    }
}

Test(sysctl, cpus_and_their_places)
{
    struct vcpu *cur = world_start(3);
    struct xen_sysctl op = {0};
    xen_sysctl_cputopo_t place[4];
    xen_sysctl_cpuinfo_t busy[4];

    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cputopoinfo), 0);
    cr_expect_eq(op.u.cputopoinfo.num_cpus, 3, "how many would it be?");
    for (uint32_t room = 1; room <= 4; room++) {
        memset(place, 0xee, sizeof(place));
        memset(busy, 0xee, sizeof(busy));
        op.u.cputopoinfo.num_cpus = room;
        op.u.cputopoinfo.cputopo.p = place;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cputopoinfo), 0);
        cr_expect_eq(op.u.cputopoinfo.num_cpus, min(room, 3u));
        op.u.getcpuinfo.max_cpus = room;
        op.u.getcpuinfo.info.p = busy;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getcpuinfo), 0);
        cr_expect_eq(op.u.getcpuinfo.nr_cpus, min(room, 3u));
        for (uint32_t i = 0; i < 4; i++) {
            cr_expect_eq(place[i].core, i < min(room, 3u) ? i : 0xeeeeeeee);
            cr_expect_eq(busy[i].idletime == 0xeeeeeeeeeeeeeeee, i >= min(room, 3u));
        }
    }
    op.u.cputopoinfo.cputopo.p = (void *)0xffff800000000000;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cputopoinfo), -XEN_EFAULT);
    op.u.getcpuinfo.max_cpus = 1;
    op.u.getcpuinfo.info.p = (void *)0xffff800000000000;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getcpuinfo), -XEN_EFAULT);
}

Test(sysctl, one_node)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {0};
    struct xen_sysctl_numainfo *n = &op.u.numainfo;
    xen_sysctl_meminfo_t memory = {0};
    uint32_t distance = 0;

    n->meminfo.p = &memory;
    n->distance.p = &distance;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_numainfo), 0);
    cr_expect_eq(n->num_nodes, 1);
    cr_expect_eq(memory.memsize, 0, "there was room for none");
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_numainfo), 0);
    cr_expect_eq(memory.memsize, frame_total_count() * PAGE_SIZE);
    cr_expect_eq(memory.memfree, frame_free_count() * PAGE_SIZE);
    cr_expect_eq(distance, 10);
    n->meminfo.p = (void *)0xffff800000000000;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_numainfo), -XEN_EFAULT);
    n->meminfo.p = NULL;
    n->distance.p = (void *)0xffff800000000000;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_numainfo), -XEN_EFAULT);
}

Test(sysctl, one_pool_one_scheduler)
{
    struct vcpu *cur = world_start(2);
    struct xen_sysctl op = {0};
    struct xen_sysctl_cpupool_op *p = &op.u.cpupool_op;
    uint8_t map[2] = {0xff, 0xff};

    *p = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO};
    p->cpumap.nr_bits = 16, p->cpumap.bitmap.p = map;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), 0);
    cr_expect_eq(map[0] | map[1], 0, "no CPU is in no pool");
    for (uint32_t pool = 0; pool < 2; pool++) {
        *p = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN,
                                            .cpupool_id = pool};
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), pool ? -XEN_ENOENT : 0);
    }
    p->op = XEN_SYSCTL_CPUPOOL_OP_CREATE;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), -XEN_EOPNOTSUPP);
    memset(&op, 0, sizeof(op));
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT;
    op.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_scheduler_op), 0);
    cr_expect_eq(op.u.scheduler_op.u.sched_credit.tslice_ms, 10);
    op.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_scheduler_op), -XEN_EOPNOTSUPP);
    op.u.scheduler_op.cpupool_id = 1;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_sched_id), 0);
    cr_expect_eq(op.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_availheap), 0);
    cr_expect_eq(op.u.availheap.avail_bytes, frame_free_count() * PAGE_SIZE);
    op.u.getdomaininfolist.first_domain = 0;
    op.u.getdomaininfolist.max_domains = 1;
    op.u.getdomaininfolist.buffer.p = (void *)0xffff800000000000;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getdomaininfolist), -XEN_EFAULT);
}

static long hotplug(struct vcpu *cur, uint32_t what, uint32_t cpu)
{
    struct xen_sysctl op = {0};

    op.u.cpu_hotplug.op = what;
    op.u.cpu_hotplug.cpu = cpu;
    return world_sysctl(cur, &op, XEN_SYSCTL_cpu_hotplug);
}

Test(sysctl, cpu_hotplug)
{
    enum { ON = XEN_SYSCTL_CPU_HOTPLUG_ONLINE, OFF = XEN_SYSCTL_CPU_HOTPLUG_OFFLINE };
    struct vcpu *cur = world_start(2);
    struct xen_sysctl op = {0};
    const uint32_t cpus = arch_cpu_count();

    cr_expect_eq(hotplug(cur, OFF, 0), -XEN_EINVAL, "the first stays");
    cr_expect_eq(hotplug(cur, OFF, cpus), -XEN_EINVAL);
    cr_expect_eq(hotplug(cur, ON, cpus), -XEN_EINVAL);
    cr_expect_eq(hotplug(cur, OFF, 64 + 1), -XEN_EINVAL);
    cr_expect_eq(hotplug(cur, ON, 1), -XEN_EEXIST);
    cr_expect_eq(hotplug(cur, XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE, 1), -XEN_EOPNOTSUPP);
    cr_expect_eq(hotplug(cur, 4, 1), -XEN_EOPNOTSUPP);
    cr_expect_eq(online_cpus(), all_cpus(), "nothing has changed");
    cr_expect_eq(hotplug(cur, OFF, 1), 0);
    cr_expect_eq(online_cpus(), all_cpus() & ~CPUSET(1));
    cr_expect_eq(hotplug(cur, OFF, 1), -XEN_EEXIST);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_physinfo), 0);
    cr_expect_eq(op.u.physinfo.nr_cpus, cpus - 1);
    cr_expect_eq(op.u.physinfo.max_cpu_id, cpus - 1);
    cr_expect_eq(hotplug(cur, ON, 1), 0);
    cr_expect_eq(online_cpus(), all_cpus());
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_physinfo), 0);
    cr_expect_eq(op.u.physinfo.nr_cpus, cpus);
}
