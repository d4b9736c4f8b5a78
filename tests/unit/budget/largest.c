/* SPDX-License-Identifier: BSD-2-Clause */
/* Every operation whose size the guest chooses, on input that keeps it busy for many turns. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/budget.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/ptype.h>

#include "../../audit/audit.h"
#include "host.h"
#include "meter.h"

#define RO   0x5UL /* present, user */
#define RW   0x7UL
#define MANY 5000

static struct vcpu *cur;
static struct domain *d;

static mfn_t page(void)
{
    mfn_t mfn;

    cr_assert_eq(frame_alloc_domain(d, 0, 0, &mfn), 0);
    return mfn;
}
static uint64_t pte(mfn_t mfn, uint64_t flags)
{
    return mfn.n << PAGE_SHIFT | flags;
}
static uint64_t *at(mfn_t mfn)
{
    return arch_frame_ptr(mfn);
}
static void start(uint64_t frames)
{
    cur = meter_world(frames);
    d = cur->domain;
}

/* n level-1 tables, full. */
static mfn_t l1s[600];
static void make_l1s(unsigned n)
{
    mfn_t data[64];

    for (unsigned i = 0; i < 64; i++)
        data[i] = page();
    for (unsigned t = 0; t < n; t++) {
        l1s[t] = page();
        for (unsigned i = 0; i < 512; i++)
            at(l1s[t])[i] = pte(data[(i + t) % 64], i % 2 ? RO : RW);
    }
}
/* Level 4 over them all. */
static mfn_t make_tree(unsigned n)
{
    mfn_t l4 = page(), l3 = page();

    at(l4)[1] = pte(l3, RW);
    for (unsigned t = 0; t < n; t++) {
        if (t % 512 == 0)
            at(l3)[t / 512] = pte(page(), RW);
        at(MFN(at(l3)[t / 512] >> PAGE_SHIFT))[t % 512] = pte(l1s[t], RW);
    }
    return l4;
}

static struct mmuext_op *ext(unsigned cmd, unsigned n, const mfn_t *mfns, mfn_t src)
{
    struct mmuext_op *op = (struct mmuext_op *)arena;

    for (unsigned i = 0; i < n; i++)
        op[i] = (struct mmuext_op){.cmd = cmd, .arg1.mfn = mfns[i].n, .arg2.src_mfn = src.n};
    return op;
}
#define EXT(what, ops, n)                                                                          \
    &(struct hypercall)                                                                            \
    {                                                                                              \
        what, __HYPERVISOR_mmuext_op, {(uint64_t)(ops), n, 0, DOMID_SELF}, NULL                    \
    }

Test(largest, pins)
{
    for (int busy = 0; busy < 2; busy++) {
        start(4096);
        make_l1s(600);
        mfn_t l4 = make_tree(600);
        for (int round = 0; round < 2; round++) {
            cr_expect_eq(meter_once(cur, EXT("pin", ext(MMUEXT_PIN_L4_TABLE, 1, &l4, l4), 1), busy),
                         0);
            cr_expect_gt(meter_turns, 100);
            cr_expect_eq(
                meter_once(cur, EXT("unpin", ext(MMUEXT_UNPIN_TABLE, 1, &l4, l4), 1), busy), 0);
            cr_expect_gt(meter_turns, 100);
        }
        cr_expect_eq(
            meter_once(cur, EXT("pin 600", ext(MMUEXT_PIN_L1_TABLE, 600, l1s, l4), 600), busy), 0);
        cr_expect_eq(
            meter_once(cur, EXT("unpin 600", ext(MMUEXT_UNPIN_TABLE, 600, l1s, l4), 600), busy), 0);
        cr_expect_eq(meter_once(cur, EXT("new base", ext(MMUEXT_NEW_BASEPTR, 1, &l4, l4), 1), busy),
                     0);
        cr_expect_eq(ptype_audit(d), 0);
    }
}

