/* SPDX-License-Identifier: BSD-2-Clause */
/* domctl and sysctl as the tool-stack uses them. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/frame.h>

#include "host.h"
#include "world.h"

Test(domctl, who_and_which_version)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {.cmd = XEN_DOMCTL_getdomaininfo, .interface_version = 7, .domain = 0};
    struct xen_sysctl sys = {.cmd = XEN_SYSCTL_sched_id, .interface_version = 7};
    uint64_t a[5] = {(uint64_t)&op}, none[5] = {0}, s[5] = {(uint64_t)&sys};

    cr_expect_eq(world_dispatch(cur, __HYPERVISOR_domctl, a), -XEN_EACCES);
    cr_expect_eq(world_dispatch(cur, __HYPERVISOR_sysctl, s), -XEN_EACCES);
    cr_expect_eq(world_dispatch(cur, __HYPERVISOR_domctl, none), -XEN_EFAULT);
    cr_expect_eq(world_dispatch(d->vcpu[0], __HYPERVISOR_domctl, a), -XEN_EPERM);
    cr_expect_eq(world_dispatch(d->vcpu[0], __HYPERVISOR_sysctl, s), -XEN_EPERM);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, 77), -XEN_ESRCH);
    cr_expect_eq(world_domctl(cur, &op, 12345, d->id), -XEN_ENOSYS);
}

Test(domctl, info)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 3, 20);
    struct xen_domctl op = {0};
    struct xen_domctl_getdomaininfo *i = &op.u.getdomaininfo;

    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, d->id), 0);
    cr_expect_eq(i->domain, d->id);
    cr_expect_eq(i->tot_pages, 20);
    cr_expect_eq(i->max_pages, 20);
    cr_expect_eq(i->nr_online_vcpus, 3);
    cr_expect_eq(i->max_vcpu_id, 2);
    cr_expect_eq(i->shared_info_frame, d->shared_info_mfn.n);
    cr_expect(i->flags & XEN_DOMINF_paused);
    cr_expect_eq(i->flags >> XEN_DOMINF_shutdownshift & 255, 255, "no reason yet");
    op.u.getvcpuinfo.vcpu = 2;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuinfo, d->id), 0);
    cr_expect(op.u.getvcpuinfo.online && !op.u.getvcpuinfo.running);
    op.u.getvcpuinfo.vcpu = 3;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuinfo, d->id), -XEN_ESRCH);
}

Test(domctl, affinity)
{
    struct vcpu *cur = world_start(3);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {0};
    struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
    uint8_t hard[4] = {2, 0, 0, 0}, soft[4] = {6, 0, 0, 0};

    a->flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
    a->cpumap_hard.bitmap.p = hard, a->cpumap_hard.nr_bits = 32;
    a->cpumap_soft.bitmap.p = soft, a->cpumap_soft.nr_bits = 32;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpuaffinity, d->id), 0);
    cr_expect_eq(d->vcpu[0]->sched.hard_affinity, 2);
    cr_expect_eq(soft[0], 2, "the effective part");
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuaffinity, d->id), 0);
    cr_expect_eq(soft[0], 6);
    hard[0] = 0x10;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpuaffinity, d->id), -XEN_EINVAL);
    a->cpumap_hard.nr_bits = 3; /* an odd size: no bit beyond it counts or is written */
    hard[0] = 0xFF;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpuaffinity, d->id), 0);
    cr_expect_eq(d->vcpu[0]->sched.hard_affinity, CPUSET_ALL);
    cr_expect_eq(hard[0], 7);
    cr_expect_eq(hard[1], 0);
    a->flags = 0;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuaffinity, d->id), -XEN_EINVAL);
}

Test(domctl, scheduler)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {
        .u.scheduler_op = {.sched_id = XEN_SCHEDULER_CREDIT, .cmd = XEN_DOMCTL_SCHEDOP_putinfo}};

    op.u.scheduler_op.u.credit.weight = 700;
    op.u.scheduler_op.u.credit.cap = 0xFFFF; /* leave */
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_scheduler_op, d->id), 0);
    op.u.scheduler_op.u.credit.weight = 0; /* leave */
    op.u.scheduler_op.u.credit.cap = 40;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_scheduler_op, d->id), 0);
    op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_scheduler_op, d->id), 0);
    cr_expect_eq(op.u.scheduler_op.u.credit.weight, 700);
    cr_expect_eq(op.u.scheduler_op.u.credit.cap, 40);
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_scheduler_op, d->id), -XEN_EINVAL);
}

