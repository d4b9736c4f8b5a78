/* SPDX-License-Identifier: BSD-2-Clause */
/* Birth and death of domains: nothing is left behind, whatever fails and whenever it is
 * interrupted. */
#include <criterion/criterion.h>

#include <signal.h>

#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/grant.h>

#include "../../audit/audit.h"
#include "../step.h"
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
static void open_a_port(struct domain *d)
{
    struct evtchn_alloc_unbound a = {.dom = d->id, .remote_dom = 0};

    d->dying = 0;
    cr_assert_eq(op_event_channel_op(dom0->vcpu[0], EVTCHNOP_alloc_unbound, GVA((uint64_t)&a)), 0);
    d->dying = DYING_TEARDOWN;
}
static void set_a_context(struct domain *d)
{
    vcpu_set_whole(d->vcpu[1], true);
}
static void (*const leftovers[])(struct domain *) = {open_a_port, set_a_context};

Test(life, teardown_audits_itself)
{
    struct vcpu *cur = world_start(1);

    for (unsigned i = 0; i < ARRAY_SIZE(leftovers); i++) {
        struct domain *d = world_guest(cur, 2, 600);
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
        leftovers[i](d); /* what should not be */
        world_dispatch(cur, __HYPERVISOR_domctl, args);
        cr_assert_eq(d->teardown_step, 0);
        cr_assert_eq(d->dying, DYING_TEARDOWN);
        cr_assert_eq(world_destroy(cur, op.domain), 0);
        cr_assert_null(domain_find(op.domain));
    }
    cr_assert_eq(frame_audit(), 0);
}

static struct domain *going;
static bool seen;
static void look_for_it(void)
{
    seen |= domain_find(going->id) != NULL;
}

/* Nobody can find it any more when the last wait for those who did begins. */
Test(life, gone_from_the_table_before_quiescence)
{
    struct vcpu *cur = world_start(1);

    going = world_guest(cur, 1, 1);
    world_quiescing = look_for_it;
    unsigned before = host_log.quiesces;
    cr_assert_eq(world_destroy(cur, going->id), 0);
    cr_expect_eq(host_log.quiesces, before + 1);
    cr_expect_not(seen);
}

static struct frame *held[2];
static void another_goes(void)
{
    world_quiescing = NULL;
    host_cpu = 1;
    frame_put(held[0]);
    world_softirq(); /* finds the reaper at work */
    cr_expect_not(sched_pending());
    host_cpu = 0;
}

/* Another CPU's last frame of a domain comes while this one reaps, and is past that domain. */
Test(life, one_that_goes_meanwhile_is_not_forgotten)
{
    struct vcpu *cur = world_start(2);
    domid_t id[2];

    for (unsigned i = 0; i < 2; i++) {
        struct domain *d = world_guest(cur, 1, 1);
        uint64_t cursor = 0;
        id[i] = d->id;
        held[i] = audit_frame_next(d, &cursor);
        cr_assert(held[i] && frame_get(held[i], d));
    }
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(world_destroy(cur, id[i]), 0);
        cr_assert(domain_find(id[i]), "a page of it is held");
    }
    world_settle();
    world_quiescing = another_goes;
    frame_put(held[1]);
    world_softirq();
    cr_expect_null(domain_find(id[1]));
    cr_expect(sched_pending(), "it will be looked for again");
    world_settle();
    cr_expect_null(domain_find(id[0]));
}

/* Its frames may all be gone while its teardown has work to do. */
Test(life, not_freed_while_its_teardown_runs)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 600);
    struct xen_domctl op = {.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                            .cmd = XEN_DOMCTL_destroydomain,
                            .domain = d->id};
    uint64_t args[5] = {(uint64_t)&op};

    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    world_dispatch(cur, __HYPERVISOR_domctl, args);
    host_log.preempt_on = false;
    cr_assert_eq(d->dying, DYING_TEARDOWN);
    frame_last_gone(d);
    domain_reap();
    cr_expect_eq(domain_find(op.domain), d);
    cr_expect_eq(world_call(cur, __HYPERVISOR_domctl, (uint64_t)&op, 0UL, 0UL, 0UL, 0UL), 0);
}

