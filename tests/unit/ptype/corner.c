/* SPDX-License-Identifier: BSD-2-Clause */
/* Corners of entries, tables and flushes where one slip in a line would not show elsewhere. */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/grant.h>

#include "../../../hypervisor/core/frame/frame_int.h"
#include "space.h"

static struct space s;

/* Guest 1 runs on a pinned space. */
static void start(void)
{
    world_start(400, 200);
    s = space_make(1);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, false), 0);
}
static uint64_t l2e(unsigned i)
{
    return (s.l2.n << PAGE_SHIFT) + 8 * (space_index(2) + i);
}
static long set(uint64_t ptr, uint64_t val)
{
    return world_update(1, ptr, val, DOMID_SELF);
}

/* The entry holds the last reference: the type's goes first, or it is dropped on a free frame. */
Test(entry, last_reference_of_a_page, .init = start)
{
    mfn_t m = world_page(1);
    cr_assert_eq(set(space_l1e(&s, 1), world_pte(m, SPACE_FLAGS)), 0);
    cr_assert(frame_release_domain(&world_dom[1], frame_of(m)));
    cr_assert_eq(set(space_l1e(&s, 1), 0), 0);
    cr_assert_eq(frame_owner_id(frame_of(m)), FRAME_NOBODY);
    cr_assert_eq(atomic_load(&frame_of(m)->type) & ~(TLB_STAMP_MASK << FRAME_STAMP_SHIFT),
                 FRAME_TYPE_HV | FRAME_MAPPED, "as the allocator wrote it");
}

Test(entry, frame_number_has_all_its_bits, .init = start)
{
    mfn_t m = world_page(1);
    for (unsigned bit = 40; bit < 52; bit++)
        cr_expect_neq(set(space_l1e(&s, 1), world_pte(m, SPACE_FLAGS) | 1UL << bit), 0, "bit %u",
                      bit);
    cr_assert_eq(world_refs(m), 1);
}

Test(entry, upper_entry_with_the_same_frame, .init = start)
{
    mfn_t t = world_page(1);
    cr_assert_eq(set(l2e(1), world_pte(t, 0)), 0, "not present: the guest's own affair");
    cr_assert_eq(set(l2e(1), world_pte(t, SPACE_FLAGS)), 0);
    cr_assert_eq(world_type(t), PT_L1);
    cr_assert_eq(world_refs(t), 2);
    cr_assert_eq(set(l2e(1), world_pte(t, SPACE_FLAGS | PTE_PSE)), -XEN_EINVAL);
    cr_assert_eq(set(l2e(1), world_pte(t, SPACE_FLAGS | PTE_GLOBAL)), -XEN_EINVAL);
    cr_assert_eq(set(l2e(1), world_pte(t, SPACE_FLAGS | PTE_PWT)), -XEN_EINVAL);
    cr_assert_eq(world_at(s.l2)[space_index(2) + 1], world_pte(t, SPACE_FLAGS));
    cr_assert_eq(set(l2e(1), world_pte(t, SPACE_FLAGS | PTE_NX)), 0);
    cr_assert_eq(world_refs(t), 2);
    cr_assert_eq(world_audit(0), 0);
}

/* A table of its own level in an entry (linear tables): refused everywhere, with Xen's answer when it
 * is told pv-linear-pt=no, whether it is the table itself or another one, with and without RW. */
Test(entry, linear_tables, .init = start)
{
    struct space other = space_make(1);
    const mfn_t own[] = {s.l2, s.l3, s.l4}, others[] = {other.l2, other.l3, other.l4};

    cr_assert_eq(space_pin(1, other.l4, 4), 0);
    for (unsigned i = 0; i < 3; i++) {
        const uint64_t slot = own[i].n << PAGE_SHIFT | 9 * 8;
        for (unsigned rw = 0; rw < 2; rw++) {
            const uint64_t flags = rw ? SPACE_FLAGS : PTE_PRESENT;
            cr_expect_eq(set(slot, world_pte(own[i], flags)), -XEN_EINVAL, "level %u", i + 2);
            cr_expect_eq(set(slot, world_pte(others[i], flags)), -XEN_EINVAL, "level %u", i + 2);
        }
        cr_expect_eq(world_at(own[i])[9], 0);
    }
    cr_assert_eq(world_audit(0), 0);
}

