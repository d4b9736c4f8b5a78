/* SPDX-License-Identifier: BSD-2-Clause */
/* Birth and death of domains: nothing is left behind, whatever fails and whenever it is
 * interrupted. */
#include <criterion/criterion.h>

#include <hv/evtchn.h>
#include <hv/frame.h>

#include "host.h"
#include "world.h"

Test(life, create_and_destroy_leave_nothing)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 4, 50);

    cr_assert(d);
    cr_expect_eq(d->tot_pages, 50);
    cr_expect_eq(domain_find(d->id), d);
    cr_expect_eq(world_destroy(cur, d->id), 0);
    uint64_t before = frame_free_count();
    for (unsigned i = 0; i < 5; i++) {
        d = world_guest(cur, 1 + i, 30);
        cr_assert(d);
        cr_assert_eq(world_destroy(cur, d->id), 0);
        cr_expect_eq(frame_free_count(), before);
    }
    cr_expect_eq(frame_audit(), 0);
    cr_expect_gt(host_log.quiesces, 5, "freed only after quiescence");
}

Test(life, every_allocation_may_fail)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 3, 10);
    unsigned failures = 0;

    cr_assert_eq(world_destroy(cur, d->id), 0);
    uint64_t before = frame_free_count();
    for (long n = 0;; n++) {
        world_alloc_fails_in = n;
        d = world_guest(cur, 3, 10);
        bool none_failed = world_alloc_fails_in >= 0;
        world_alloc_fails_in = -1;
        failures += !d;
        if (d)
            cr_assert_eq(world_destroy(cur, d->id), 0);
        cr_assert_eq(frame_free_count(), before, "leak when allocation %ld fails", n);
        if (none_failed)
            break;
        cr_assert_lt(n, 200);
    }
    cr_expect_gt(failures, 5);
    cr_expect_eq(frame_audit(), 0);
}

Test(life, teardown_is_preemptible_everywhere)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 2, 10);

    cr_assert_eq(world_destroy(cur, d->id), 0);
    uint64_t before = frame_free_count();
    d = world_guest(cur, 2, 600);
    cr_assert(d);
    world_restarts = 0;
    for (unsigned n = 0; domain_find(d->id); n++) {
        cr_assert_lt(n, 1000);
        host_turn(100);
        host_log.preempt_on = true; /* true at each first question */
        host_log.preempt_in = 0;
        struct xen_domctl op = {.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                                .cmd = XEN_DOMCTL_destroydomain,
                                .domain = d->id};
        uint64_t args[5] = {(uint64_t)&op};
        cur->arch.restart_nr = 0;
        world_dispatch(cur, __HYPERVISOR_domctl, args);
        world_restarts += cur->arch.restart_nr == __HYPERVISOR_domctl;
        host_log.preempt_on = false;
        world_settle();
        if (domain_find(d->id))
            cr_expect(d->dying);
    }
    cr_expect_geq(world_restarts, 2);
    cr_expect_eq(frame_free_count(), before);
}

/* What a step missed would be used after the domain is freed: the audit sees it, and the steps run
 * again. */
Test(life, teardown_audits_itself)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 2, 600);
    struct evtchn_alloc_unbound a = {.dom = d->id, .remote_dom = 0};
    struct xen_domctl op = {.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                            .cmd = XEN_DOMCTL_destroydomain,
                            .domain = d->id};
    uint64_t args[5] = {(uint64_t)&op};

    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    while (d->teardown_step < 3) /* ports are closed, contexts dropped */
        world_dispatch(cur, __HYPERVISOR_domctl, args);
    host_log.preempt_on = false;
    cr_assert(d->dying && evtchn_idle(d));
    d->dying = 0; /* a port and a context come to be that should not */
    cr_assert_eq(world_call(cur, __HYPERVISOR_event_channel_op, (uint64_t)EVTCHNOP_alloc_unbound,
                            (uint64_t)&a, 0UL, 0UL, 0UL),
                 0);
    d->dying = DYING_TEARDOWN;
    vcpu_set_whole(d->vcpu[1], true);
    cr_assert_not(evtchn_idle(d));
    world_dispatch(cur, __HYPERVISOR_domctl, args);
    cr_assert_eq(d->teardown_step, 0);
    cr_assert_eq(d->dying, DYING_TEARDOWN);
    domid_t id = d->id;
    cr_assert_eq(world_destroy(cur, id), 0);
    cr_assert_null(domain_find(id));
    cr_assert_eq(frame_audit(), 0);
}

