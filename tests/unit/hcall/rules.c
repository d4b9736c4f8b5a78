/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that all hypercalls keep: a number from the guest bounds what is read, written and done;
 * what is written is nobody else's memory; what a caller may not do is refused whatever the rest.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <criterion/criterion.h>

#include <hv/budget.h>
#include "host.h"
#include "world.h"

static long call(struct vcpu *cur, unsigned nr, uint64_t a, uint64_t b, uint64_t c)
{
    return world_call(cur, nr, a, b, c, 0UL, 0UL);
}

Test(multicall, numbers_beyond_the_table)
{
    struct vcpu *cur = world_start(1);
    const uint64_t beyond[] = {HCALL_MAX, HCALL_MAX + 1, ~0UL, 1UL << 32 | __HYPERVISOR_xen_version,
                               1UL << 63};

    for (unsigned i = 0; i < ARRAY_SIZE(beyond); i++) {
        struct multicall_entry m = {.op = beyond[i], .result = 1};
        cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)&m, 1, 0), 0);
        cr_expect_eq((long)m.result, -XEN_ENOSYS, "%#lx", beyond[i]);
    }
}

/* Each entry runs once and in its turn, wherever the CPU looks for other work. */
Test(multicall, every_entry_once)
{
    struct vcpu *cur = world_start(1);
    struct multicall_entry m[20];
    uint64_t args[5] = {(uint64_t)m, 20};

    for (unsigned i = 0; i < 20; i++)
        m[i] = (struct multicall_entry){
            .op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}, .result = 1};
    host_turn(8 * BUDGET_OP);
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    cr_expect_eq(world_dispatch(cur, __HYPERVISOR_multicall, args), __HYPERVISOR_multicall);
    cr_expect_eq(cur->arch.restart_nr, __HYPERVISOR_multicall);
    uint64_t left = cur->arch.restart_args[1];
    cr_assert(left > 0 && left < 20);
    cr_expect_eq(cur->arch.restart_args[0], (uint64_t)&m[20 - left]);
    for (unsigned i = 0; i < 20; i++)
        cr_expect_eq(m[i].result, i < 20 - left ? 4096 : 1, "%u", i);
    cr_expect_not(cur->in_multicall);
}

Test(multicall, a_guest_gets_a_guests_table)
{
    struct vcpu *cur = world_start(1);
    struct vcpu *guest = world_guest(cur, 1, 1)->vcpu[0];
    struct multicall_entry m = {.op = __HYPERVISOR_domctl};

    cr_expect_eq(call(guest, __HYPERVISOR_multicall, (uint64_t)&m, 1, 0), 0);
    cr_expect_eq((long)m.result, -XEN_EPERM);
}

/* Tools that restore a domain ask how large it says it is before it has said anything; an error
 * code (-1) ended them. */
Test(memory, size_of_a_domain_that_has_not_told)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    domid_t id = 1;

    d->shared_info->arch.max_pfn = 0;
    cr_expect_eq(call(cur, __HYPERVISOR_memory_op, XENMEM_maximum_gpfn, (uint64_t)&id, 0), 0);
    d->shared_info->arch.max_pfn = 100;
    cr_expect_eq(call(cur, __HYPERVISOR_memory_op, XENMEM_maximum_gpfn, (uint64_t)&id, 0), 99);
}

/* Texts of a fixed size bring what they say, zeroes, and not a byte more. */
Test(version, texts_are_zero_to_their_end)
{
    static const struct {
        unsigned cmd;
        size_t size;
    } texts[] = {{XENVER_extraversion, sizeof(xen_extraversion_t)},
                 {XENVER_capabilities, sizeof(xen_capabilities_info_t)},
                 {XENVER_changeset, sizeof(xen_changeset_info_t)},
                 {XENVER_commandline, sizeof(xen_commandline_t)},
                 {XENVER_compile_info, sizeof(xen_compile_info_t)}};
    struct vcpu *cur = world_start(1);
    static unsigned char got[4096];

    for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
        memset(got, 0xee, sizeof(got));
        volatile unsigned char dirt[3000]; /* what the call finds on its stack */
        for (unsigned j = 0; j < sizeof(dirt); j++)
            dirt[j] = 0xdd;
        cr_expect_eq(call(cur, __HYPERVISOR_xen_version, texts[i].cmd, (uint64_t)got, 0), 0);
        cr_expect_null(memchr(got, 0xdd, texts[i].size), "text %u", i);
        size_t end = strlen((char *)got);
        for (size_t j = end; i != 4 && j < texts[i].size; j++)
            cr_assert_eq(got[j], 0, "text %u byte %zu", i, j);
        cr_expect_eq(got[texts[i].size], 0xee);
    }
}