Test(table, on_the_undo_list, .init = start)
{
    mfn_t t = world_page(1);
    struct domain *d = &world_dom[1];

    world_at(t)[511] = world_pte(MFN(HOST_MFN_BASE), SPACE_FLAGS);
    cr_assert_neq(space_pin(1, t, 1), 0, "a frame that is not guest 1's");
    cr_assert_eq(d->pt_undo, t.n, "alone on the list");
    cr_assert_eq(ptype_get_writable(frame_of(t)), -XEN_EBUSY);
    cr_assert(frame_get(frame_of(t), d));
    lock(&d->pt_lock);
    budget_refill();
    cr_assert_eq(ptype_get_table(d, frame_of(t), PT_L1), -XEN_ERESTART);
    unlock(&d->pt_lock);
    frame_put(frame_of(t));
    cr_assert_eq(world_audit(0), 0);
}

Test(table, pinned_and_linked, .init = start)
{
    cr_assert_eq(space_pin(1, s.l1, 1), 0);
    cr_assert_eq(space_unpin(1, s.l1), 0);
    cr_assert_eq(space_unpin(1, s.l1), -XEN_EINVAL, "one pin, one unpin");
    cr_assert_eq(world_type_count(s.l1), 1);
    cr_assert_eq(world_audit(0), 0);
}

Test(table, others_tables_need_privilege, .init = start)
{
    const uint64_t foreign = DOMID_SELF | (1UL + 1) << 16;
    cr_assert_eq(world_update(2, space_l1e(&s, 1), 0x120, foreign), -XEN_EPERM);
    cr_assert_eq(world_update(2, space_l1e(&s, 1), 0x120, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_update(0, space_l1e(&s, 1), 0x120, foreign), 0);
    cr_assert_eq(world_at(s.l1)[space_index(1) + 1], 0x120);
}

/* The tables of a dying domain only go.  The control domain's request must not begin a table that
 * the teardown has passed: left half validated, it would hold itself, and so the domain, for
 * ever. */
Test(table, none_begins_in_a_dying_domain, .init = start)
{
    const uint64_t foreign = 1 | (1UL + 1) << 16;
    const uint64_t slot = (s.l2.n << PAGE_SHIFT) + 8 * (space_index(2) + 1);
    const mfn_t fresh = world_page(1);
    world_dom[1].dying = 1;
    cr_assert_eq(world_update(0, slot, world_pte(fresh, SPACE_FLAGS), foreign), -XEN_ESRCH);
    cr_assert_eq(world_type(fresh), PT_NONE);
    world_kill(1);
    cr_assert_eq(world_dom[1].tot_pages, 0);
}

Test(table, descriptors_of_the_whole_page, .init = start)
{
    const unsigned at[] = {0, 1, 255, 510, 511};
    for (unsigned i = 0; i < 5; i++) {
        uint64_t list = world_page(1).n;
        world_at(MFN(list))[at[i]] = 0x0000890000000067UL; /* a task state */
        cr_expect_eq(settle(op_set_gdt(&world_vcpu[1], GVA((uint64_t)&list), 512)), -XEN_EINVAL);
    }
    cr_assert_eq(world_vcpu[1].gdt_count, 0);
}

/* Every one of four neighbours counts, though they are looked at together. */
Test(table, entries_of_a_group, .init = start)
{
    for (unsigned i = 0; i < 4; i++) {
        mfn_t t = world_page(1), m = world_page(1);
        world_at(t)[508 + i] = world_pte(m, SPACE_FLAGS);
        cr_assert_eq(space_pin(1, t, 1), 0);
        cr_expect_eq(world_refs(m), 2, "entry %u of four", i);
        cr_assert_eq(space_unpin(1, t), 0);
        cr_expect_eq(world_refs(m), 1);
    }
    cr_assert_eq(world_audit(0), 0);
}

/* More operations than a turn has: each of them once. */
Test(ext, continues_where_it_was, .init = start)
{
    struct mmuext_op ops[140];
    uint32_t done = 0;

    for (unsigned i = 0; i < 140; i++)
        ops[i] = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = world_page(1).n};
    world_restarts = 0;
    cr_assert_eq(settle(op_mmuext_op(&world_vcpu[1], GVA((uint64_t)ops), 140, GVA((uint64_t)&done),
                                     DOMID_SELF)),
                 0);
    cr_assert_gt(world_restarts, 0);
    cr_assert_eq(done, 140);
    for (unsigned i = 0; i < 140; i++)
        cr_assert_eq(world_type_count(MFN(ops[i].arg1.mfn)), 1);
}

