/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_op, by a guest on its own vCPUs. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/frame.h>
#include <hv/ptype.h>

#include "../step.h"
#include "host.h"
#include "world.h"
#include "../../../hypervisor/core/domain/room.h"

static struct domain *guest;
static struct vcpu *cur, *other;

/* A guest whose first vCPU runs on CPU 1 and whose second has no context yet. */
static void start(void)
{
    struct xen_domctl op = {0};
    struct vcpu *v0 = world_start(2);

    guest = world_guest(v0, 2, 8);
    cr_assert(guest);
    cur = guest->vcpu[0], other = guest->vcpu[1];
    vcpu_down(other);
    vcpu_drop_context(other);
    world_domctl(v0, &op, XEN_DOMCTL_unpausedomain, guest->id);
    world_settle();
    cr_assert_eq(sched_current(1), cur);
}

static long vcpu_op(uint64_t cmd, uint64_t id, const void *arg)
{
    long ret;

    host_cpu = 1;
    ret = op_vcpu_op(cur, cmd, id, GVA((uint64_t)arg));
    world_settle();
    return ret;
}

Test(vcpu_op, bring_up_and_down)
{
    struct vcpu_guest_context ctx = {.flags = VGCF_in_kernel};

    start();
    ctx.ctrlreg[3] = xen_pfn_to_cr3(cur->cr3.n);
    cr_expect_eq(vcpu_op(VCPUOP_up, 7, NULL), -XEN_ENOENT);
    cr_expect_eq(vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL, "no context");
    cr_expect_eq(vcpu_op(VCPUOP_initialise, 1, NULL), -XEN_EFAULT);
    cr_expect_eq(vcpu_op(VCPUOP_initialise, 1, &ctx), 0);
    cr_expect_eq(vcpu_op(VCPUOP_initialise, 1, &ctx), -XEN_EEXIST);
    cr_expect_eq(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
    cr_expect_eq(vcpu_op(VCPUOP_up, 1, NULL), 0);
    cr_expect_eq(vcpu_op(VCPUOP_is_up, 1, NULL), 1);
    cr_expect_eq(vcpu_op(VCPUOP_down, 1, NULL), 0);
    cr_expect_eq(vcpu_op(VCPUOP_is_up, 1, NULL), 0);
    cr_expect_not(guest->shutting_down);
    cr_expect_eq(vcpu_op(VCPUOP_down, 0, NULL), 0, "the last one");
    cr_expect(guest->shutting_down);
    cr_expect_eq(guest->shutdown_code, SHUTDOWN_poweroff);
}

Test(vcpu_op, register_vcpu_info)
{
    struct vcpu_register_vcpu_info r = {.offset = 64};
    uint64_t cursor = 0, mfn[2];

    start();
    mfn[0] = world_next_page(guest, &cursor).n;
    mfn[1] = world_next_page(guest, &cursor).n;
    r.mfn = mfn[0];
    cur->info->evtchn_upcall_mask = 1;
    cur->info->time.system_time = 1234;
    r.offset = PAGE_SIZE - 8;
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -XEN_ENXIO, "crosses the page");
    r.offset = 64;
    r.mfn = dom0->shared_info_mfn.n;
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -XEN_EINVAL, "not ours");
    r.mfn = mfn[0];
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), 0);
    cr_expect_eq(cur->info, (void *)((char *)arch_frame_ptr(MFN(mfn[0])) + 64));
    cr_expect_eq(cur->info->evtchn_upcall_mask, 1, "contents move along");
    cr_expect_eq(cur->info->time.system_time, 1234);
    cr_expect_eq(cur->info->evtchn_upcall_pending, 1);
    cr_expect_eq(cur->info->evtchn_pending_sel, ~0UL);
    cr_expect_eq(ptype_of(frame_of(MFN(mfn[0]))), PT_WRITABLE);
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -XEN_EINVAL, "once only");
    r.mfn = mfn[1];
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_info, 1, &r), 0, "of one that is down");
    domid_t id = guest->id;
    domain_shutdown(guest, SHUTDOWN_poweroff);
    world_settle(); /* off its CPU, which this one thread cannot wait for */
    cr_expect_eq(world_destroy(dom0->vcpu[0], id), 0);
    cr_expect_null(domain_find(id), "its references are dropped");
}

/* Two CPUs register a vCPU's info at the same time, at whatever instruction: one succeeds, and the
 * other's frame is free again. */
static struct vcpu_register_vcpu_info first, second;
static bool second_done;

static void register_first(void)
{
    op_vcpu_op(cur, VCPUOP_register_vcpu_info, 1, GVA((uint64_t)&first));
}
static void register_second(void)
{
    second_done = step_lock_is_free(&guest->lifecycle) && step_lock_is_free(&guest->pt_lock) &&
                  step_lock_is_free(&guest->page_lock);
    if (!second_done)
        return;
    host_cpu = 1;
    op_vcpu_op(cur, VCPUOP_register_vcpu_info, 1, GVA((uint64_t)&second));
    host_cpu = 0;
}
static bool writable(uint64_t mfn)
{
    return ptype_of(frame_of(MFN(mfn))) == PT_WRITABLE && frame_of(MFN(mfn))->type & PTYPE_COUNT;
}

