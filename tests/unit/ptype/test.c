/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of frames: pins, base pointers, what excludes what, TLB stamps, teardown, the auditor. */
#include <criterion/criterion.h>

#include "../../audit/audit.h"
#include "space.h"

Test(pin, whole_tree)
{
    world_start(300, 100);
    struct space s = space_make(1);

    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    cr_assert_eq(world_type(s.l4), PT_L4);
    cr_assert_eq(world_type(s.l3), PT_L3);
    cr_assert_eq(world_type(s.l2), PT_L2);
    cr_assert_eq(world_type(s.l1), PT_L1);
    cr_assert_eq(world_type(s.data), PT_WRITABLE);
    cr_assert_eq(world_type_count(s.l1), 1);
    cr_assert_eq(world_at(s.l4)[260] & 0xffff, 260, "PT-4");
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(space_pin(1, s.l4, 4), -XEN_EINVAL, "pinned already");
    cr_assert_eq(space_pin(1, s.l1, 1), 0, "a table in use may be pinned as well");
    cr_assert_eq(world_type_count(s.l1), 2);
    cr_assert_eq(space_unpin(1, s.l4), 0);
    cr_assert_eq(world_type_count(s.l4), 0);
    cr_assert_eq(world_type_count(s.l1), 1);
    cr_assert_eq(world_type_count(s.data), 1);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(space_unpin(1, s.l4), -XEN_EINVAL);
    cr_assert_eq(space_unpin(1, s.l1), 0);
    cr_assert_eq(world_type_count(s.data), 0);
    cr_assert_eq(world_refs(s.data), 1);
    cr_assert_eq(world_audit(0), 0);
}

/* PT-1: a page cannot be a table and writable at a time, whichever came first. */
Test(pin, table_mapped_writable)
{
    world_start(300, 100);
    struct space s = space_make(1);
    world_at(s.l1)[0] = world_pte(s.l1, SPACE_FLAGS);
    cr_assert_eq(space_pin(1, s.l1, 1), -XEN_EBUSY);
    world_at(s.l1)[0] = world_pte(s.l4, SPACE_FLAGS);
    cr_assert_neq(space_pin(1, s.l4, 4), 0);
    cr_assert_eq(world_audit(0), 0, "a failed validation leaves nothing behind");
    world_at(s.l1)[0] = world_pte(s.l4, PTE_PRESENT);
    cr_assert_eq(space_pin(1, s.l4, 4), 0, "read-only is all right");
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(s.l2, SPACE_FLAGS), DOMID_SELF),
                 -XEN_EBUSY);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(s.l2, PTE_PRESENT), DOMID_SELF), 0);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(s.l2, SPACE_FLAGS), DOMID_SELF),
                 -XEN_EBUSY, "nor by making it writable afterwards");
    cr_assert_eq(world_audit(0), 0);
}

Test(pin, one_level_at_a_time)
{
    world_start(300, 100);
    struct space s = space_make(1);
    cr_assert_eq(space_pin(1, s.l1, 1), 0);
    cr_assert_eq(space_pin(1, s.l1, 2), -XEN_EINVAL);
    world_at(s.l3)[space_index(3)] = world_pte(s.l1, SPACE_FLAGS);
    cr_assert_eq(space_pin(1, s.l3, 3), -XEN_EINVAL, "a level-1 table as level 2");
    world_at(s.l4)[7] = world_pte(s.l4, PTE_PRESENT);
    cr_assert_neq(space_pin(1, s.l4, 4), 0, "no linear page tables");
    cr_assert_eq(world_audit(0), 0);
}

Test(pin, foreign_and_absent_frames)
{
    world_start(300, 100);
    struct space s = space_make(1), other = space_make(2);
    cr_assert_eq(space_pin(1, other.l1, 1), -XEN_EINVAL);
    cr_assert_eq(space_pin(1, MFN(1), 1), -XEN_EINVAL);
    cr_assert_eq(space_pin(1, MFN(~0UL), 4), -XEN_EINVAL);
    cr_assert_eq(space_unpin(1, MFN(~0UL)), -XEN_EINVAL);
    world_at(s.l1)[3] = world_pte(other.data, PTE_PRESENT);
    cr_assert_eq(space_pin(1, s.l1, 1), -XEN_EBUSY, "another domain's frame");
    world_at(s.l1)[3] = world_pte(MFN(HOST_IO_MFN), PTE_PRESENT);
    cr_assert_eq(space_pin(1, s.l1, 1), -XEN_EPERM, "a device");
    world_at(s.l1)[3] = world_pte(frame_alloc(0, 0), PTE_PRESENT);
    cr_assert_eq(space_pin(1, s.l1, 1), -XEN_EBUSY, "PT-6: the hypervisor's");
    world_at(s.l1)[3] = 0;
    world_at(s.l2)[0] = world_pte(other.l1, SPACE_FLAGS);
    cr_assert_eq(space_pin(1, s.l2, 2), -XEN_EINVAL, "another domain's table");
    cr_assert_eq(world_audit(0), 0);
}