/* Who maps another's frame lets go of it before the page tables go: a preempted teardown keeps
 * nobody else's grant longer than it must. */
Test(life, grants_of_others_go_first)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 600);
    struct xen_domctl op = {.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                            .cmd = XEN_DOMCTL_destroydomain,
                            .domain = d->id};
    uint64_t args[5] = {(uint64_t)&op};
    mfn_t table, page;

    cr_assert_eq(grant_frame(dom0, 0, &table), 0);
    cr_assert_eq(frame_alloc_domain(dom0, 0, 0, &page), 0);
    grant_entry_v1_t *e = arch_frame_ptr(table);
    e[9] =
        (grant_entry_v1_t){.flags = GTF_permit_access, .domid = d->id, .frame = (uint32_t)page.n};
    struct gnttab_map_grant_ref m = {.flags = GNTMAP_device_map, .ref = 9};
    cr_assert_eq(op_grant_table_op(d->vcpu[0], GNTTABOP_map_grant_ref, GVA((uint64_t)&m), 1), 0);
    cr_assert_eq(m.status, GNTST_okay);
    cr_assert_not(grant_idle(d));
    host_log.preempt_on = true;
    host_log.preempt_in = 0; /* the first question comes with its page tables */
    world_dispatch(cur, __HYPERVISOR_domctl, args);
    host_log.preempt_on = false;
    cr_assert_eq(d->dying, DYING_TEARDOWN);
    cr_expect(grant_idle(d));
    cr_expect_eq(e[9].flags, GTF_permit_access, "not in use");
}

Test(life, a_new_domain_holds_nothing_old)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    const uint8_t *s = (const uint8_t *)d->shared_info;
    unsigned nonzero = 0;

    for (unsigned i = 0; i < PAGE_SIZE; i++)
        nonzero += s[i] != 0;
    cr_expect_eq(nonzero, XEN_LEGACY_MAX_VCPUS, "the masks, and no more of what the page was");
    cr_expect_eq(domain_add_vcpu(d, 0, 0), -XEN_EINVAL, "has it already");
    cr_expect_eq(domain_add_vcpu(d, 1, 0), -XEN_EINVAL);
}

/* The assertion is the last guard of a count that the tool-stack cannot lower. */
Test(life, pauses_are_not_undone_twice, .signal = SIGABRT)
{
    struct vcpu *cur = world_start(1);
    struct xen_domctl op = {
        .u.createdomain = {.max_vcpus = 1, .grant_opts = 1, .max_grant_frames = -1}};

    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_createdomain, 0), 0);
    struct domain *d = domain_find(op.domain); /* without vCPUs, whose counts are guarded, too */
    domain_unpause(d);
    domain_unpause(d);
}

/* A domain that was not shut down is resumed: its pauses stay. */
Test(life, resume_undoes_only_the_shutdown)
{
    struct vcpu *cur = world_start(2);
    struct domain *d = world_guest(cur, 2, 2);
    struct xen_domctl op = {0};

    cr_expect_eq(world_domctl(cur, &op, XEN_DOMCTL_resumedomain, d->id), 0);
    world_settle();
    cr_expect_eq(d->vcpu[0]->sched.pause_count, 1);
    cr_expect(sched_current(1)->domain->is_idle);
}

static evtchn_port_t dom0_virq(struct vcpu *cur, uint32_t virq)
{
    struct evtchn_bind_virq b = {.virq = virq};

    cr_assert_eq(op_event_channel_op(cur, EVTCHNOP_bind_virq, GVA((uint64_t)&b)), 0);
    return b.port;
}
static bool took_event(const struct domain *d, evtchn_port_t port)
{
    return bit_test_and_clear_atomic(d->shared_info->evtchn_pending, port);
}

