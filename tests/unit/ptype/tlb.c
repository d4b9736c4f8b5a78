/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PT-5 and F-5 with TLBs that remember all they can (arch/host/tlb.c): for every way in which a
 * mapping can come to be and end, nobody can write a frame any more that became a table or
 * another's.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/grant.h>
#include <hv/tlb.h>

#include "space.h"

static struct space s0, s1, s2;

/* Guest 1 runs on CPUs 0 and 1, guest 2 on CPU 1 or 2, the control domain on CPU 2. */
static void start(void)
{
    world_start(400, 120);
    s0 = space_make(0);
    s1 = space_make(1);
    s2 = space_make(2);
    cr_assert_eq(ptype_switch_base(&world_vcpu[0], s0.l4, false), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s1.l4, false), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[2], s2.l4, false), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[4], s1.l4, false), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[5], s2.l4, false), 0);
    for (unsigned v = 0; v < WORLD_VCPUS; v++)
        if (v != 3)
            world_enter(v); /* CPU 0: guest 1; CPU 1: guest 1; CPU 2: guest 2 */
    host_tlb_eager = true;
}

static void hold(void)
{
    unsigned cpu;
    mfn_t mfn;
    const char *fault = world_tlb_fault(&cpu, &mfn);
    cr_assert_null(fault, "%s: CPU %u, frame %lx", fault, cpu, mfn.n);
}
static bool writes(unsigned cpu, mfn_t mfn)
{
    bool old;
    host_tlb_fill();
    return host_tlb_entry(cpu, mfn, &old)->holds & HOST_TLB_WRITE;
}

/* Domain d of vCPU v maps f of domain `of` at its page 1, then clears the entry; nobody flushes. */
static void map_and_clear(unsigned v, const struct space *s, mfn_t f, uint64_t of)
{
    world_enter(v);
    struct mmu_update u = {space_l1e(s, 1), world_pte(f, SPACE_FLAGS)};
    cr_assert_eq(settle(op_mmu_update(&world_vcpu[v], GVA((uint64_t)&u), 1, GVA(0), of)), 0);
    cr_assert(writes(host_cpu, f));
    u.val = 0;
    cr_assert_eq(settle(op_mmu_update(&world_vcpu[v], GVA((uint64_t)&u), 1, GVA(0), DOMID_SELF)),
                 0);
    cr_assert(writes(host_cpu, f), "it stays in the TLB");
}

/* Guest 1 makes f a page table; then nobody can write it. */
static void becomes_table(mfn_t f)
{
    world_enter(1);
    hold();
    cr_assert_eq(space_pin(1, f, 1), 0);
    hold();
    for (unsigned cpu = 0; cpu < 3; cpu++)
        cr_assert_not(writes(cpu, f));
}

Test(pt5, own_mapping, .init = start)
{
    mfn_t f = world_page(1);
    map_and_clear(1, &s1, f, DOMID_SELF);
    cr_assert(writes(1, f), "its second vCPU's CPU, too");
    becomes_table(f);
}

/* The stamp of a mapping is of the moment when it went, not of the moment when it came. */
Test(pt5, flush_between_map_and_clear, .init = start)
{
    mfn_t f = world_page(1);
    map_and_clear(1, &s1, f, DOMID_SELF);
    arch_tlb_flush(all_cpus());
    cr_assert_eq(world_update(1, space_l1e(&s1, 1), world_pte(f, SPACE_FLAGS), DOMID_SELF), 0);
    arch_tlb_flush(all_cpus());
    host_tlb_fill();
    cr_assert_eq(world_update(1, space_l1e(&s1, 1), 0, DOMID_SELF), 0);
    becomes_table(f);
}

Test(pt5, read_only_is_an_end, .init = start)
{
    mfn_t f = world_page(1);
    cr_assert_eq(world_update(1, space_l1e(&s1, 1), world_pte(f, SPACE_FLAGS), DOMID_SELF), 0);
    host_tlb_fill();
    cr_assert_eq(
        world_update(1, space_l1e(&s1, 1), world_pte(f, SPACE_FLAGS & ~PTE_RW), DOMID_SELF), 0);
    becomes_table(f);
}