/* Requests on an upper table, each of which makes or ends a full table below it. */
Test(largest, table_updates)
{
    start(4096);
    struct mmu_update *u = (struct mmu_update *)(arena + (1 << 20));
    make_l1s(512);
    mfn_t l2 = page();
    cr_assert_eq(meter_once(cur, EXT("pin", ext(MMUEXT_PIN_L2_TABLE, 1, &l2, l2), 1), false), 0);
    for (int busy = 0; busy < 2; busy++)
        for (int make = 1; make >= 0; make--) {
            for (unsigned i = 0; i < 512; i++)
                u[i] = (struct mmu_update){pte(l2, 0) + i * 8, make ? pte(l1s[i], RW) : 0};
            cr_expect_eq(meter_once(cur,
                                    &(struct hypercall){make ? "promote 512" : "drop 512",
                                                        __HYPERVISOR_mmu_update,
                                                        {(uint64_t)u, 512, 0, DOMID_SELF},
                                                        NULL},
                                    busy),
                         0);
            cr_expect_gt(meter_turns, 100);
        }
    cr_assert_eq(meter_once(cur, EXT("pin", ext(MMUEXT_PIN_L1_TABLE, 1, l1s, l2), 1), false), 0);
    for (unsigned i = 0; i < MANY; i++)
        u[i] = (struct mmu_update){pte(l1s[0], 0) + i % 512 * 8,
                                   i % 1024 < 512 ? 0 : at(l1s[1])[i % 512]};
    cr_expect_eq(meter_run(cur, &(struct hypercall){"level-1 updates",
                                                    __HYPERVISOR_mmu_update,
                                                    {(uint64_t)u, MANY, 0, DOMID_SELF},
                                                    NULL}),
                 0);
}

Test(largest, clears_copies_flushes)
{
    start(2048);
    mfn_t many[MANY];
    mfn_t dst = page(), src = page();
    for (unsigned i = 0; i < MANY; i++)
        many[i] = dst;
    static const struct {
        const char *name;
        unsigned cmd;
    } ops[] = {{"clear pages", MMUEXT_CLEAR_PAGE},  {"copy pages", MMUEXT_COPY_PAGE},
               {"flush all", MMUEXT_TLB_FLUSH_ALL}, {"flush local", MMUEXT_TLB_FLUSH_LOCAL},
               {"invlpg all", MMUEXT_INVLPG_ALL},   {"wbinvd", MMUEXT_FLUSH_CACHE}};
    d->dirty_cpus = CPUSET(0) | CPUSET(1);
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++)
        cr_expect_eq(meter_run(cur, EXT(ops[i].name, ext(ops[i].cmd, MANY, many, src), MANY)), 0);
}

/* The context of another vCPU, whose tree is large. */
Test(largest, contexts)
{
    static struct vcpu_guest_context c;

    for (int busy = 0; busy < 2; busy++) {
        struct xen_domctl op = {.u.vcpucontext = {.vcpu = 1, .ctxt.p = &c}};
        start(8192);
        struct domain *guest = world_guest(cur, 2, 8);
        d = guest;
        d->max_pages = 8000;
        make_l1s(600);
        memset(&c, 0, sizeof(c));
        c.ctrlreg[3] = xen_pfn_to_cr3(make_tree(600).n);
        make_l1s(200);
        c.ctrlreg[1] = xen_pfn_to_cr3(make_tree(200).n) | 1;
        c.gdt_ents = 14 * 512;
        for (unsigned i = 0; i < 14; i++)
            c.gdt_frames[i] = page().n;
        op.cmd = XEN_DOMCTL_setvcpucontext;
        op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
        op.domain = d->id;
        const struct hypercall set = {"setvcpucontext", __HYPERVISOR_domctl, {(uint64_t)&op}, NULL};
        cr_expect_eq(meter_once(cur, &set, busy), 0);
        cr_expect_gt(meter_turns, 100);
        cr_expect_eq(meter_once(cur, &set, busy), 0, "again: it has what is named");
        struct vcpu *v = d->vcpu[1];
        vcpu_drop_context(v);
        const struct hypercall init = {
            "initialise", __HYPERVISOR_vcpu_op, {VCPUOP_initialise, 1, (uint64_t)&c}, NULL};
        cr_expect_eq(meter_once(d->vcpu[0], &init, busy), 0);
        cr_expect_gt(meter_turns, 100);
        cr_expect(vcpu_whole(v));
        cr_expect_eq(ptype_audit(d), 0);
        c.gdt_frames[13] = 1; /* the last thing that is looked at */
        const mfn_t before = v->cr3;
        c.ctrlreg[3] = xen_pfn_to_cr3(page().n);
        cr_expect_eq(meter_once(cur, &set, busy), -XEN_EINVAL);
        cr_expect(vcpu_whole(v) && mfn_eq(v->cr3, before) && v->gdt_count == 14, "nothing changed");
        vcpu_drop_context(v);
        cr_expect_eq(meter_once(cur, &set, busy), -XEN_EINVAL);
        vcpu_up(v);
        cr_expect_not(vcpu_runnable(v), "not whole: never chosen");
    }
}

