/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of written pages (hv/dirty.h): random moves of a guest whose vCPUs run on two CPUs with
 * TLBs that remember all they can, with page faults between, and reports.  After each step DL-1 and
 * DL-2 are recomputed, and so are the page types' own invariants.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/dirty.h>

#include "moves.h"
#include "../../../hypervisor/core/ptype/dirty_int.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

#define FRAMES 600
#define PAGES  32 /* of guest 1: the first are a tree of tables */
#define LEAF   3  /* first data page */

static shared_info_t shared;
static struct domain *const d = &world_dom[1];

static void start_world(void)
{
    world_start(FRAMES, 120);
    d->shared_info = &shared;
    moves_pages = 0;
    for (unsigned i = 0; i < PAGES + 2; i++) {
        moves_page[moves_pages++] = world_page(i < PAGES ? 1 : 2);
        arch_m2p_set(moves_page[i], PFN(i));
    }
    uint64_t *l4 = world_at(moves_page[0]), *l3 = world_at(moves_page[1]);
    uint64_t *l2 = world_at(moves_page[2]), *l1 = world_at(moves_page[8]);
    l4[0] = world_pte(moves_page[1], 7);
    l3[0] = world_pte(moves_page[2], 7);
    l2[0] = world_pte(moves_page[8], 7);
    l2[1] = world_pte(moves_page[9], 7);
    for (unsigned i = 0; i < 8; i++)
        l1[i] = world_pte(moves_page[10 + i], 7);
    for (unsigned v = 1; v < WORLD_VCPUS; v += WORLD_DOMAINS)
        cr_assert_eq(ptype_switch_base(&world_vcpu[v], moves_page[0], false), 0);
}

static void start_log(void)
{
    int rc;

    while ((rc = dirty_start(d)) == -XEN_ERESTART)
        budget_refill();
    cr_assert_eq(rc, 0);
}

static void start(void)
{
    start_world();
    start_log();
}
static void finish(void)
{
    dirty_free(d);
    d->dirty = NULL;
    d->shared_info = NULL;
}

/* What the CPU would do: 1 it may, 0 a page fault.  As tables say, without memory. */
static bool walk(const struct vcpu *v, uint64_t gva, bool write, mfn_t *mfn)
{
    *mfn = v->root[0];
    for (unsigned shift = 39; shift >= 12; shift -= 9) {
        const uint64_t e = world_at(*mfn)[gva >> shift & 511];
        if (!(e & PTE_PRESENT) || (write && !(e & PTE_RW)))
            return false;
        *mfn = MFN(pte_mfn(e));
    }
    return true;
}

/* An access of the guest's with its page faults; true: it was made. */
static bool touch(struct vcpu *v, uint64_t gva, bool write, mfn_t *mfn)
{
    for (unsigned tries = 0; !walk(v, gva, write, mfn); tries++) {
        mfn_t any;
        cr_assert_lt(tries, 8, "it faults for ever");
        budget_refill();
        if (!shadow_fault(v, false, GVA(gva), write, walk(v, gva, false, &any)))
            return false;
    }
    return true;
}

static uint8_t bitmap[PAGE_SIZE];
static int report(bool clean)
{
    struct xen_domctl_shadow_op_stats stats;
    uint64_t pages = PAGES;
    int rc;

    memset(bitmap, 0, sizeof(bitmap));
    do {
        budget_refill();
        rc = dirty_report(d, clean, GVA((uint64_t)(uintptr_t)bitmap), &pages, &stats);
    } while (rc == -XEN_ERESTART);
    cr_assert_eq(pages, PAGES);
    return rc;
}
static bool reported(unsigned pfn)
{
    return bitmap[pfn / 8] >> pfn % 8 & 1;
}

static bool logged(mfn_t mfn)
{
    const uint64_t pfn = arch_m2p_get(mfn).n;

    return pfn >= PAGES || bit_test(d->dirty->live[0], (unsigned)pfn);
}

/* DL-1 */
static void check_log(void)
{
    host_tlb_fill();
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        for (mfn_t m = MFN(HOST_MFN_BASE); m.n < HOST_MFN_BASE + host_frames; m.n++) {
            bool old;
            const struct frame *f = frame_of(m);
            if (frame_owner_id(f) == d->id && host_log.current[cpu] &&
                host_log.current[cpu]->domain == d &&
                host_tlb_entry(cpu, m, &old)->holds & HOST_TLB_WRITE && !old)
                cr_assert(logged(m), "CPU %u writes to pfn %lu, which is not logged", cpu,
                          arch_m2p_get(m).n);
        }
}