Test(pt5, failed_exchange_keeps_the_stamp, .init = start)
{
    mfn_t f = world_page(1);
    map_and_clear(1, &s1, f, DOMID_SELF);
    uint64_t in[2] = {f.n, 0}, out[1] = {5}; /* the second is not guest 1's */
    struct xen_memory_exchange e = {
        .in = {.nr_extents = 2, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF}};
    e.in.extent_start.p = in;
    e.out.extent_start.p = out;
    cr_assert_eq(settle(op_memory_op(&world_vcpu[1], XENMEM_exchange, GVA((uint64_t)&e))),
                 -XEN_EINVAL);
    becomes_table(f);
}

Test(pt5, foreign_mapping_of_the_control_domain, .init = start)
{
    mfn_t f = world_page(1);
    map_and_clear(0, &s0, f, 1);
    becomes_table(f);
}

Test(pt5, foreign_mapping_made_writable_later, .init = start)
{
    mfn_t f = world_page(1);
    world_enter(0);
    cr_assert_eq(world_update(0, space_l1e(&s0, 1), world_pte(f, SPACE_FLAGS & ~PTE_RW), 1), 0);
    map_and_clear(0, &s0, f, 1);
    becomes_table(f);
}

static void grant_map(mfn_t f, unsigned vcpu, uint64_t addr)
{
    struct frame *fr = frame_of(f);

    /* the grant room's part: a pin's reference, then the entry's two */
    cr_assert(frame_get(fr, &world_dom[1]) && frame_get_held(fr));
    cr_assert_eq(ptype_get_writable_as(fr, PTYPE_FOREIGN), 0);
    cr_assert_eq(
        ptype_grant_install(&world_vcpu[vcpu], addr, f, GNTMAP_host_map | GNTMAP_contains_pte), 0);
}

Test(pt5, grant_mapping_destroyed_by_an_ordinary_write, .init = start)
{
    mfn_t f = world_page(1);
    world_enter(5);
    grant_map(f, 5, space_l1e(&s2, 1));
    cr_assert(writes(2, f));
    cr_assert_eq(world_update(2, space_l1e(&s2, 1), 0, DOMID_SELF), 0);
    becomes_table(f);
}

/* The owner has had it writable before, so that the grant's reference is not the first. */
Test(pt5, grant_of_a_page_that_was_writable, .init = start)
{
    mfn_t f = world_page(1);
    map_and_clear(1, &s1, f, DOMID_SELF);
    arch_tlb_flush(all_cpus());
    world_enter(5);
    grant_map(f, 5, space_l1e(&s2, 1));
    cr_assert(writes(2, f));
    cr_assert_eq(world_update(2, space_l1e(&s2, 1), 0, DOMID_SELF), 0);
    becomes_table(f);
}

Test(pt5, grant_mapping_destroyed_with_its_page_table, .init = start)
{
    mfn_t f = world_page(1);
    world_enter(5);
    grant_map(f, 5, space_l1e(&s2, 1));
    cr_assert(writes(2, f));
    cr_assert_eq(world_update(2, (s2.l2.n << PAGE_SHIFT) + 8 * space_index(2), 0, DOMID_SELF), 0);
    cr_assert_eq(world_type_count(f), 0);
    becomes_table(f);
}