Test(largest, descriptor_tables)
{
    static uint64_t gdt[14];

    start(2048);
    for (unsigned i = 0; i < 14; i++)
        gdt[i] = page().n;
    cr_expect_eq(meter_run(cur,
                           &(struct hypercall){
                               "set_gdt", __HYPERVISOR_set_gdt, {(uint64_t)gdt, 14 * 512}, NULL}),
                 0);
    cr_expect_eq(meter_run(cur, &(struct hypercall){"update_descriptor",
                                                    __HYPERVISOR_update_descriptor,
                                                    {gdt[0] << 12, 0},
                                                    NULL}),
                 0);
}

static struct xen_memory_reservation reservation;
static void give_back(void)
{
    uint64_t cursor = 0;
    struct frame *f;

    while ((f = audit_frame_next(d, &cursor)))
        frame_release_domain(d, f); /* but those that are the hypervisor's */
}

static void reserve(unsigned order, unsigned n)
{
    static xen_pfn_t list[MANY];

    reservation = (struct xen_memory_reservation){
        .nr_extents = n, .extent_order = order, .domid = DOMID_SELF};
    for (unsigned i = 0; i < n; i++)
        list[i] = i << order;
    reservation.extent_start.p = list;
    static const struct {
        const char *name;
        unsigned cmd;
    } ops[] = {{"increase_reservation", XENMEM_increase_reservation},
               {"populate_physmap", XENMEM_populate_physmap}};
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
        const struct hypercall h = {
            ops[i].name, __HYPERVISOR_memory_op, {ops[i].cmd, (uint64_t)&reservation}, give_back};
        meter_run(cur, &h);
    }
    for (int busy = 0; busy < 2; busy++) {
        give_back();
        world_call(cur, __HYPERVISOR_memory_op, (uint64_t)XENMEM_increase_reservation, &reservation,
                   0UL, 0UL, 0UL);
        const struct hypercall h = {"decrease_reservation",
                                    __HYPERVISOR_memory_op,
                                    {XENMEM_decrease_reservation, (uint64_t)&reservation},
                                    NULL};
        cr_expect_eq(meter_once(cur, &h, busy), n);
    }
}

Test(largest, reservations)
{
    start(20000);
    reserve(0, MANY);
    reserve(9, 20);
    reserve(12, 3);
    reserve(3, 600);
}

static void exchange(unsigned in_order, unsigned out_order)
{
    enum { FRAMES = 4096 };
    static xen_pfn_t in[FRAMES], out[FRAMES];
    struct xen_memory_exchange e = {
        .in = {.nr_extents = FRAMES >> in_order, .extent_order = in_order, .domid = DOMID_SELF}};

    e.in.extent_start.p = in;
    e.out = e.in;
    e.out.nr_extents = FRAMES >> out_order;
    e.out.extent_order = out_order;
    e.out.extent_start.p = out;
    for (int busy = 0; busy < 2; busy++) {
        cr_expect_eq(world_call(cur, __HYPERVISOR_memory_op, (uint64_t)XENMEM_increase_reservation,
                                &e.in, 0UL, 0UL, 0UL),
                     FRAMES >> in_order);
        e.nr_exchanged = 0;
        cr_expect_eq(meter_once(cur,
                                &(struct hypercall){"exchange",
                                                    __HYPERVISOR_memory_op,
                                                    {XENMEM_exchange, (uint64_t)&e},
                                                    NULL},
                                busy),
                     0);
        cr_expect_gt(meter_turns, 50);
        cr_expect_eq(world_call(cur, __HYPERVISOR_memory_op, (uint64_t)XENMEM_decrease_reservation,
                                &e.out, 0UL, 0UL, 0UL),
                     FRAMES >> out_order);
    }
}

Test(largest, exchanges)
{
    start(16384);
    exchange(9, 0);
    exchange(0, 9);
    exchange(9, 9);
    exchange(0, 0);
}