Test(version, what_is_the_control_domains)
{
    struct vcpu *cur = world_start(1);
    struct vcpu *guest = world_guest(cur, 1, 1)->vcpu[0];
    xen_feature_info_t f = {.submap_idx = 1, .submap = 5};

    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_build_id, 0, 0), -XEN_ENODATA);
    cr_expect_eq(call(guest, __HYPERVISOR_xen_version, XENVER_build_id, 0, 0), -XEN_EPERM);
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_get_features, (uint64_t)&f, 0),
                 XENFEAT_NR_SUBMAPS > 1 ? 0 : -XEN_EINVAL);
}

Test(sysctl, of_another_version)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {.cmd = XEN_SYSCTL_physinfo,
                            .interface_version = XEN_SYSCTL_INTERFACE_VERSION + 1};

    cr_expect_eq(op_sysctl(cur, GVA((uint64_t)&op)), -XEN_EACCES);
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    cr_expect_eq(op_sysctl(cur, GVA((uint64_t)&op)), 0);
    cr_expect_eq(op_sysctl(cur, GVA(0)), -XEN_EFAULT);
}

/* As many entries as the caller has room for, and as there are. */
Test(sysctl, lists_stay_within_their_arrays)
{
    struct vcpu *cur = world_start(3);
    struct xen_domctl_getdomaininfo info[4];
    struct xen_sysctl_cpuinfo cpu[4];
    struct xen_sysctl_cputopo topo[4];
    struct xen_sysctl op = {0};

    for (unsigned i = 0; i < 3; i++)
        world_guest(cur, 1, 1);
    for (unsigned room = 0; room <= 3; room++) {
        memset(info, 0xee, sizeof(info));
        memset(cpu, 0xee, sizeof(cpu));
        memset(topo, 0xee, sizeof(topo));
        op.u.getdomaininfolist = (struct xen_sysctl_getdomaininfolist){.max_domains = room};
        op.u.getdomaininfolist.buffer.p = info;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getdomaininfolist), 0);
        cr_expect_eq(op.u.getdomaininfolist.num_domains, room);
        cr_expect_eq(*(unsigned char *)&info[room], 0xee);
        op.u.getcpuinfo = (struct xen_sysctl_getcpuinfo){.max_cpus = room};
        op.u.getcpuinfo.info.p = cpu;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getcpuinfo), 0);
        cr_expect_eq(op.u.getcpuinfo.nr_cpus, room);
        cr_expect_eq(*(unsigned char *)&cpu[room], 0xee);
        op.u.cputopoinfo = (struct xen_sysctl_cputopoinfo){.num_cpus = room};
        op.u.cputopoinfo.cputopo.p = topo;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cputopoinfo), 0);
        cr_expect_eq(op.u.cputopoinfo.num_cpus, room);
        cr_expect_eq(*(unsigned char *)&topo[room], 0xee);
    }
    op.u.getcpuinfo.max_cpus = 1000;
    op.u.getcpuinfo.info.p = cpu;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getcpuinfo), 0);
    cr_expect_eq(op.u.getcpuinfo.nr_cpus, 3);
    op.u.cputopoinfo.num_cpus = 1000;
    op.u.cputopoinfo.cputopo.p = topo;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cputopoinfo), 0);
    cr_expect_eq(op.u.cputopoinfo.num_cpus, 3);
}