/* DL-2 of one table */
static void check_shadow(const uint64_t *shadow, const uint64_t *table, bool leaf)
{
    for (unsigned i = 0; i < PT_ENTRIES; i++) {
        const uint64_t s = shadow[i], e = table[i];
        if (!(s & PTE_PRESENT) || i / 16 == 16)
            continue;
        cr_assert(e & PTE_PRESENT, "a shadow of nothing");
        cr_assert(!leaf || pte_mfn(s) == pte_mfn(e), "a shadow of another frame");
        cr_assert(!(s & PTE_RW & ~e) && !(~s & PTE_NX & e), "more rights than the guest's");
    }
}
static void check_shadows(void)
{
    const struct dirty_log *l = d->dirty;

    for (unsigned s = 0; s < 1u << l->order; s++) {
        if (!l->key[s])
            continue;
        const uint64_t t = atomic_load(&frame_of(MFN(l->key[s]))->type);
        if (ptype_is_table(t, d))
            check_shadow(world_at(MFN(l->pool.n + s)), world_at(MFN(l->key[s])),
                         t >> PTYPE_SHIFT == PT_L1);
    }
    for (unsigned v = 1; v < WORLD_VCPUS; v += WORLD_DOMAINS)
        if (!mfn_eq(world_vcpu[v].cr3, MFN_INVALID))
            check_shadow(l->root[world_vcpu[v].id][0].page, world_at(world_vcpu[v].cr3), false);
}

Test(dirty, a_write_is_in_the_next_report, .init = start, .fini = finish)
{
    struct vcpu *v = &world_vcpu[1];
    mfn_t mfn;

    world_enter(1);
    cr_assert_eq(report(true), 0);
    cr_assert(touch(v, 0x2000, true, &mfn) && mfn_eq(mfn, moves_page[12]));
    cr_assert(touch(v, 0x3000, false, &mfn));
    cr_assert_not(touch(v, 0x300000, false, &mfn), "nothing is mapped there");
    cr_assert_eq(report(false), 0);
    cr_assert(reported(12) && !reported(13), "a peek");
    cr_assert_eq(report(true), 0);
    cr_assert(reported(12) && !reported(13));
    cr_assert_eq(report(true), 0);
    cr_assert_not(reported(12), "written once");
    cr_assert(touch(v, 0x2000, true, &mfn));
    cr_assert_eq(report(true), 0);
    cr_assert(reported(12), "and again");
}

Test(dirty, accessed_and_dirty_are_the_guests, .init = start, .fini = finish)
{
    uint64_t *l1 = world_at(moves_page[8]);
    mfn_t mfn;

    world_enter(1);
    l1[2] &= ~(PTE_ACCESSED | PTE_DIRTY);
    cr_assert_eq(report(true), 0);
    cr_assert(touch(&world_vcpu[1], 0x2000, false, &mfn));
    cr_assert_eq(l1[2] & (PTE_ACCESSED | PTE_DIRTY), PTE_ACCESSED);
    cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
    cr_assert_eq(l1[2] & (PTE_ACCESSED | PTE_DIRTY), PTE_ACCESSED | PTE_DIRTY);
    cr_assert_eq(report(true), 0);
    cr_assert(reported(8), "the table was written, too");
}

Test(dirty, an_entry_that_changes_loses_its_shadow, .init = start, .fini = finish)
{
    mfn_t mfn;

    world_enter(1);
    cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
    cr_assert_eq(world_update(1, (moves_page[8].n << PAGE_SHIFT) + 16, world_pte(moves_page[20], 5),
                              DOMID_SELF),
                 0);
    cr_assert_not(touch(&world_vcpu[1], 0x2000, true, &mfn), "it is read-only");
    cr_assert(touch(&world_vcpu[1], 0x2000, false, &mfn) && mfn_eq(mfn, moves_page[20]));
    cr_assert_eq(report(true), 0);
    cr_assert(reported(8), "a table that mmu_update wrote");
}

Test(dirty, each_of_a_batch, .init = start, .fini = finish)
{
    const uint64_t at = moves_page[8].n << PAGE_SHIFT;
    struct mmu_update u[] = {{at + 24, 0}, {at + 16, world_pte(moves_page[20], 5)}};
    mfn_t mfn;

    world_enter(1);
    cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
    cr_assert_eq(op_mmu_update(&world_vcpu[1], GVA((uint64_t)u), 2, GVA(0), DOMID_SELF), 0);
    cr_assert_not(touch(&world_vcpu[1], 0x2000, true, &mfn), "the second's shadow is gone, too");
}