Test(largest, grants)
{
    start(4096);
    struct domain *g = world_guest(cur, 1, 8);
    d = g;
    d->max_pages++;
    mfn_t theirs = page();
    d = cur->domain;
    mfn_t mine = page(), t;
    cr_assert_eq(grant_frame(g, 0, &t), 0);
    grant_entry_v1_t *e = arch_frame_ptr(t);
    e[8] = (grant_entry_v1_t){.flags = GTF_permit_access, .domid = 0, .frame = (uint32_t)theirs.n};
    struct gnttab_map_grant_ref *m = (void *)arena;
    struct gnttab_unmap_grant_ref *u = (void *)(arena + (64 << 20));
    struct gnttab_copy *c = (void *)(arena + (128 << 20)), *small = c + MANY;
    for (unsigned i = 0; i < MANY; i++) {
        m[i] = (struct gnttab_map_grant_ref){
            .flags = GNTMAP_device_map | GNTMAP_readonly, .ref = 8, .dom = g->id};
        u[i] = (struct gnttab_unmap_grant_ref){.dev_bus_addr = theirs.n << 12, .handle = i};
        c[i] = (struct gnttab_copy){.source = {.u.ref = 8, .domid = g->id},
                                    .dest = {.u.gmfn = mine.n, .domid = DOMID_SELF},
                                    .len = PAGE_SIZE,
                                    .flags = GNTCOPY_source_gref};
        small[i] = c[i];
        small[i].len = 8;
    }
    const struct {
        const char *name;
        unsigned cmd;
        void *list;
    } ops[] = {{"map", GNTTABOP_map_grant_ref, m},
               {"unmap", GNTTABOP_unmap_grant_ref, u},
               {"unmap_and_replace", GNTTABOP_unmap_and_replace, u},
               {"copy", GNTTABOP_copy, c},
               {"copy of 8 bytes", GNTTABOP_copy, small},
               {"swap", GNTTABOP_swap_grant_ref, arena + (256 << 20)},
               {"transfer", GNTTABOP_transfer, arena + (256 << 20)},
               {"cache_flush", GNTTABOP_cache_flush, arena + (512 << 20)}};
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
        const struct hypercall h = {ops[i].name,
                                    __HYPERVISOR_grant_table_op,
                                    {ops[i].cmd, (uint64_t)ops[i].list, MANY},
                                    NULL};
        cr_expect_eq(meter_run(cur, &h), 0, "%s", ops[i].name);
    }
    cr_expect_eq(c[MANY - 1].status, GNTST_okay);
}

/* Tables of the largest size that there is. */
Test(largest, grant_tables)
{
    for (int busy = 0; busy < 2; busy++) {
        struct xen_domctl op = {.u.createdomain = {.max_vcpus = HV_MAX_VCPUS,
                                                   .max_evtchn_port = -1u,
                                                   .max_grant_frames = 4096,
                                                   .max_maptrack_frames = 4096,
                                                   .grant_opts = 1}};
        start(20000);
        op.cmd = XEN_DOMCTL_createdomain;
        op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
        struct hypercall domctl = {"createdomain", __HYPERVISOR_domctl, {(uint64_t)&op}, NULL};
        cr_assert_eq(meter_once(cur, &domctl, busy), 0);
        struct domain *g = domain_find(op.domain);
        op.cmd = XEN_DOMCTL_max_vcpus, domctl.name = "max_vcpus";
        op.u.max_vcpus.max = HV_MAX_VCPUS;
        cr_expect_eq(meter_once(cur, &domctl, busy), 0);
        struct gnttab_setup_table s = {
            .dom = g->id, .nr_frames = 2000, .frame_list.p = (xen_pfn_t *)arena};
        cr_expect_eq(meter_once(cur,
                                &(struct hypercall){"setup_table",
                                                    __HYPERVISOR_grant_table_op,
                                                    {GNTTABOP_setup_table, (uint64_t)&s, 1},
                                                    NULL},
                                busy),
                     0);
        cr_expect_eq(s.status, GNTST_okay);
        struct xen_mem_acquire_resource r = {.domid = g->id,
                                             .type = XENMEM_resource_grant_table,
                                             .nr_frames = 4096,
                                             .frame_list.p = (xen_pfn_t *)arena};
        cr_expect_eq(meter_once(cur,
                                &(struct hypercall){"acquire_resource",
                                                    __HYPERVISOR_memory_op,
                                                    {XENMEM_acquire_resource, (uint64_t)&r},
                                                    NULL},
                                busy),
                     0);
        op.cmd = XEN_DOMCTL_destroydomain, domctl.name = "destroydomain";
        cr_expect_eq(meter_once(cur, &domctl, busy), 0);
        for (unsigned n = 0; n < 1000; n++) { /* the idle loop, or the next domctl */
            op.cmd = XEN_DOMCTL_getdomaininfo;
            (void)meter_once(cur, &domctl, busy);
        }
        cr_expect_null(domain_find(g->id) ? domain_find(op.domain) : NULL);
    }
}