/* A frame that another domain holds keeps the dying domain, and its number, until it comes back. */
Test(life, dies_with_the_last_frame)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 4);
    struct frame *f = NULL;
    domid_t id = d->id;

    for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + host_frames && !f; m++)
        f = frame_get_mfn(MFN(m), d);
    cr_assert(f);
    cr_expect_eq(world_destroy(cur, id), 0);
    cr_expect_eq(domain_find(id), d);
    cr_expect_eq(d->dying, DYING_EMPTY);
    struct xen_domctl op = {0};
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, id), 0);
    cr_expect(op.u.getdomaininfo.flags & XEN_DOMINF_dying);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_max_mem, id), -XEN_ESRCH);
    cr_expect_eq(world_destroy(cur, id), 0, "again is harmless");
    frame_put(f);
    world_settle();
    cr_expect_null(domain_find(id));
}

Test(life, ids)
{
    struct vcpu *cur = world_start(1);
    struct domain *a = world_guest(cur, 1, 1), *b = world_guest(cur, 1, 1), *x;
    struct xen_domctl_createdomain cfg = {
        .max_vcpus = 1, .grant_opts = 1, .max_grant_frames = -1, .max_maptrack_frames = -1};

    cr_assert(a && b);
    cr_expect_neq(a->id, b->id);
    cr_expect_eq(domain_create(a->id, &cfg, false, &x), -XEN_EEXIST);
    cr_expect_eq(domain_create(1000, &cfg, false, &x), 0);
    cr_expect_eq(domain_find(1000), x);
    cr_expect_null(domain_find(DOMID_FIRST_RESERVED));
    cr_expect_null(domain_find(999));
    cr_expect_eq(domain_target(cur, 1000, &x), 0);
    cr_expect_eq(domain_target(cur, 999, &x), -XEN_ESRCH);
    cr_expect_eq(domain_target(a->vcpu[0], b->id, &x), -XEN_EPERM);
    cr_expect_eq(domain_target(a->vcpu[0], 999, &x), -XEN_EPERM, "tells nothing about others");
    cr_expect_eq(domain_target(a->vcpu[0], DOMID_SELF, &x), 0);
    cr_expect_eq(x, a);
}

Test(life, refused_configurations)
{
    struct vcpu *cur = world_start(1);
    struct domain *d;
    const struct xen_domctl_createdomain good = {
        .max_vcpus = 1, .grant_opts = 1, .max_grant_frames = -1, .max_maptrack_frames = -1};
    struct xen_domctl_createdomain c;

    (void)cur;
    c = good, c.flags = XEN_DOMCTL_CDF_hvm;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL);
    c = good, c.max_vcpus = 0;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL);
    c = good, c.max_vcpus = HV_MAX_VCPUS + 1;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL);
    c = good, c.cpupool_id = 1;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL);
    c = good, c.grant_opts = 0;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL);
}

Test(life, pause_shutdown_resume)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 2, 2);
    struct xen_domctl op = {0};

    world_settle();
    cr_expect(sched_current(1)->domain->is_idle, "created paused");
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_unpausedomain, d->id), 0);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_unpausedomain, d->id), -XEN_EINVAL);
    world_settle();
    cr_expect_eq(sched_current(1)->domain, d);
    domain_shutdown(d, SHUTDOWN_suspend);
    domain_shutdown(d, SHUTDOWN_poweroff); /* the first reason stands */
    world_settle();
    cr_expect(sched_current(1)->domain->is_idle);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_getdomaininfo, d->id), 0);
    cr_expect_eq(op.u.getdomaininfo.flags & XEN_DOMINF_shutdown, XEN_DOMINF_shutdown);
    cr_expect_eq(op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift, SHUTDOWN_suspend);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_resumedomain, d->id), 0);
    world_settle();
    cr_expect_eq(sched_current(1)->domain, d);
    cr_expect_not(d->shut_down);
    domain_crash(d, "test");
    cr_expect_eq(d->shutdown_code, SHUTDOWN_crash);
    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_destroydomain, 0), -XEN_EINVAL, "not dom0");
}