/* Whatever stores the entry: afterwards it is read-only. */
static long store(unsigned way, uint64_t val)
{
    const uint64_t slot = (moves_page[8].n << PAGE_SHIFT) + 16;
    uint64_t old;

    switch (way) {
    case 0:
        return world_update(1, slot | MMU_PT_UPDATE_PRESERVE_AD, val, DOMID_SELF);
    case 1:
        return op_update_va_mapping(&world_vcpu[1], GVA(0x2000), val, 0);
    default:
        return ptype_emulate_write(&world_vcpu[1], moves_page[8], 16, val, 8, false, &old);
    }
}
Test(dirty, whoever_stores_it, .init = start, .fini = finish)
{
    mfn_t mfn;

    world_enter(1);
    for (unsigned way = 0; way < 3; way++) {
        cr_assert_eq(store(way, world_pte(moves_page[12], 7)), 0);
        cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
        cr_assert_eq(report(true), 0);
        cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
        cr_assert_eq(store(way, world_pte(moves_page[12], 5)), 0);
        cr_assert_not(touch(&world_vcpu[1], 0x2000, true, &mfn), "way %u", way);
        cr_assert_eq(report(true), 0);
        cr_assert(reported(8), "way %u", way);
    }
}

/* Tools send tables translated, and which are pinned: what becomes one or was one is sent again. */
Test(dirty, a_change_of_type_is_a_write, .init = start, .fini = finish)
{
    const uint64_t slot = (moves_page[2].n << PAGE_SHIFT) + 16;

    world_enter(1);
    enum { UPDATE = ~0u };
    static const struct {
        unsigned cmd;
        uint64_t entry; /* for UPDATE */
    } steps[] = {
        {MMUEXT_PIN_L1_TABLE, 0},
        {MMUEXT_UNPIN_TABLE, 0}, /* alone: a table by its pin */
        {UPDATE, 7},
        {MMUEXT_PIN_L1_TABLE, 0},
        {MMUEXT_UNPIN_TABLE, 0},
        {UPDATE, 0}, /* a table anyway */
    };

    world_enter(1);
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const uint64_t entry = steps[i].entry ? world_pte(moves_page[20], steps[i].entry) : 0;

        cr_assert_eq(report(true), 0);
        cr_assert_eq(steps[i].cmd != UPDATE
                         ? world_ext(1, steps[i].cmd, moves_page[20].n, 0, DOMID_SELF)
                         : world_update(1, slot, entry, DOMID_SELF),
                     0, "step %u", i);
        cr_assert_eq(report(true), 0);
        cr_assert(reported(20), "step %u", i);
        cr_assert_not(reported(21));
    }
}

Test(dirty, pages_cleared_and_copied, .init = start, .fini = finish)
{
    world_enter(1);
    cr_assert_eq(report(true), 0);
    cr_assert_eq(world_ext(1, MMUEXT_CLEAR_PAGE, moves_page[21].n, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(1, MMUEXT_COPY_PAGE, moves_page[22].n, moves_page[21].n, DOMID_SELF), 0);
    cr_assert_eq(report(true), 0);
    cr_assert(reported(21) && reported(22));
}

/* A table that was taken apart, written to, and became one again. */
Test(dirty, a_new_table_has_no_old_shadow, .init = start, .fini = finish)
{
    const uint64_t slot = (moves_page[2].n << PAGE_SHIFT) + 8;
    mfn_t mfn;

    world_enter(1);
    for (unsigned n = 0; n < 2; n++) {
        cr_assert_eq(world_update(1, slot, 0, DOMID_SELF), 0);
        for (unsigned i = 0; i < 2; i++)
            world_at(moves_page[9])[i] = world_pte(moves_page[20 + 2 * n + i], 5);
        cr_assert_eq(world_update(1, slot, world_pte(moves_page[9], 7), DOMID_SELF), 0);
        for (unsigned i = 0; i < 2; i++)
            cr_assert(touch(&world_vcpu[1], 0x200000 + i * PAGE_SIZE, false, &mfn) &&
                      mfn_eq(mfn, moves_page[20 + 2 * n + i]));
    }
}

Test(dirty, another_base_has_its_own, .init = start, .fini = finish)
{
    mfn_t mfn;

    world_enter(1);
    cr_assert(touch(&world_vcpu[1], 0x2000, false, &mfn));
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], moves_page[25], false), 0);
    cr_assert_not(touch(&world_vcpu[1], 0x2000, false, &mfn), "it is empty");
}