Test(life, news_of_domains_reach_whoever_lives)
{
    struct vcpu *cur = world_start(1);
    struct domain *handler = world_guest(cur, 1, 4), *d = world_guest(cur, 1, 1);
    struct xen_domctl op = {.u.set_virq_handler.virq = VIRQ_DOM_EXC};
    evtchn_port_t port = dom0_virq(cur, VIRQ_DOM_EXC);

    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_set_virq_handler, handler->id), 0);
    domain_shutdown(d, SHUTDOWN_poweroff);
    cr_expect_not(took_event(dom0, port), "the handler's");
    handler->dying = DYING_TEARDOWN;
    domain_shutdown(handler, SHUTDOWN_poweroff);
    cr_expect(took_event(dom0, port), "it cannot handle its own end");
}

/* Who gets the number of a dead handler is none. */
Test(life, the_end_of_a_handler_is_the_end_of_its_office)
{
    struct vcpu *cur = world_start(1);
    struct domain *handler = world_guest(cur, 1, 4), *d = world_guest(cur, 1, 1);
    const domid_t id = handler->id;
    struct xen_domctl op = {.u.set_virq_handler.virq = VIRQ_DOM_EXC};
    struct xen_domctl_createdomain cfg = {
        .max_vcpus = 1, .max_evtchn_port = 9, .max_grant_frames = -1, .grant_opts = 1};
    struct domain *heir;
    evtchn_port_t port = dom0_virq(cur, VIRQ_DOM_EXC);

    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_set_virq_handler, id), 0);
    cr_assert_eq(world_destroy(cur, id), 0);
    world_settle();
    cr_assert_null(domain_find(id));
    cr_assert_eq(domain_create(id, &cfg, false, &heir), 0);
    took_event(dom0, port);
    domain_shutdown(d, SHUTDOWN_poweroff);
    cr_expect(took_event(dom0, port));
}

/* A suspend is told by the event channel that was asked for, and then by nothing else. */
Test(life, suspend_has_an_event_channel)
{
    struct vcpu *cur = world_start(1);
    struct domain *d = world_guest(cur, 1, 1);
    struct evtchn_alloc_unbound a = {.dom = d->id, .remote_dom = 0};
    evtchn_port_t exc = dom0_virq(cur, VIRQ_DOM_EXC);

    cr_assert_eq(op_event_channel_op(cur, EVTCHNOP_alloc_unbound, GVA((uint64_t)&a)), 0);
    struct evtchn_bind_interdomain b = {.remote_dom = d->id, .remote_port = a.port};
    cr_assert_eq(op_event_channel_op(cur, EVTCHNOP_bind_interdomain, GVA((uint64_t)&b)), 0);
    took_event(dom0, b.local_port);
    struct xen_domctl op = {.u.subscribe.port = a.port};
    cr_assert_eq(world_domctl(cur, &op, XEN_DOMCTL_subscribe, d->id), 0);
    domain_shutdown(d, SHUTDOWN_suspend);
    cr_expect(took_event(dom0, b.local_port));
    cr_expect_not(took_event(dom0, exc));
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
    struct domain same = {.id = a->id}, **spare = NULL;
    cr_expect_not(domain_add(&same, &spare));
    cr_expect_eq(domain_find(a->id), a);
    cr_expect_eq(domain_create(1000, &cfg, false, &x), 0);
    cr_expect_eq(domain_find(1000), x);
    for (unsigned id = DOMID_FIRST_RESERVED; id <= UINT16_MAX; id++)
        cr_assert_null(domain_find((domid_t)id));
    cr_expect_null(domain_find(999));
    cr_expect_eq(domain_target(cur, 1000, &x), 0);
    cr_expect_eq(domain_target(cur, 999, &x), -XEN_ESRCH);
    cr_expect_eq(domain_target(a->vcpu[0], b->id, &x), -XEN_EPERM);
    cr_expect_eq(domain_target(a->vcpu[0], 999, &x), -XEN_EPERM, "tells nothing about others");
    cr_expect_eq(domain_target(a->vcpu[0], DOMID_SELF, &x), 0);
    cr_expect_eq(x, a);
}