Test(domctl, frames)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 3);
    struct xen_domctl op = {0};
    uint64_t mfns[3] = {0}, cursor = 0;

    mfns[0] = world_next_page(d, &cursor).n;
    mfns[1] = d->shared_info_mfn.n + 100000;
    mfns[2] = dom0->shared_info_mfn.n;
    uint64_t page = mfns[0];
    op.u.getpageframeinfo3.num = 3;
    op.u.getpageframeinfo3.array.p = mfns;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getpageframeinfo3, d->id), 0);
    cr_expect_eq(mfns[0], XEN_DOMCTL_PFINFO_NOTAB);
    cr_expect_eq(mfns[1], XEN_DOMCTL_PFINFO_XTAB);
    cr_expect_eq(mfns[2], XEN_DOMCTL_PFINFO_XTAB, "another domain's");
    op.u.getpageframeinfo3.num = 1025;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getpageframeinfo3, d->id), -XEN_E2BIG);
    op.u.hypercall_init.gmfn = page;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_hypercall_init, d->id), 0);
    cr_expect_eq(*(uint8_t *)arch_frame_ptr(MFN(page)), 0xcc);
    op.u.hypercall_init.gmfn = dom0->shared_info_mfn.n;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_hypercall_init, d->id), -XEN_EACCES);
}

static long shadow_op(struct vcpu *cur, struct xen_domctl_shadow_op op, domid_t id)
{
    struct xen_domctl domctl = {.u.shadow_op = op};

    return world_domctl(cur, &domctl, XEN_DOMCTL_shadow_op, id);
}

Test(domctl, written_pages_are_logged)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 3);
    uint64_t bitmap[2] = {~0UL, ~0UL};
    struct xen_domctl_shadow_op op = {.op = XEN_DOMCTL_SHADOW_OP_CLEAN, .pages = 64};

    op.dirty_bitmap.p = (void *)bitmap;
    cr_expect_eq(shadow_op(cur, op, d->id), -XEN_EINVAL, "it is off");
    op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_TEST;
    cr_expect_eq(shadow_op(cur, op, d->id), -XEN_EOPNOTSUPP);
    op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
    cr_expect_eq(shadow_op(cur, op, cur->domain->id), -XEN_EINVAL, "not oneself");
    cr_expect_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_eq(shadow_op(cur, op, d->id), -XEN_EINVAL, "on already");
    op.op = XEN_DOMCTL_SHADOW_OP_PEEK;
    op.mode = 2;
    cr_expect_eq(shadow_op(cur, op, d->id), -XEN_EINVAL, "an unknown mode");
    op.mode = 0;
    cr_expect_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_eq(bitmap[1], ~0UL, "as many bits as were asked for");
    op.op = XEN_DOMCTL_SHADOW_OP_CLEAN;
    op.mode = XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL;
    cr_expect_eq(shadow_op(cur, op, d->id), 0);
    op.mode = 0;
    uint64_t cursor = 0;
    const mfn_t page = world_next_page(d, &cursor);
    struct xen_domctl init = {.u.hypercall_init.gmfn = page.n};
    arch_m2p_set(page, PFN(70));
    op.pages = 128;
    cr_expect_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_not(bitmap[1] & 1UL << 6);
    cr_expect_eq(world_domctl(cur, &init, XEN_DOMCTL_hypercall_init, d->id), 0);
    cr_expect_eq(shadow_op(cur, op, d->id), 0);
    cr_expect(bitmap[1] & 1UL << 6, "a page that the hypervisor filled");
    op.op = XEN_DOMCTL_SHADOW_OP_OFF;
    cr_expect_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_eq(shadow_op(cur, op, d->id), 0, "twice does no harm");
}