Test(sysctl, debug_keys_are_a_few)
{
    struct vcpu *cur = world_start(1);
    static char keys[4096];
    struct xen_sysctl op = {0};

    memset(keys, 'h', sizeof(keys));
    op.u.debug_keys.keys.p = keys;
    op.u.debug_keys.nr_keys = sizeof(keys);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_debug_keys), 0);
}

Test(sysctl, there_is_one_pool_and_one_scheduler)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {0};

    op.u.cpupool_op =
        (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_INFO, .cpupool_id = 1};
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), -XEN_ENOENT);
    op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), -XEN_ENOENT);
    op.u.scheduler_op = (struct xen_sysctl_scheduler_op){.sched_id = XEN_SCHEDULER_CREDIT + 1};
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
    op.u.scheduler_op =
        (struct xen_sysctl_scheduler_op){.sched_id = XEN_SCHEDULER_CREDIT, .cpupool_id = 1};
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
}

/* ---- a reader of the console's ring that is overtaken while its own memory is written ---- */

static char *late;      /* faults at the first touch */
static char line[9000]; /* written meanwhile, again and again */

static void on_fault(int signal)
{
    (void)signal;
    mprotect(late, 64 << 10, PROT_READ | PROT_WRITE);
    for (unsigned i = 0; i < 5; i++)
        console_write(line, sizeof(line));
}

Test(console, a_reader_overtaken_goes_on_with_what_is_left)
{
    struct vcpu *cur = world_start(1);
    struct xen_sysctl op = {0};

    late = mmap(NULL, 64 << 10, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(line, 'n', sizeof(line));
    for (unsigned i = 0; i < 5; i++)
        console_write("old text of the ring that nobody has read yet, and that is lost soon\n", 70);
    signal(SIGSEGV, on_fault);
    op.u.readconsole.buffer.p = late;
    op.u.readconsole.count = 60 << 10;
    cr_assert_eq(world_sysctl(cur, &op, XEN_SYSCTL_readconsole), 0);
    signal(SIGSEGV, SIG_DFL);
    cr_assert_eq(op.u.readconsole.count, 32 << 10,
                 "as much as the ring holds, and no more for what comes meanwhile");
    for (unsigned i = 128; i < op.u.readconsole.count; i++)
        cr_assert_eq(late[i], 'n', "byte %u", i);
}

Test(console, no_more_than_was_asked_for)
{
    struct vcpu *cur = world_start(1);
    char buf[300];

    for (unsigned i = 0; i < 10; i++)
        console_input('x');
    for (unsigned n = 0; n <= 4; n++) {
        memset(buf, 0xee, sizeof(buf));
        cr_expect_eq(op_console_io(cur, CONSOLEIO_read, n, GVA((uint64_t)buf)), n == 4 ? 4 : n);
        cr_expect_eq((unsigned char)buf[n], 0xee);
    }
    for (uint32_t n = 1; n < 260; n += 43) {
        struct xen_sysctl op = {0};
        memset(buf, 0xee, sizeof(buf));
        op.u.readconsole.buffer.p = buf;
        op.u.readconsole.count = n;
        cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_readconsole), 0);
        cr_expect_leq(op.u.readconsole.count, n);
        cr_expect_eq((unsigned char)buf[n], 0xee);
    }
}

Test(vm_assist, only_what_there_is)
{
    struct vcpu *cur = world_start(1);
    static const unsigned known[] = {
        VMASST_TYPE_4gb_segments,        VMASST_TYPE_4gb_segments_notify,
        VMASST_TYPE_writable_pagetables, VMASST_TYPE_pae_extended_cr3,
        VMASST_TYPE_architectural_iopl,  VMASST_TYPE_runstate_update_flag,
        VMASST_TYPE_m2p_strict};

    for (unsigned type = 0; type < 130; type++) {
        bool is_known = false;
        for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
            is_known |= known[i] == type;
        cr_expect_eq(call(cur, __HYPERVISOR_vm_assist, VMASST_CMD_enable, type, 0),
                     is_known ? 0 : -XEN_EINVAL, "type %u", type);
    }
}