Test(dirty, grants, .init = start, .fini = finish)
{
    const uint64_t slot = (moves_page[8].n << PAGE_SHIFT) + 16;
    struct frame *f = frame_of(moves_page[PAGES]);
    mfn_t mfn;

    world_enter(1);
    cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
    cr_assert(frame_get(f, &world_dom[2]));
    cr_assert_eq(ptype_grant_install(&world_vcpu[1], slot, moves_page[PAGES],
                                     GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly),
                 0);
    cr_assert(touch(&world_vcpu[1], 0x2000, false, &mfn) && mfn_eq(mfn, moves_page[PAGES]));
    cr_assert_eq(ptype_grant_remove(&world_vcpu[1], slot, moves_page[PAGES],
                                    GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly,
                                    GVA(0)),
                 0);
    cr_assert_not(touch(&world_vcpu[1], 0x2000, false, &mfn));
    cr_assert_eq(report(true), 0);
    dirty_frame(d, frame_of(moves_page[20])); /* as the end of a grant of it does */
    cr_assert_eq(report(true), 0);
    cr_assert(reported(20) && !reported(21));
}

Test(dirty, any_number_in_the_m2p, .init = start, .fini = finish)
{
    static const uint64_t numbers[] = {~0UL, 1UL << 63, 1UL << 40, LEAF_PAGES, 1UL << 20};
    mfn_t mfn;

    world_enter(1);
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const uint64_t entry = moves_page[12].n << PAGE_SHIFT | MMU_MACHPHYS_UPDATE;
        cr_assert_eq(world_update(1, entry, numbers[i], DOMID_SELF), 0);
        cr_assert_eq(report(true), 0);
        cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
        cr_assert_eq(report(true), 0);
    }
}

Test(dirty, without_it_the_guest_runs_on_its_own_tables, .init = start, .fini = finish)
{
    struct vcpu *v = &world_vcpu[1];

    cr_assert_not(mfn_eq(v->root[0], v->cr3));
    cr_assert_eq(dirty_start(d), -XEN_EINVAL);
    dirty_stop(d);
    cr_assert(mfn_eq(v->root[0], v->cr3));
    cr_assert_eq(report(true), -XEN_EINVAL);
    start_log();
    cr_assert_not(mfn_eq(v->root[0], v->cr3));
}

/* An entry was stored, but the shadow is still the old one's when another CPU's fault comes by. */
Test(dirty, a_fault_between_the_store_and_its_news, .init = start, .fini = finish)
{
    uint64_t *slot = &world_at(moves_page[8])[2];
    const uint64_t was = *slot;
    mfn_t mfn;

    world_enter(1);
    cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
    *slot = world_pte(moves_page[20], 7);
    cr_assert(shadow_fault(&world_vcpu[1], false, GVA(0x2000), false, false));
    check_log();
    *slot = was;
    dirty_entry(d, slot);
}

/* The plain pages that a tool writes by the number of the tables' domain. */
Test(dirty, pages_written_for_another, .init = start, .fini = finish)
{
    cr_assert_eq(
        world_update(0, moves_page[20].n << PAGE_SHIFT, 0, (d->id + 1UL) << 16 | DOMID_SELF), 0);
    cr_assert_eq(report(true), 0);
    cr_assert(reported(20) && !reported(21));
}

static struct vcpu many[HV_MAX_VCPUS];
static void start_many(void)
{
    unsigned turns = 0;
    int rc;

    start_world();
    for (unsigned i = 2; i < HV_MAX_VCPUS; i++) {
        many[i] =
            (struct vcpu){.domain = d, .id = i, .cr3 = moves_page[0], .user_cr3 = MFN_INVALID};
        d->vcpu[i] = &many[i];
    }
    d->vcpu_max = HV_MAX_VCPUS;
    for (budget_refill(); (rc = dirty_start(d)) == -XEN_ERESTART; budget_refill())
        cr_assert_lt(++turns, 20, "it does not get on");
    cr_assert_eq(rc, 0);
}
static void finish_many(void)
{
    dirty_stop(d);
    d->vcpu_max = 2;
    finish();
}

/* More vCPUs than one turn can make roots for, and more than it could make sure of. */
Test(dirty, as_many_vcpus_as_there_may_be, .init = start_many, .fini = finish_many)
{
    cr_assert(d->vcpu[0]->root[0].n && many[HV_MAX_VCPUS - 1].root[1].n);
}

static unsigned filled_entries(void)
{
    unsigned n = 0;

    for (unsigned v = 0; v < d->vcpu_max; v++)
        for (unsigned i = 0; i < PT_ENTRIES; i++)
            n += i < L4_HV_FIRST || i > L4_HV_LAST ? d->dirty->root[v][0].page[i] != 0 : 0;
    return n;
}