/* What was sent of these numbers before is not what the domain finds there now. */
Test(domctl, frames_given_are_logged)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 3);
    uint64_t bitmap[2] = {0}, list = 71, out = 72;
    struct xen_domctl_shadow_op op = {.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, .pages = 128};
    struct xen_memory_reservation more = {.nr_extents = 1, .domid = d->id};

    d->max_pages = 100;
    d->shared_info->arch.max_pfn = 128;
    op.dirty_bitmap.p = (void *)bitmap;
    cr_assert_eq(shadow_op(cur, op, d->id), 0);
    op.op = XEN_DOMCTL_SHADOW_OP_CLEAN;
    more.extent_start.p = (void *)&list;
    cr_assert_eq(world_call(cur, __HYPERVISOR_memory_op, (uint64_t)XENMEM_populate_physmap, &more),
                 1);
    cr_assert_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_eq(bitmap[1], 1UL << 7, "populate");
    struct xen_memory_exchange swap = {.in = more, .out = more};
    swap.out.extent_start.p = (void *)&out;
    cr_assert_eq(world_call(cur, __HYPERVISOR_memory_op, (uint64_t)XENMEM_exchange, &swap), 0);
    cr_assert_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_eq(bitmap[1], 1UL << 8, "exchange");
    out = 80;
    more.extent_start.p = (void *)&out;
    more.extent_order = 4;
    cr_assert_eq(world_call(cur, __HYPERVISOR_memory_op, (uint64_t)XENMEM_populate_physmap, &more),
                 1);
    cr_assert_eq(shadow_op(cur, op, d->id), 0);
    cr_expect_eq(bitmap[1], 0xffffUL << 16, "all of an extent");
}

Test(domctl, small_ones)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {0};

    op.u.address_size.size = 32;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_set_address_size, d->id), -XEN_EINVAL);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_get_address_size, d->id), 0);
    cr_expect_eq(op.u.address_size.size, 64);
    op.u.tsc_info = (struct xen_domctl_tsc_info){.tsc_mode = 2, .gtsc_khz = 5};
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_settscinfo, d->id), 0);
    memset(&op, 0, sizeof(op));
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_gettscinfo, d->id), 0);
    cr_expect_eq(op.u.tsc_info.gtsc_khz, 5);
    op.u.tsc_info.tsc_mode = 3;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_settscinfo, d->id), -XEN_EINVAL);
    op.u.settimeoffset.time_offset_seconds = -3600;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_settimeoffset, d->id), 0);
    cr_expect_eq(d->time_offset, -3600);
    memset(op.u.setdomainhandle.handle, 0x42, 16);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setdomainhandle, d->id), 0);
    cr_expect_eq(d->handle[15], 0x42);
    op.u.set_virq_handler.virq = VIRQ_DOM_EXC;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_set_virq_handler, d->id), 0);
    op.u.set_virq_handler.virq = VIRQ_TIMER;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_set_virq_handler, d->id), -XEN_EINVAL);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_pausedomain, 0), -XEN_EINVAL, "not oneself");
}

/* What would stop or change whoever asks is refused; what changes another shows. */
Test(domctl, of_oneself_and_of_others)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    static const uint32_t not_oneself[] = {
        XEN_DOMCTL_pausedomain,
        XEN_DOMCTL_resumedomain,
        XEN_DOMCTL_setdebugging,
        XEN_DOMCTL_settscinfo,
    };
    struct xen_domctl op = {0};
    uint8_t map[2] = {0xff, 0xff};

    for (unsigned i = 0; i < ARRAY_SIZE(not_oneself); i++)
        cr_expect_eq(world_domctl(cur, &op, not_oneself[i], 0), -XEN_EINVAL, "%u", not_oneself[i]);
    for (unsigned on = 2; on--;) {
        op.u.setdebugging.enable = (uint8_t)on;
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setdebugging, d->id), 0);
        cr_expect_eq(d->debugged, on);
    }
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_unpausedomain, d->id), 0);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_unpausedomain, d->id), -XEN_EINVAL, "once");
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_pausedomain, d->id), 0);
    op.u.subscribe.port = 77;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_subscribe, d->id), 0);
    cr_expect_eq(d->suspend_port, 77);
    op.u.address_size.size = 64;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_set_address_size, d->id), 0);
    op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_OFF;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_shadow_op, d->id), 0, "as it is");
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setnodeaffinity, d->id), 0);
    op.u.nodeaffinity.nodemap.nr_bits = 16;
    op.u.nodeaffinity.nodemap.bitmap.p = map;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getnodeaffinity, d->id), 0);
    cr_expect(map[0] == 1 && map[1] == 0, "node 0");
}

