/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch, multicall with continuations, xen_version and vm_assist. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/budget.h>

#include "host.h"
#include "world.h"

static long call(struct vcpu *cur, unsigned nr, uint64_t a, uint64_t b, uint64_t c)
{
    return world_call(cur, nr, a, b, c, 0UL, 0UL);
}

Test(dispatch, table)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    uint64_t none[5] = {0};

    cr_expect_eq(world_dispatch(cur, HCALL_MAX, none), -XEN_ENOSYS);
    cr_expect_eq(world_dispatch(cur, ~0u, none), -XEN_ENOSYS);
    cr_expect_eq(world_dispatch(d->vcpu[0], __HYPERVISOR_sysctl, none), -XEN_EPERM);
}

static struct multicall_entry version_call(void)
{
    return (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
}

Test(multicall, results)
{
    struct vcpu *cur = world_start(1);
    struct multicall_entry m[4] = {
        version_call(), {.op = 60}, version_call(), {.op = __HYPERVISOR_multicall}};

    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, 4, 0), 0);
    cr_expect_eq(m[0].result, 4 << 16 | 17);
    cr_expect_eq((long)m[1].result, -XEN_ENOSYS);
    cr_expect_eq(m[2].result, 4 << 16 | 17);
    cr_expect_eq((long)m[3].result, -XEN_EINVAL, "not nested");
    cr_expect_not(cur->in_multicall);
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, 0, 1, 0), -XEN_EFAULT);
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, 0, 0, 0), 0);
    host_fault_in = 1; /* the first result */
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, 2, 0), -XEN_EFAULT);
    cr_expect_not(cur->in_multicall);
}

/* An iret leaves the list: what stands behind it is not run, and RAX is what the frame says. */
Test(multicall, iret_leaves)
{
    struct vcpu *cur = world_start(1);
    struct multicall_entry m[3] = {version_call(), {.op = __HYPERVISOR_iret}, version_call()};

    m[2].result = 1;
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, 3, 0), (int)WORLD_IRET_RAX);
    cr_expect_eq(m[0].result, 4 << 16 | 17);
    cr_expect_eq((long)m[1].result, WORLD_IRET_RAX);
    cr_expect_eq(m[2].result, 1);
    cr_expect_not(cur->in_multicall);
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)&m[2], 1, 0), 0, "the next list");
    cr_expect_eq(m[2].result, 4 << 16 | 17);
    /* a process' table need not map the list: no error of the call */
    host_fault_in = 1;
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)&m[1], 1, 0), (int)WORLD_IRET_RAX);
}

/* Numbers behind the table's end, and those that only their low 32 bits would make good. */
Test(multicall, numbers)
{
    struct vcpu *cur = world_start(1);
    const uint64_t bad[] = {HCALL_MAX,
                            HCALL_MAX + 1,
                            1UL << 32,
                            1UL << 32 | __HYPERVISOR_xen_version,
                            1UL << 63 | __HYPERVISOR_xen_version,
                            ~0UL};
    struct multicall_entry m[ARRAY_SIZE(bad)] = {0};

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        m[i] = (struct multicall_entry){.op = bad[i], .args = {XENVER_version}};
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, ARRAY_SIZE(bad), 0), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        cr_expect_eq((long)m[i].result, -XEN_ENOSYS, "number %lx", bad[i]);
}

/* With work waiting at each question it ends the same, in more pieces. */
Test(multicall, preempted_between_calls)
{
    struct vcpu *cur = world_start(1);
    struct multicall_entry m[50];

    for (unsigned i = 0; i < 50; i++)
        m[i] = version_call();
    host_turn(40 * BUDGET_OP);
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    world_restarts = 0;
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, 50, 0), 0);
    cr_expect_eq(world_restarts, 1);
    for (unsigned i = 0; i < 50; i++)
        cr_expect_eq(m[i].result, 4 << 16 | 17);
}

/* A call that is itself preempted goes on from its own progress; those before are not run again. */
Test(multicall, continuation_inside)
{
    struct vcpu *cur = world_start(1);
    char text[1000];
    struct multicall_entry m[3] = {
        version_call(),
        {.op = __HYPERVISOR_console_io, .args = {CONSOLEIO_write, sizeof(text), (uint64_t)text}},
        version_call()};

    memset(text, 'a', sizeof(text));
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    world_restarts = 0;
    m[0].result = 5;
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, 3, 0), 0);
    cr_expect_eq(world_restarts, 1);
    cr_expect_eq(m[0].result, 4 << 16 | 17);
    cr_expect_eq(m[1].result, 0);
    cr_expect_eq(m[1].args[1], sizeof(text) - 128, "progress was kept in the entry");
    cr_expect_eq(m[1].args[2], (uint64_t)text + 128);
    cr_expect_eq(m[2].result, 4 << 16 | 17);
}

Test(multicall, stops_when_the_cpu_is_wanted)
{
    struct vcpu *cur = world_start(1);
    struct multicall_entry m[3] = {
        {.op = __HYPERVISOR_sched_op, .args = {SCHEDOP_yield}}, version_call(), version_call()};

    world_restarts = 0;
    cr_expect_eq(call(cur, __HYPERVISOR_multicall, (uint64_t)m, 3, 0), 0);
    cr_expect_eq(world_restarts, 1);
    cr_expect_eq(m[2].result, 4 << 16 | 17);
}