/* Roots that a guest fills wherever it can are emptied in a step that does not grow with them: no
 * fault and no report draws more than a turn and a step (B-1), and what is shown stays what was said. */
Test(dirty, roots_are_filled_within_bounds, .init = start_many, .fini = finish_many)
{
    const int before = arch_budget()->turn;
    unsigned most = 0, drops = 0, last = 0;
    mfn_t mfn;

    for (unsigned i = 1; i < PT_ENTRIES; i++)
        if (i < L4_HV_FIRST || i > L4_HV_LAST)
            cr_assert_eq(world_update(1, (moves_page[0].n << PAGE_SHIFT) + i * 8,
                                      world_pte(moves_page[1], 7), DOMID_SELF),
                         0);
    for (unsigned v = 2; v < 8; v++)
        for (unsigned i = 0; i < PT_ENTRIES; i++) {
            if (i >= L4_HV_FIRST && i <= L4_HV_LAST)
                continue;
            const uint64_t gva = (uint64_t)((int64_t)((uint64_t)i << 55) >> 16) | 0x2000;
            cr_assert(touch(&many[v], gva, true, &mfn) && mfn_eq(mfn, moves_page[12]));
            cr_assert_gt(arch_budget()->left, before - BUDGET_MAX, "slot %u of vCPU %u", i, v);
            last = filled_entries();
            cr_assert_eq(last, d->dirty->filled);
            drops += last < most;
            most = max(most, last);
        }
    cr_assert(most == FILLED_MAX && drops);
    budget_refill();
    cr_assert_eq(report(true), 0);
    cr_assert_gt(arch_budget()->left, before - BUDGET_MAX);
    cr_assert_eq(filled_entries(), 0);
    cr_assert_eq(d->dirty->filled, 0);
}

Test(dirty, an_entry_that_is_filled_again_counts_once, .init = start, .fini = finish)
{
    mfn_t mfn;

    world_enter(1);
    for (unsigned n = 0; n < 3; n++) {
        cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
        cr_assert_eq(d->dirty->filled, 1);
        cr_assert_eq(
            world_update(1, moves_page[0].n << PAGE_SHIFT, world_pte(moves_page[1], 7), DOMID_SELF),
            0);
        cr_assert_eq(filled_entries(), 0);
    }
}

static void random_moves(uint64_t seed, unsigned steps)
{
    uint64_t x = seed * 0x9E3779B97F4A7C15UL + 1;

    for (unsigned n = 0; n < steps; n++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        struct move m = {x % MOVE_KILL, 1 + 3 * (x >> 8 & 1), x >> 16 & 31,
                         x >> 24 & 7,   x >> 32 & 31,         x >> 40 & 0xF7};
        const uint64_t gva = (x >> 48 & 1) << 21 | (x >> 49 & 7) << 12;
        mfn_t any;

        if (m.kind == MOVE_EXCHANGE || m.kind == MOVE_RELEASE || m.kind == MOVE_POPULATE)
            m.kind = MOVE_UPDATE;
        const char *fault = moves_run(&m);
        cr_assert_null(fault, "seed %lu, step %u: %s", seed, n, fault);
        if (!mfn_eq(world_vcpu[m.vcpu].cr3, MFN_INVALID))
            touch(&world_vcpu[m.vcpu], gva, x >> 52 & 1, &any);
        check_log();
        check_shadows();
        if (x >> 53 & 7)
            continue;
        cr_assert_eq(report(true), 0);
        check_log();
    }
    cr_assert_eq(world_audit(0), 0);
}

/* With xpti= a CPU runs on a copy of the root: what a fault filled, and what a report took, is in
 * that, too. */
Test(dirty, roots_are_copied_anew, .init = start, .fini = finish)
{
    mfn_t mfn;
    bool old;

    host_tlb_run_on_copies();
    world_enter(1);
    host_tlb_exit();
    for (unsigned n = 0; n < 2; n++) {
        cr_assert(touch(&world_vcpu[1], 0x2000, true, &mfn));
        host_tlb_fill();
        cr_assert(host_tlb_entry(0, moves_page[12], &old)->holds & HOST_TLB_WRITE, "round %u", n);
        cr_assert_eq(report(true), 0);
        check_log();
    }
}

Test(dirty, random_moves)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        start();
        if (seed % 3 == 0)
            host_tlb_run_on_copies();
        random_moves(seed, 150);
        finish();
    }
}