/* A context that can be read, and only of one that has any and is not who asks. */
Test(domctl, context_out)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct vcpu_guest_context ctx;
    struct xen_domctl op = {0};

    op.u.vcpucontext.ctxt.p = &ctx;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpucontext, d->id), 0);
    cr_expect_eq(d->vcpu[0]->sched.pause_count, 1, "as it was");
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpucontext, 0), -XEN_EINVAL, "oneself");
    op.u.vcpucontext.vcpu = 1;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpucontext, d->id), -XEN_ESRCH);
    op.u.vcpucontext.vcpu = 0;
    op.u.vcpucontext.ctxt.p = (void *)0xffff800000000000;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpucontext, d->id), -XEN_EFAULT);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), -XEN_EFAULT);
    cr_expect_eq(d->hold_count, 1, "nothing is held after a refusal");
    world_alloc_fails_in = 0;
    op.u.vcpucontext.ctxt.p = &ctx;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpucontext, d->id), -XEN_ENOMEM);
    world_alloc_fails_in = 0;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), -XEN_ENOMEM);
    vcpu_set_whole(d->vcpu[0], false);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpucontext, d->id), -XEN_ENODATA);
    vcpu_set_whole(d->vcpu[0], true);
}

/* Pointers of the tool-stack that lead nowhere. */
Test(domctl, bad_pointers)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {0};
    struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
    void *const nowhere = (void *)0xffff800000000000;
    uint64_t mfn = d->shared_info_mfn.n;
    uint8_t map[1] = {3};

    op.u.getpageframeinfo3.num = 1;
    op.u.getpageframeinfo3.array.p = nowhere;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getpageframeinfo3, d->id), -XEN_EFAULT);
    op.u.getpageframeinfo3.array.p = &mfn;
    for (unsigned part = 0; part < 2; part++) {
        const uint32_t flag = part ? XEN_VCPUAFFINITY_SOFT : XEN_VCPUAFFINITY_HARD;
        memset(&op, 0, sizeof(op));
        a->flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
        a->cpumap_hard.nr_bits = a->cpumap_soft.nr_bits = 8;
        a->cpumap_hard.bitmap.p = a->cpumap_soft.bitmap.p = map;
        *(part ? &a->cpumap_soft.bitmap.p : &a->cpumap_hard.bitmap.p) = nowhere;
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpuaffinity, d->id), -XEN_EFAULT);
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuaffinity, d->id), -XEN_EFAULT);
        a->flags &= ~flag;
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuaffinity, d->id), 0);
    }
    cr_expect_eq(d->vcpu[0]->sched.hard_affinity, CPUSET_ALL, "nothing was set");
    a->vcpu = 5;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpuaffinity, d->id), -XEN_ESRCH);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getvcpuaffinity, d->id), -XEN_ESRCH);
    a->vcpu = 0, a->flags = 0;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpuaffinity, d->id), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT;
    op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putvcpuinfo;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_scheduler_op, d->id), -XEN_EINVAL);
}

Test(domctl, pauses_are_counted_and_bounded)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {0};

    cr_assert_eq(d->pause_count, 1, "as it was created");
    for (unsigned i = 1; i < 255; i++)
        cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_pausedomain, d->id), 0);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_pausedomain, d->id), -XEN_EOVERFLOW);
    cr_expect_eq(d->hold_count, 255);
    cr_expect_eq(d->vcpu[0]->sched.pause_count, 255);
}

Test(domctl, vcpus_of_others_only)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 2, 1);
    struct vcpu_guest_context ctx = {.flags = 0};
    struct xen_domctl op = {0};
    mfn_t table;

    for (unsigned n = 0; n < 4; n++) {
        op.u.max_vcpus.max = n;
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_max_vcpus, d->id), n == 2 ? 0 : -XEN_EINVAL);
    }
    op.u.max_vcpus.max = 1;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_max_vcpus, 0), -XEN_EINVAL, "oneself");
    op.u.vcpucontext.vcpu = 0;
    op.u.vcpucontext.ctxt.p = &ctx;
    /* A good one, so that only whose it is speaks against it. */
    cr_assert_eq(frame_alloc_domain(dom0, 0, ALLOC_ZERO, &table), 0);
    ctx.ctrlreg[3] = xen_pfn_to_cr3(table.n);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, 0), -XEN_EINVAL, "oneself");
    op.u.vcpucontext.vcpu = 2;
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), -XEN_EINVAL);
}