/* A guest with everything that teardown has to undo. */
Test(largest, teardown)
{
    for (int busy = 0; busy < 2; busy++) {
        struct xen_domctl op = {0};
        start(16384);
        const uint64_t before = frame_free_count();
        struct domain *g = world_guest(cur, 8, 1000);
        d = g;
        d->max_pages = 12000;
        make_l1s(600);
        mfn_t l4 = make_tree(600);
        for (unsigned i = 0; i < 5000; i++)
            page();
        cr_expect_eq(
            meter_once(g->vcpu[0], EXT("pin", ext(MMUEXT_PIN_L4_TABLE, 1, &l4, l4), 1), busy), 0);
        struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
        for (unsigned i = 0; i < 4000; i++)
            cr_assert_eq(world_call(g->vcpu[0], __HYPERVISOR_event_channel_op,
                                    (uint64_t)EVTCHNOP_alloc_unbound, &a, 0UL, 0UL, 0UL),
                         0);
        op.cmd = XEN_DOMCTL_destroydomain;
        op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
        op.domain = g->id;
        cr_expect_eq(meter_once(cur,
                                &(struct hypercall){
                                    "destroydomain", __HYPERVISOR_domctl, {(uint64_t)&op}, NULL},
                                busy),
                     0);
        cr_expect_gt(meter_turns, 20);
        for (unsigned n = 0; n < 100; n++)
            world_settle();
        cr_expect_null(domain_find(op.domain));
        (void)before;
    }
}

/* The log of a guest's written pages; all shadows go in one step (of roots that are full: unit/ptype
 * dirty.roots_are_filled_within_bounds). */
Test(largest, written_pages)
{
    static const struct {
        const char *name;
        unsigned op;
    } steps[] = {{"log on", XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY},
                 {"log peek", XEN_DOMCTL_SHADOW_OP_PEEK},
                 {"log clean", XEN_DOMCTL_SHADOW_OP_CLEAN},
                 {"log off", XEN_DOMCTL_SHADOW_OP_OFF}};

    for (int busy = 0; busy < 2; busy++) {
        start(4096);
        const struct domain *g = world_guest(cur, HV_MAX_VCPUS, 100);
        cr_assert(g);
        g->shared_info->arch.max_pfn = 1UL << 20;
        for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
            struct xen_domctl op = {.cmd = XEN_DOMCTL_shadow_op,
                                    .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                                    .domain = g->id,
                                    .u.shadow_op = {.op = steps[i].op, .pages = 1UL << 20}};
            op.u.shadow_op.dirty_bitmap.p = (void *)arena;
            cr_expect_eq(meter_once(cur,
                                    &(struct hypercall){
                                        steps[i].name, __HYPERVISOR_domctl, {(uint64_t)&op}, NULL},
                                    busy),
                         0);
        }
    }
}

Test(largest, events)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_reset r = {.dom = DOMID_SELF};

    start(2048);
    for (int busy = 0; busy < 2; busy++) {
        for (unsigned i = 0; i < 4090; i++)
            cr_assert_eq(world_call(cur, __HYPERVISOR_event_channel_op,
                                    (uint64_t)EVTCHNOP_alloc_unbound, &a, 0UL, 0UL, 0UL),
                         0);
        cr_expect_eq(meter_once(cur,
                                &(struct hypercall){"evtchn reset",
                                                    __HYPERVISOR_event_channel_op,
                                                    {EVTCHNOP_reset, (uint64_t)&r},
                                                    NULL},
                                busy),
                     0);
    }
}

static long event(unsigned cmd, void *arg)
{
    return world_call(cur, __HYPERVISOR_event_channel_op, (uint64_t)cmd, arg, 0UL, 0UL, 0UL);
}
static long meter_event(const char *name, unsigned cmd, void *arg, bool busy)
{
    const struct hypercall h = {name, __HYPERVISOR_event_channel_op, {cmd, (uint64_t)arg}, NULL};

    return meter_once(cur, &h, busy);
}