/* Only those that may hold it are asked: the owner's CPUs, and all if others mapped it. */
Test(pt5, nobody_else_is_disturbed, .init = start)
{
    mfn_t f = world_page(1), g = world_page(1);
    map_and_clear(1, &s1, f, DOMID_SELF);
    uint32_t before = arch_tlb_stamp();
    becomes_table(f);
    cr_assert_eq(arch_tlb_stale(all_cpus(), before), CPUSET(2), "CPU 2 runs guest 2");
    map_and_clear(0, &s0, g, 1);
    becomes_table(g);
    const unsigned flushes = host_log.flushes;
    map_and_clear(1, &s1, f = world_page(1), DOMID_SELF);
    arch_tlb_flush(all_cpus());
    cr_assert_eq(space_pin(1, f, 1), 0);
    cr_assert_eq(host_log.flushes, flushes + 1, "all flushed since: nobody");
    cr_assert_eq(atomic_load(&frame_of(g)->type) & PTYPE_FOREIGN, 0, "the mark goes with the type");
}

/* A page that was a table: the caches of page-table pointers must not walk what is written to
 * it. */
static void table_page_is_written(mfn_t t)
{
    hold();
    cr_assert_eq(world_update(1, space_l1e(&s1, 1), world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
    hold();
}

Test(pt5, unlinked_table_becomes_writable, .init = start)
{
    mfn_t t = world_page(1);
    const uint64_t l2e = (s1.l2.n << PAGE_SHIFT) + 8 * (space_index(2) + 1);
    world_enter(1);
    cr_assert_eq(world_update(1, l2e, world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
    host_tlb_fill();
    cr_assert_eq(world_update(1, l2e, 0, DOMID_SELF), 0);
    table_page_is_written(t);
}

/* A descriptor that is not present may be anything, another's page-table entry, too. */
Test(pt5, unlinked_table_gets_a_descriptor, .init = start)
{
    mfn_t t = world_page(1), other = world_page(2);
    const uint64_t l2e = (s1.l2.n << PAGE_SHIFT) + 8 * (space_index(2) + 1);
    world_enter(1);
    cr_assert_eq(world_update(1, l2e, world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
    host_tlb_fill();
    cr_assert_eq(world_update(1, l2e, 0, DOMID_SELF), 0);
    cr_assert_eq(op_update_descriptor(&world_vcpu[1], PADDR(t.n << PAGE_SHIFT),
                                      world_pte(other, SPACE_FLAGS)),
                 0);
    cr_assert_not(writes(host_cpu, other));
    hold();
}

/* The same when the table was taken apart by a later operation. */
Test(pt5, undone_table_becomes_writable, .init = start)
{
    mfn_t l2 = world_page(1), l1[20];
    world_enter(1);
    for (unsigned i = 0; i < 20; i++) {
        l1[i] = world_page(1);
        world_at(l2)[i] = world_pte(l1[i], SPACE_FLAGS);
    }
    const uint64_t l3e = (s1.l3.n << PAGE_SHIFT) + 8 * (space_index(3) + 1);
    cr_assert_eq(world_update(1, l3e, world_pte(l2, SPACE_FLAGS), DOMID_SELF), 0);
    host_tlb_fill();
    host_turn(30); /* enough for a few of them; the rest is undone by the continuations */
    const unsigned before = world_restarts;
    cr_assert_eq(world_update(1, l3e, 0, DOMID_SELF), 0);
    cr_assert_gt(world_restarts, before);
    cr_assert_not(world_dom[1].pt_undo);
    table_page_is_written(l2); /* undone last, and first to be asked: its flush is for all */
    for (unsigned i = 20; i-- > 0;)
        table_page_is_written(l1[i]);
}

Test(pt5, table_becomes_one_of_another_level, .init = start)
{
    mfn_t t = world_page(1), page = world_page(1);
    const uint64_t l2e = (s1.l2.n << PAGE_SHIFT) + 8 * (space_index(2) + 1);
    world_enter(1);
    cr_assert_eq(world_update(1, l2e, world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
    cr_assert_eq(space_pin(1, page, 1), 0);
    host_tlb_fill();
    cr_assert_eq(world_update(1, l2e, 0, DOMID_SELF), 0);
    cr_assert_eq(space_pin(1, t, 2), 0);
    cr_assert_eq(world_update(1, t.n << PAGE_SHIFT, world_pte(page, SPACE_FLAGS), DOMID_SELF), 0);
    hold();
}

/* A vCPU that went elsewhere left nothing behind; one that came later walks the new entries. */
Test(pt5, vcpus_that_move, .init = start)
{
    mfn_t f = world_page(1);
    map_and_clear(4, &s1, f, DOMID_SELF);
    world_enter(2); /* guest 2 in place of guest 1 on CPU 1 */
    cr_assert_not(writes(1, f));
    cr_assert_eq(domain_dirty_cpus(&world_dom[1]), CPUSET(0));
    cr_assert_eq(domain_dirty_cpus(&world_dom[2]), CPUSET(1) | CPUSET(2));
    becomes_table(f);
    world_enter(4);
    hold();
}

/* F-5: given back, and given to another. */
Test(f5, freed_frames, .init = start)
{
    mfn_t f[33]; /* more than the ring of recently freed ones */
    world_enter(1);
    for (unsigned i = 0; i < 33; i++) {
        f[i] = world_page(1);
        map_and_clear(1, &s1, f[i], DOMID_SELF);
        cr_assert(frame_release_domain(&world_dom[1], frame_of(f[i])));
    }
    hold();
    for (unsigned i = 0; i < 80; i++) {
        world_page(2);
        hold();
    }
}

/* An extent of frames that were given back at different times. */
Test(f5, each_frame_of_an_extent_counts, .init = start)
{
    mfn_t e, f;
    world_enter(1);
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 5, 0, &e), 0);
    for (unsigned i = 0; i < 32; i++) {
        map_and_clear(1, &s1, MFN(e.n + i), DOMID_SELF);
        if (i % 2)
            arch_tlb_flush(all_cpus());
        cr_assert(frame_release_domain(&world_dom[1], frame_of(MFN(e.n + i))));
    }
    while (!frame_alloc_domain(&world_dom[2], 4, 0, &f))
        hold();
}

Test(f5, exchanged_frames, .init = start)
{
    uint64_t in[4], out[4] = {20, 21, 22, 23};
    struct xen_memory_exchange e = {.in = {.nr_extents = 4, .domid = DOMID_SELF},
                                    .out = {.nr_extents = 4, .domid = DOMID_SELF}};
    world_enter(1);
    for (unsigned i = 0; i < 4; i++) {
        in[i] = world_page(1).n;
        map_and_clear(1, &s1, MFN(in[i]), DOMID_SELF);
    }
    e.in.extent_start.p = in;
    e.out.extent_start.p = out;
    cr_assert_eq(settle(op_memory_op(&world_vcpu[1], XENMEM_exchange, GVA((uint64_t)&e))), 0);
    hold();
    for (mfn_t f; !frame_alloc_domain(&world_dom[2], 0, 0, &f);)
        hold();
}

/* hv/tlb.h: what is stale, also when the 20 bits of a stamp wrap around. */
Test(clock, what_is_stale)
{
    const uint64_t when[] = {
        1, 2, 1000, TLB_STAMP_MASK - 1, TLB_STAMP_MASK, TLB_STAMP_MASK + 1, 5 * TLB_STAMP_MASK};
    for (unsigned i = 0; i < 7; i++) {
        const uint64_t stamped = when[i];
        for (uint64_t now = stamped; now < stamped + 4; now++) {
            cr_assert(tlb_clock_stale(now, stamped, stamped & TLB_STAMP_MASK), "at the stamp");
            cr_assert(tlb_clock_stale(now, stamped - 1, stamped & TLB_STAMP_MASK), "before");
            if (now > stamped)
                cr_assert_not(tlb_clock_stale(now, stamped + 1, stamped & TLB_STAMP_MASK), "after");
        }
        /* so old that it looks young: a flush for nothing, never one too few */
        cr_assert(tlb_clock_stale(stamped + TLB_STAMP_MASK + 3, stamped, stamped & TLB_STAMP_MASK));
    }
}