/* What a restore says: vm_assist once, with vCPU 0, the bits that there are; the table of user mode
 * with bit 0, as it is saved, or without, as libxc gives it. */
Test(domctl, context_of_a_saved_domain)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 2, 1);
    struct vcpu_guest_context ctx = {.flags = VGCF_online, .vm_assist = ~0ul};
    struct xen_domctl op = {0};

    ctx.ctrlreg[3] = xen_pfn_to_cr3(d->vcpu[0]->cr3.n);
    op.u.vcpucontext.ctxt.p = &ctx;
    op.u.vcpucontext.vcpu = 1;
    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), 0);
    cr_expect_eq(d->vm_assist, 0, "not vCPU 1's to say");
    op.u.vcpucontext.vcpu = 0;
    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), 0);
    cr_expect_eq(d->vm_assist, VM_ASSIST_VALID);
    cr_expect_eq(d->vcpu[0]->user_cr3.n, MFN_INVALID.n);
    for (unsigned bit = 0; bit < 2; bit++) {
        ctx.ctrlreg[1] = ctx.ctrlreg[3] | bit;
        cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), 0);
        cr_expect_eq(d->vcpu[0]->user_cr3.n, xen_cr3_to_pfn(ctx.ctrlreg[3]), "bit 0: %u", bit);
        ctx.ctrlreg[1] = 0;
        cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), 0);
        cr_expect_eq(d->vcpu[0]->user_cr3.n, MFN_INVALID.n);
    }
}

/* Checked, held, committed: what is refused leaves the vCPU as it was, and one that has no context
 * yet is never chosen. */
Test(domctl, a_refused_context_changes_nothing)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 2, 1);
    struct vcpu *v = d->vcpu[0];
    struct vcpu_guest_context ctx = {.flags = VGCF_online};
    struct xen_domctl op = {.u.vcpucontext = {.ctxt.p = &ctx}};
    const mfn_t base = v->cr3;
    const uint64_t good = xen_pfn_to_cr3(base.n), bad = xen_pfn_to_cr3(7); /* nobody's */
    const uint64_t ref = atomic_load(&frame_of(base)->ref),
                   type = atomic_load(&frame_of(base)->type);

    for (unsigned user = 0; user < 2; user++) {
        ctx.ctrlreg[3] = user ? good : bad;
        ctx.ctrlreg[1] = user ? bad : 0;
        cr_expect_lt(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), 0);
        cr_expect(vcpu_whole(v) && v->cr3.n == base.n && v->user_cr3.n == MFN_INVALID.n);
        cr_expect(atomic_load(&frame_of(base)->ref) == ref &&
                  atomic_load(&frame_of(base)->type) == type);
    }
    vcpu_set_whole(d->vcpu[1], false);
    op.u.vcpucontext.vcpu = 1;
    ctx.ctrlreg[3] = bad;
    ctx.ctrlreg[1] = 0;
    cr_expect_lt(world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, d->id), 0);
    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_unpausedomain, d->id), 0);
    vcpu_up(d->vcpu[1]);
    cr_expect(vcpu_runnable(v) && !vcpu_runnable(d->vcpu[1]));
}

/* A context changes only while its vCPU is off its CPU. */
Test(domctl, context_of_one_that_runs)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 1, 1);
    struct vcpu_guest_context ctx = {.flags = VGCF_online};
    struct xen_domctl op = {0};

    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_unpausedomain, d->id),
                 0); /* queued, not running */
    cr_assert(vcpu_runnable(d->vcpu[0]));
    if (d->vcpu[0]->sched.running) { /* which this one thread could not wait for */
        vcpu_pause_nosync(d->vcpu[0]);
        world_settle();
        vcpu_unpause(d->vcpu[0]);
    }
    world_context_of_running = false;
    ctx.ctrlreg[3] = xen_pfn_to_cr3(d->vcpu[0]->cr3.n);
    op.u.vcpucontext.vcpu = 0;
    op.u.vcpucontext.ctxt.p = &ctx;
    uint64_t args[5] = {(uint64_t)&op};
    op.cmd = XEN_DOMCTL_setvcpucontext;
    cr_assert_eq(world_dispatch(cur, __HYPERVISOR_domctl, args), 0);
    cr_expect_not(world_context_of_running);
    cr_expect(vcpu_runnable(d->vcpu[0]), "and goes on");
}