/* The builder pins the tables of the domain it builds, and may not be interfered with. */
Test(pin, by_the_builder)
{
    world_start(300, 100);
    struct space s = space_make(1);
    cr_assert_eq(world_ext(2, MMUEXT_PIN_L4_TABLE, s.l4.n, 0, 1), -XEN_EPERM);
    cr_assert_eq(world_ext(0, MMUEXT_PIN_L4_TABLE, s.l4.n, 0, 1), 0);
    cr_assert_eq(world_update(0, space_l1e(&s, 3), world_pte(s.data, SPACE_FLAGS), 2UL << 16 | 1),
                 0);
    cr_assert_eq(world_type_count(s.data), 2);
    cr_assert_eq(world_ext(0, MMUEXT_UNPIN_TABLE, s.l4.n, 0, 1), 0);
    cr_assert_eq(world_ext(0, MMUEXT_PIN_L4_TABLE, s.l4.n, 0, 9), -XEN_ESRCH);
    world_dom[1].dying = 1;
    cr_assert_eq(world_ext(0, MMUEXT_PIN_L4_TABLE, s.l4.n, 0, 1), -XEN_EINVAL);
    cr_assert_eq(world_audit(0), 0);
}

/* PT-5: what was writable becomes a table only after every TLB of the domain forgot it. */
Test(tlb, flushed_before_a_change_of_type)
{
    world_start(300, 100);
    struct space s = space_make(1);
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    mfn_t spare = world_page(1);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(spare, SPACE_FLAGS), DOMID_SELF), 0);
    unsigned before = host_log.flushes;
    cr_assert_eq(world_update(1, space_l1e(&s, 1), 0, DOMID_SELF), 0);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(spare, SPACE_FLAGS), DOMID_SELF), 0);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), 0, DOMID_SELF), 0);
    cr_assert_eq(host_log.flushes, before, "writable again: no change");
    cr_assert_eq(space_pin(1, spare, 1), 0);
    cr_assert_eq(host_log.flushes, before + 1);
    cr_assert_eq(space_unpin(1, spare), 0);
    cr_assert_eq(world_update(1, space_l1e(&s, 1), world_pte(spare, SPACE_FLAGS), DOMID_SELF), 0);
    cr_assert_eq(host_log.flushes, before + 2, "a table's page: walkers may remember it");
    cr_assert_eq(world_update(1, space_l1e(&s, 1), 0, DOMID_SELF), 0);
    arch_tlb_flush(1);
    before = host_log.flushes;
    cr_assert_eq(space_pin(1, spare, 1), 0);
    cr_assert_eq(host_log.flushes, before, "flushed since: not again");
}

Test(base, switch_and_drop)
{
    world_start(300, 100);
    struct space a = space_make(1), b = space_make(1);
    struct vcpu *v = &world_vcpu[1];

    cr_assert_eq(ptype_switch_base(v, a.l4, false), 0);
    cr_assert_eq(v->cr3.n, a.l4.n);
    cr_assert_eq(v->arch.base_loads, 1);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_BASEPTR, b.l4.n, 0, DOMID_SELF), 0);
    cr_assert_eq(world_type_count(a.l4), 0, "the old one is let go");
    cr_assert_eq(world_type_count(b.l4), 1);
    cr_assert_eq(v->arch.base_loads, 2);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_USER_BASEPTR, a.l4.n, 0, DOMID_SELF), 0);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_USER_BASEPTR, b.l4.n, 0, DOMID_SELF), 0,
                 "the same for both");
    cr_assert_eq(world_type_count(b.l4), 2);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_BASEPTR, b.l3.n, 0, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(v->cr3.n, b.l4.n);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_BASEPTR, 0, 0, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_USER_BASEPTR, 0, 0, DOMID_SELF), 0, "none");
    cr_assert_eq(v->user_cr3.n, MFN_INVALID.n);
    cr_assert_eq(world_ext(0, MMUEXT_NEW_BASEPTR, b.l4.n, 0, 1), -XEN_EPERM);
    ptype_drop_base(v);
    cr_assert_eq(world_type_count(b.l4), 0);
    cr_assert_eq(world_audit(0), 0);
}

Test(walk, looks_up_entries)
{
    world_start(300, 100);
    struct space s = space_make(1);
    struct vcpu *v = &world_vcpu[1];
    mfn_t table;
    unsigned index;

    cr_assert_eq(ptype_lookup_l1e(v, GVA(SPACE_VA), &table, &index), 0, "no tables yet");
    ptype_switch_base(v, s.l4, false);
    uint64_t e = ptype_lookup_l1e(v, GVA(SPACE_VA + 123), &table, &index);
    cr_assert_eq(e & PTE_MFN_MASK, world_pte(s.data, 0));
    cr_assert_eq(table.n, s.l1.n);
    cr_assert_eq(index, space_index(1));
    cr_assert_eq(ptype_lookup_l1e(v, GVA(SPACE_VA + (1UL << 40)), &table, &index), 0);
    cr_assert_eq(ptype_lookup_l1e(v, GVA(0xffff800000000000UL), &table, &index), 0,
                 "the hypervisor's part");
    cr_assert_eq(ptype_lookup_l1e(v, GVA(0x0000800000000000UL), &table, &index), 0,
                 "not canonical");
    v->in_user = true;
    cr_assert_eq(ptype_lookup_l1e(v, GVA(SPACE_VA), &table, &index), e,
                 "the kernel's, in user mode too");
}