Test(version, all)
{
    struct vcpu *cur = world_start(1);
    struct vcpu *guest = world_guest(cur, 1, 1)->vcpu[0];
    xen_feature_info_t f = {.submap_idx = 0};
    char text[1024];
    uint64_t start;

    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_version, 0, 0), 4 << 16 | 17);
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0), 4096);
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_capabilities, (uint64_t)text, 0), 0);
    cr_expect_str_eq(text, "xen-3.0-x86_64 ");
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_commandline, (uint64_t)text, 0), 0);
    cr_expect_str_eq(text, "guest_loglvl=all");
    cr_expect_eq(call(guest, __HYPERVISOR_xen_version, XENVER_commandline, (uint64_t)text, 0), 0);
    cr_expect_str_eq(text, "<denied>");
    cr_expect_eq(
        call(cur, __HYPERVISOR_xen_version, XENVER_platform_parameters, (uint64_t)&start, 0), 0);
    cr_expect_eq(start, 0xFFFF800000000000UL);
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_get_features, (uint64_t)&f, 0), 0);
    cr_expect(f.submap & 1u << XENFEAT_dom0);
    cr_expect_eq(call(guest, __HYPERVISOR_xen_version, XENVER_get_features, (uint64_t)&f, 0), 0);
    cr_expect_not(f.submap & 1u << XENFEAT_dom0);
    cr_expect(f.submap & 1u << XENFEAT_mmu_pt_update_preserve_ad);
    f.submap_idx = XENFEAT_NR_SUBMAPS;
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_get_features, (uint64_t)&f, 0),
                 -XEN_EINVAL);
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, XENVER_extraversion, 0, 0), -XEN_EFAULT);
    cr_expect_eq(call(cur, __HYPERVISOR_xen_version, 99, 0, 0), -XEN_ENOSYS);
}

Test(version, the_rest)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    xen_compile_info_t built;
    xen_feature_info_t f = {.submap_idx = 0};
    char text[sizeof(xen_changeset_info_t)];
    uint8_t handle[sizeof(d->handle)] = {0};

    memset(d->handle, 0x42, sizeof(d->handle));
    cr_expect_eq(op_xen_version(d->vcpu[0], XENVER_guest_handle, GVA((uint64_t)handle)), 0);
    cr_expect_eq(memcmp(handle, d->handle, sizeof(handle)), 0);
    cr_expect_eq(op_xen_version(cur, XENVER_compile_info, GVA((uint64_t)&built)), 0);
    cr_expect(!strncmp(built.compiler, "gcc ", 4) && !strcmp(built.compile_by, "hospes"));
    cr_expect_eq(op_xen_version(cur, XENVER_changeset, GVA((uint64_t)text)), 0);
    cr_expect_str_eq(text, "unavailable");
    cr_expect_eq(op_xen_version(cur, XENVER_build_id, GVA(0)), -XEN_ENODATA);
    cr_expect_eq(op_xen_version(d->vcpu[0], XENVER_build_id, GVA(0)), -XEN_EPERM);
    cr_expect_eq(op_xen_version(cur, XENVER_get_features, GVA(0)), -XEN_EFAULT);
    op_xen_version(d->vcpu[0], XENVER_get_features, GVA((uint64_t)&f));
    cr_expect_not(f.submap & 1u << XENFEAT_pae_pgdir_above_4gb);
    op_vm_assist(d->vcpu[0], VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3);
    op_xen_version(d->vcpu[0], XENVER_get_features, GVA((uint64_t)&f));
    cr_expect(f.submap & 1u << XENFEAT_pae_pgdir_above_4gb);
}

static __attribute__((noinline)) void dirty_the_stack(void)
{
    volatile char used[8192];

    for (unsigned i = 0; i < sizeof(used); i++)
        used[i] = 0x5a;
}

/* A text field is written whole: what is behind the text must not be what the stack held before. */
Test(version, fields_end_with_zeros)
{
    struct vcpu *guest = world_guest(world_start(1), 1, 1)->vcpu[0];
    static const struct {
        unsigned cmd;
        size_t size;
    } fields[] = {{XENVER_extraversion, sizeof(xen_extraversion_t)},
                  {XENVER_capabilities, sizeof(xen_capabilities_info_t)},
                  {XENVER_changeset, sizeof(xen_changeset_info_t)},
                  {XENVER_commandline, sizeof(xen_commandline_t)}};

    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        char text[2048];

        memset(text, 0x77, sizeof(text));
        dirty_the_stack();
        cr_expect_eq(op_xen_version(guest, fields[i].cmd, GVA((uint64_t)text)), 0);
        for (size_t at = strlen(text); at < fields[i].size; at++)
            cr_assert_eq(text[at], 0, "field %u, byte %zu", fields[i].cmd, at);
        cr_expect_eq(text[fields[i].size], 0x77);
    }
}

Test(vm_assist, types)
{
    struct vcpu *cur = world_start(1);

    cr_expect_eq(call(cur, __HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_m2p_strict, 0),
                 0);
    cr_expect_eq(cur->domain->vm_assist, 1UL << VMASST_TYPE_m2p_strict);
    cr_expect_eq(call(cur, __HYPERVISOR_vm_assist, VMASST_CMD_disable, VMASST_TYPE_m2p_strict, 0),
                 0);
    cr_expect_eq(cur->domain->vm_assist, 0);
    cr_expect_eq(call(cur, __HYPERVISOR_vm_assist, VMASST_CMD_enable, 6, 0), -XEN_EINVAL);
    cr_expect_eq(call(cur, __HYPERVISOR_vm_assist, VMASST_CMD_enable, 64, 0), -XEN_EINVAL);
    cr_expect_eq(call(cur, __HYPERVISOR_vm_assist, 7, VMASST_TYPE_m2p_strict, 0), -XEN_ENOSYS);
}