Test(sysctl, lists_and_numbers)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_sysctl op = {0};
    struct xen_domctl_getdomaininfo info[4];
    struct xen_sysctl_cpuinfo idle[4];
    uint8_t map[2];

    op.u.getdomaininfolist.max_domains = 4;
    op.u.getdomaininfolist.buffer.p = info;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getdomaininfolist), 0);
    cr_expect_eq(op.u.getdomaininfolist.num_domains, 2);
    cr_expect_eq(info[1].domain, d->id);
    op.u.getdomaininfolist.first_domain = 1;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getdomaininfolist), 0);
    cr_expect_eq(op.u.getdomaininfolist.num_domains, 1);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_physinfo), 0);
    cr_expect_eq(op.u.physinfo.nr_cpus, 2);
    cr_expect_eq(op.u.physinfo.free_pages, frame_free_count());
    op.u.getcpuinfo.max_cpus = 4;
    op.u.getcpuinfo.info.p = idle;
    host_now = 1000;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_getcpuinfo), 0);
    cr_expect_eq(op.u.getcpuinfo.nr_cpus, 2);
    cr_expect_eq(idle[0].idletime, 0);
    cr_expect_eq(idle[1].idletime, 1000);
    op.u.cpupool_op = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_INFO};
    op.u.cpupool_op.cpumap.nr_bits = 16, op.u.cpupool_op.cpumap.bitmap.p = map;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), 0);
    cr_expect_eq(map[0], 3);
    cr_expect_eq(op.u.cpupool_op.n_dom, 2);
    op.u.cpupool_op.cpupool_id = 1;
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_cpupool_op), -XEN_ENOENT);
    cr_expect_eq(world_sysctl(cur, &op, XEN_SYSCTL_coverage_op), -XEN_ENOSYS);
}

/* xenconsoled lists domains so: one call each, with the number after the last one's. */
Test(domctl, info_of_the_next_domain)
{
    struct vcpu *cur = world_start(1);
    struct domain *a = world_guest(cur, 1, 1), *b = world_guest(cur, 1, 1);
    struct xen_domctl op = {0};

    cr_assert(a && b && a->id < b->id);
    cr_expect_eq(world_destroy(cur, a->id), 0);
    world_settle();
    for (domid_t asked = 1; asked <= b->id; asked++) {
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, asked), 0);
        cr_expect(op.domain == b->id && op.u.getdomaininfo.domain == b->id, "asked for %u", asked);
    }
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, 0), 0);
    cr_expect_eq(op.domain, 0);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, (domid_t)(b->id + 1)),
                 -XEN_ESRCH);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, DOMID_FIRST_RESERVED),
                 -XEN_EINVAL);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_max_mem, a->id), -XEN_ESRCH,
                 "others are of that domain only");
}

Test(domctl, triggers)
{
    static const struct {
        uint32_t trigger, vcpu;
        long ret;
    } tries[] = {{XEN_DOMCTL_SENDTRIGGER_NMI, 1, -XEN_ESRCH},
                 {XEN_DOMCTL_SENDTRIGGER_RESET, 0, -XEN_ENOSYS},
                 {XEN_DOMCTL_SENDTRIGGER_INIT, 0, -XEN_ENOSYS},
                 {XEN_DOMCTL_SENDTRIGGER_POWER, 0, -XEN_EINVAL},
                 {XEN_DOMCTL_SENDTRIGGER_SLEEP, 0, -XEN_EINVAL},
                 {99, 0, -XEN_ENOSYS},
                 {XEN_DOMCTL_SENDTRIGGER_NMI, 0, 0}};
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {0};

    for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
        cr_expect(!(d->vcpu[0]->work & VCPU_WORK_NMI), "nothing of what was refused");
        op.u.sendtrigger.trigger = tries[i].trigger;
        op.u.sendtrigger.vcpu = tries[i].vcpu;
        cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_sendtrigger, d->id), tries[i].ret,
                     "trigger %u", i);
    }
    cr_expect(d->vcpu[0]->work & VCPU_WORK_NMI);
}