Test(vcpu_op, register_vcpu_info_twice_at_once)
{
    uint64_t cursor = 0;
    unsigned n = 0;

    start();
    first.mfn = world_next_page(guest, &cursor).n;
    second.mfn = world_next_page(guest, &cursor).n;
    do {
        vcpu_info_reset(other);
        step_run(n, register_first, register_second);
        bool is_first = other->info_mfn.n == first.mfn;
        cr_assert(is_first || other->info_mfn.n == second.mfn);
        cr_assert_eq(writable(first.mfn), is_first, "instruction %u", n);
        cr_assert_eq(writable(second.mfn), !is_first, "instruction %u", n);
        n += 17;
    } while (step_state.happened);
    cr_assert_gt(n, 100);
}

Test(vcpu_op, info_of_another_that_runs)
{
    struct vcpu_register_vcpu_info r = {.offset = 64};
    struct vcpu_guest_context ctx = {.flags = VGCF_in_kernel};
    uint64_t cursor = 0;

    start();
    r.mfn = world_next_page(guest, &cursor).n;
    ctx.ctrlreg[3] = xen_pfn_to_cr3(cur->cr3.n);
    cr_assert_eq(vcpu_op(VCPUOP_initialise, 1, &ctx), 0);
    cr_assert_eq(vcpu_op(VCPUOP_up, 1, NULL), 0);
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_info, 1, &r), -XEN_EINVAL);
    cr_expect_neq(other->info_mfn.n, r.mfn);
}

Test(vcpu_op, timers)
{
    struct vcpu_set_singleshot_timer s = {.timeout_abs_ns = 500, .flags = VCPU_SSHOTTMR_future};
    struct vcpu_set_periodic_timer p = {.period_ns = 999999};

    start();
    cr_expect_eq(cur->periodic_period, MILLISECS(10), "100 Hz at the start");
    cr_expect_eq(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    host_now = 1000;
    cr_expect_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0, "late: at once");
    cr_expect_eq(host_deadline[1], 500, "and the hardware knows");
    cr_expect_eq(cur->singleshot.expires, 500);
    s.timeout_abs_ns = 5000;
    cr_expect_eq(vcpu_op(VCPUOP_set_singleshot_timer, 1, &s), -XEN_EINVAL, "another's");
    cr_expect_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
    cr_expect_eq(cur->singleshot.expires, 5000);
    s.timeout_abs_ns = 1UL << 63;
    cr_expect_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
    cr_expect_eq(cur->singleshot.expires, 0, "does not fit: past");
    s.timeout_abs_ns--;
    cr_expect_eq(vcpu_op(VCPUOP_set_singleshot_timer, 0, &s), 0);
    cr_expect_eq(cur->singleshot.expires, TIME_NEVER);
    cr_expect_eq(vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
    cr_expect_not(cur->singleshot.active);
    cr_expect_eq(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), -XEN_EINVAL, "too quick");
    p.period_ns = 2000000;
    cr_expect_eq(vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0);
    cr_expect_eq(cur->periodic.expires, 1000 + 2000000);
    cr_expect_eq(vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    cr_expect_not(cur->periodic.active);
}

Test(vcpu_op, areas_and_the_rest)
{
    struct vcpu_runstate_info info = {.state = 77}, area = {.state = 77};
    struct vcpu_time_info time = {.version = 7};
    uint64_t gva = (uint64_t)&area;

    start();
    host_now = 4000;
    cr_expect_eq(vcpu_op(VCPUOP_get_runstate_info, 0, &info), 0);
    cr_expect_eq(info.state, RUNSTATE_running);
    cr_expect_eq(info.time[RUNSTATE_running], 4000);
    cr_expect_eq(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &gva), 0);
    cr_expect_eq(area.state, RUNSTATE_running);
    gva = 0xFFFF800000000000UL;
    cr_expect_eq(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &gva), -XEN_EFAULT);
    gva = (uint64_t)&time;
    cr_expect_eq(vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &gva), 0);
    cr_expect_eq(time.version & 1, 0);
    cr_expect_eq(vcpu_op(VCPUOP_send_nmi, 1, &gva), -XEN_EINVAL);
    cr_expect_eq(vcpu_op(VCPUOP_send_nmi, 1, NULL), 0);
    cr_expect(other->work & VCPU_WORK_NMI);
    cr_expect_eq(vcpu_op(VCPUOP_get_physid, 0, &gva), -XEN_EINVAL);
    cr_expect_eq(vcpu_op(999, 0, NULL), -XEN_ENOSYS);
}

/* A vCPU without a place in shared_info must not show another what it is told. */
Test(vcpu_info, none_is_shared)
{
    struct vcpu *cur = world_start(1);
    struct domain *a = world_guest(cur, 34, 1), *b = world_guest(cur, 34, 1);
    const vcpu_info_t *infos[] = {a->vcpu[32]->info, a->vcpu[33]->info, b->vcpu[32]->info,
                                  b->vcpu[33]->info};

    for (unsigned i = 0; i < 4; i++) {
        cr_expect_eq(infos[i]->evtchn_upcall_mask, 1);
        for (unsigned j = 0; j < i; j++)
            cr_expect_neq(infos[i], infos[j], "%u and %u", i, j);
    }
}