static struct domain *living;
/* Its kernel takes a reference on every frame that is said to be its own; how many can be had. */
static unsigned takes_all(bool keep)
{
    unsigned got = 0;

    for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + host_frames; m++) {
        struct frame *f = frame_get_mfn(MFN(m), living);
        got += !!f;
        if (f && !keep)
            frame_put(f);
    }
    return got;
}

static unsigned takes_most;
static void takes(void)
{
    takes_most = max(takes_most, takes_all(true));
}

/* Else they would be of two domains, and the one that is given up again finds them in use. */
Test(life, a_number_in_use_names_no_frames_of_another)
{
    (void)world_start(1);
    living = world_guest(sched_current(0), 1, 1);
    cr_assert(living);
    const unsigned own = takes_all(false);
    struct xen_domctl_createdomain cfg = {
        .max_vcpus = 1, .grant_opts = 1, .max_grant_frames = -1, .max_maptrack_frames = -1};
    struct domain *x;

    world_allocating = takes;
    int rc = domain_create(living->id, &cfg, false, &x);
    world_allocating = NULL;
    cr_expect_eq(rc, -XEN_EEXIST);
    cr_expect_leq(takes_most, own);
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
    c = good, c.grant_opts = 3;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL);
    cmdline.gnttab_max_ver = 1;
    c = good, c.grant_opts = 2;
    cr_expect_eq(domain_create(5, &c, false, &d), -XEN_EINVAL, "gnttab=max-ver:1");
    cmdline.gnttab_max_ver = 2;
    cr_assert_eq(domain_create(5, &c, false, &d), 0);
    cr_expect_eq(d->max_grant_version, 2);
    cr_assert_eq(domain_kill(d), 0);
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

/* A capped domain's period begins on one CPU, which wakes the vCPUs, while another CPU frees them;
 * as_freed: the vCPU's memory when it was nobody's any more. */
static struct domain *capped;
static struct vcpu *once, as_freed;
static unsigned all_rooms;
static bool freed;

static void switched(void)
{
    host_cpu = !host_cpu;
}
static void look(void)
{
    if (!freed)
        memcpy(&as_freed, once, sizeof(as_freed));
    freed = true;
}
static void wait_and_look(void)
{
    if (capped->rooms < all_rooms) /* the vCPUs went before */
        look();
    step_wait();
}
static void begin_period(void)
{
    timer_softirq();
}
static void free_it(void)
{
    domain_reap();
    look();
}
/* All that is left of it is to be freed, and its timer is due. */
static void dead_and_capped(struct vcpu *cur)
{
    uint64_t cursor = 0;

    capped = world_guest(cur, 1, 1);
    once = capped->vcpu[0];
    all_rooms = capped->rooms;
    capped->sched.cap = 50;
    capped->sched.cap_budget = 1;
    once->sched.flags |= VPF_CAPPED;
    freed = false;
    struct frame *last = audit_frame_next(capped, &cursor);
    cr_assert(frame_get(last, capped));
    cr_assert_eq(world_destroy(cur, capped->id), 0);
    timer_set(&capped->sched.cap_timer, arch_now());
    frame_put(last);
}

Test(life, no_timer_finds_a_vcpu_that_is_freed)
{
    struct vcpu *cur = world_start(2);

    host_waiting = wait_and_look;
    step_switched = switched;
    dead_and_capped(cur);
    const unsigned long count = step_record(begin_period);
    domain_reap();
    cr_assert_gt(count, 100);
    for (unsigned long n = 0; n < count; n += 3) {
        dead_and_capped(cur);
        cr_assert(step_at(n, begin_period, free_it), "instruction %lu", n);
        cr_assert_eq(memcmp(&as_freed, once, sizeof(as_freed)), 0, "instruction %lu", n);
    }
}