/* Ports that were sent to before they had a word; and a guest that says of each closed one, one in
 * each page of ports, that it is in a queue. */
Test(largest, events_by_fifo)
{
    enum { PORTS = 16384, WORDS = 1024, IN_PAGE = 256 };

    for (int busy = 0; busy < 2; busy++) {
        struct evtchn_reset r = {.dom = DOMID_SELF};
        mfn_t words[PORTS / WORDS];
        start(2048);
        d->max_evtchn_port = PORTS - 1;
        struct evtchn_init_control c = {.control_gfn = page().n};
        cr_assert_eq(event(EVTCHNOP_init_control, &c), 0);
        for (unsigned i = 1; i < PORTS; i++) {
            struct evtchn_bind_ipi b = {0};
            cr_assert_eq(event(EVTCHNOP_bind_ipi, &b), 0);
            struct evtchn_send s = {.port = b.port};
            cr_assert_eq(event(EVTCHNOP_send, &s), 0);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
            words[i] = page();
            memset(at(words[i]), 0, PAGE_SIZE);
            struct evtchn_expand_array a = {.array_gfn = words[i].n};
            cr_expect_eq(meter_event("expand_array", EVTCHNOP_expand_array, &a, busy), 0);
        }
        for (unsigned port = IN_PAGE - 1; port < PORTS; port += IN_PAGE) {
            struct evtchn_close close = {.port = port};
            cr_assert_eq(event(EVTCHNOP_close, &close), 0);
            ((uint32_t *)at(words[port / WORDS]))[port % WORDS] |= 1u << EVTCHN_FIFO_LINKED;
        }
        struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
        cr_expect_eq(meter_event("alloc_unbound", EVTCHNOP_alloc_unbound, &a, busy), 0);
        cr_expect_eq(a.port, IN_PAGE - 1);
        cr_expect_eq(meter_event("reset", EVTCHNOP_reset, &r, busy), 0);
    }
}

Test(largest, lists)
{
    struct xen_sysctl op = {.cmd = XEN_SYSCTL_getdomaininfolist,
                            .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    struct xen_domctl dop = {.cmd = XEN_DOMCTL_getpageframeinfo3,
                             .interface_version = XEN_DOMCTL_INTERFACE_VERSION};

    start(16384);
    for (unsigned i = 0; i < 100; i++)
        cr_assert(d = world_guest(cur, 64, 2));
    op.u.getdomaininfolist.max_domains = 1000;
    op.u.getdomaininfolist.buffer.p = (void *)arena;
    cr_expect_eq(meter_run(cur,
                           &(struct hypercall){
                               "getdomaininfolist", __HYPERVISOR_sysctl, {(uint64_t)&op}, NULL}),
                 0);
    op.cmd = XEN_SYSCTL_readconsole;
    op.u.readconsole.buffer.p = arena;
    op.u.readconsole.count = ~0U;
    for (unsigned i = 0; i < 1000; i++)
        console_write("some text that fills the ring, and more of it, and so on\n", 56);
    cr_expect_eq(
        meter_run(cur,
                  &(struct hypercall){"readconsole", __HYPERVISOR_sysctl, {(uint64_t)&op}, NULL}),
        0);
    dop.domain = d->id;
    dop.u.getpageframeinfo3.num = 1024;
    dop.u.getpageframeinfo3.array.p = (void *)arena;
    cr_expect_eq(meter_run(cur,
                           &(struct hypercall){
                               "getpageframeinfo3", __HYPERVISOR_domctl, {(uint64_t)&dop}, NULL}),
                 0, "%d", d->id);
    cr_expect_eq(meter_run(cur, &(struct hypercall){"console write",
                                                    __HYPERVISOR_console_io,
                                                    {CONSOLEIO_write, 1 << 16, (uint64_t)arena},
                                                    NULL}),
                 0);
    struct multicall_entry *m = (void *)(arena + (1UL << 30));
    for (unsigned i = 0; i < 16 * MANY; i++)
        m[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
    cr_expect_eq(meter_run(cur, &(struct hypercall){"multicall",
                                                    __HYPERVISOR_multicall,
                                                    {(uint64_t)m, 16 * MANY},
                                                    NULL}),
                 0);
}