/* What decides whether a fault of the hypervisor on guest memory was a stale TLB entry's. */
Test(walk, allows)
{
    world_start(300, 100);
    struct space s = space_make(1);
    uint64_t *l1 = arch_frame_ptr(s.l1), *l2 = arch_frame_ptr(s.l2);

    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, false), 0);
    l1[space_index(1)] = 0;
    cr_expect_not(ptype_allows(s.l4, GVA(SPACE_VA), false), "not mapped");
    l1[space_index(1)] = world_pte(s.data, PTE_PRESENT);
    cr_expect(ptype_allows(s.l4, GVA(SPACE_VA), false));
    cr_expect_not(ptype_allows(s.l4, GVA(SPACE_VA), true), "read-only");
    l1[space_index(1)] |= PTE_RW;
    cr_expect(ptype_allows(s.l4, GVA(SPACE_VA + 123), true));
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        l2[i] &= ~PTE_RW;
    cr_expect_not(ptype_allows(s.l4, GVA(SPACE_VA), true), "read-only above");
    cr_expect(ptype_allows(s.l4, GVA(SPACE_VA), false));
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        l2[i] = l2[i] ? 1UL << 45 | PTE_PRESENT | PTE_RW : 0;
    cr_expect_not(ptype_allows(s.l4, GVA(SPACE_VA), false), "a table that is not RAM");
    cr_expect_not(ptype_allows(s.l4, GVA(0xffff830000000000UL), false), "the hypervisor's part");
    cr_expect_not(ptype_allows(MFN_INVALID, GVA(SPACE_VA), false));
}

Test(teardown, with_everything_in_use)
{
    world_start(300, 100);
    const uint64_t before = frame_free_count();
    struct space a = space_make(1), b = space_make(1);
    uint64_t gdt = world_page(1).n;

    cr_assert_eq(space_pin(1, a.l4, 4), 0);
    cr_assert_eq(space_pin(1, b.l2, 2), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], a.l4, true), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], b.l4, false), 0);
    cr_assert_eq(settle(op_set_gdt(&world_vcpu[1], GVA((uint64_t)&gdt), 512)), 0);
    frame_release_domain(&world_dom[1], frame_of(a.l1)); /* given back while pinned down */
    frame_release_domain(&world_dom[1], frame_of(b.l2));
    cr_assert_eq(world_audit(0), 0);
    world_kill(1);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(world_gone, 1);
    cr_assert_eq(frame_free_count(), before + 1);
    cr_assert_eq(world_audit(0), 0);
}

/* A control domain that still maps a dead guest's page keeps the guest's name, and only that page.
 */
Test(teardown, foreign_mapping_outlives_the_domain)
{
    world_start(300, 100);
    struct space a = space_make(1), z = space_make(0);
    cr_assert_eq(space_pin(0, z.l4, 4), 0);
    cr_assert_eq(world_update(0, space_l1e(&z, 1), world_pte(a.data, SPACE_FLAGS), 1), 0);
    world_kill(1);
    cr_assert_eq(world_gone, 0);
    cr_assert_eq(world_dom[1].tot_pages, 1);
    cr_assert_eq(world_update(0, space_l1e(&z, 2), world_pte(a.data, SPACE_FLAGS), 1), -XEN_EBUSY);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(world_update(0, space_l1e(&z, 1), 0, DOMID_SELF), 0);
    cr_assert_eq(world_gone, 1);
    cr_assert_eq(world_audit(0), 0);
}

Test(audit, notices)
{
    world_start(300, 100);
    struct space s = space_make(1);
    uint64_t *slot = &world_at(s.l1)[5], was;

    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    cr_assert_eq(ptype_audit(&world_dom[1]), 0);
    *slot = world_pte(s.l2, SPACE_FLAGS);
    cr_assert_neq(ptype_audit(&world_dom[1]), 0, "PT-1");
    *slot = 0;
    slot = &world_at(s.l2)[space_index(2)];
    was = *slot;
    *slot = 0;
    cr_assert_neq(ptype_audit(&world_dom[1]), 0, "PT-3: a count too many");
    *slot = was;
    atomic_fetch_sub(&frame_of(s.l3)->type, 1);
    cr_assert_neq(ptype_audit(&world_dom[1]), 0, "PT-3: a count too few");
    atomic_fetch_add(&frame_of(s.l3)->type, 1);
    world_at(s.l4)[258] = 0;
    cr_assert_neq(ptype_audit(&world_dom[1]), 0, "PT-4");
    cr_assert_eq(ptype_audit(&world_dom[1]), 0, "(which also mends it)");
}