/* Guest 2's vCPU 0 is on CPU 1, its vCPU 1 on CPU 2. */
Test(ext, flushes_the_cpus_of_vcpus)
{
    world_start(300, 100);
    struct space g = space_make(2);
    for (unsigned v = 2; v < WORLD_VCPUS; v += 3) {
        cr_assert_eq(ptype_switch_base(&world_vcpu[v], g.l4, false), 0);
        world_enter(v);
    }
    uint64_t masks[] = {1, 2, 3, 1 | 1 << 5}, cpus[] = {2, 4, 6, 2};
    world_dom[2].vcpu[5] = &world_vcpu[5]; /* beyond what the domain may have */
    for (unsigned i = 0; i < 4; i++) {
        const uint32_t before = arch_tlb_stamp();
        cr_assert_eq(world_ext(2, MMUEXT_TLB_FLUSH_MULTI, 0, (uint64_t)&masks[i], DOMID_SELF), 0);
        cr_expect_eq(all_cpus() & ~arch_tlb_stale(all_cpus(), before), cpus[i], "mask %lx",
                     masks[i]);
    }
}

static void over_a_present_entry(bool write)
{
    const unsigned flags = GNTMAP_host_map | (write ? 0 : GNTMAP_readonly);
    mfn_t old = world_page(1), f = world_page(2);
    struct frame *fr = frame_of(f);

    cr_assert_eq(set(space_l1e(&s, 1), world_pte(old, SPACE_FLAGS)), 0);
    cr_assert(frame_get(fr, &world_dom[2]) &&
              (!write || !ptype_get_writable_as(fr, PTYPE_FOREIGN)));
    cr_assert_eq(ptype_grant_install(&world_vcpu[1], SPACE_VA + PAGE_SIZE, f, flags), 0);
    cr_assert_eq(world_refs(old), 1);
    cr_assert_eq(world_type_count(old), 0);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(ptype_grant_remove(&world_vcpu[1], SPACE_VA + PAGE_SIZE, f, flags, GVA(0)), 0);
    if (write)
        ptype_put_writable(fr);
    frame_put(fr);
}

Test(grant, over_a_present_entry, .init = start)
{
    over_a_present_entry(false);
    over_a_present_entry(true);
    cr_assert_eq(world_audit(0), 0);
}

/* A table is named by its machine address: guest 1's own, of level 1, whole. */
Test(grant, contains_pte, .init = start)
{
    struct space other = space_make(2);
    const unsigned flags = GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly;
    const mfn_t f = world_page(2), tables[] = {s.l2, s.l3, s.l4, s.data, other.l1, MFN(3)};

    cr_assert_eq(ptype_switch_base(&world_vcpu[2], other.l4, false), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(tables); i++)
        cr_expect_eq(ptype_grant_install(&world_vcpu[1], tables[i].n << PAGE_SHIFT, f, flags),
                     -XEN_EINVAL, "case %u", i);
    cr_assert_eq(ptype_grant_install(&world_vcpu[1], space_l1e(&s, 1) + 4, f, flags), -XEN_EINVAL);
    cr_assert_eq(world_audit(0), 0);
}

/* Whose write may be emulated: a level-1 table, mapped read-only, and nothing else. */
Test(walk, finds_tables_to_emulate, .init = start)
{
    const struct vcpu *v = &world_vcpu[1];
    const uint64_t va = SPACE_VA + PAGE_SIZE, ro = PTE_PRESENT | PTE_USER;
    const mfn_t others[] = {s.l2, s.l3, s.l4, s.data};
    uint64_t entry = 0;
    mfn_t table;

    cr_assert_eq(set(space_l1e(&s, 1), world_pte(s.l1, ro)), 0);
    cr_assert(ptype_lookup_table(v, GVA(va + 8 * space_index(1)), &table, &entry));
    cr_assert(mfn_eq(table, s.l1));
    cr_assert_eq(entry, world_at(s.l1)[space_index(1)]);
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
        cr_assert_eq(set(space_l1e(&s, 1), world_pte(others[i], ro)), 0);
        cr_expect_not(ptype_lookup_table(v, GVA(va), &table, &entry), "case %u", i);
    }
    cr_expect_not(ptype_lookup_table(v, GVA(SPACE_VA), &table, &entry),
                  "writable: no fault of that kind");
    cr_expect_not(ptype_lookup_table(v, GVA(va + 4 * PAGE_SIZE), &table, &entry), "not mapped");
}
