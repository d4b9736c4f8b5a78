/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PT-7: nobody believes a type word that it cannot be sure of.  A frame that the caller does not
 * hold can change hands between two looks, so what is tried here is the worst that two looks can
 * see: the reference word says that the frame is guest 1's, the type word is of another time.
 */
#include <criterion/criterion.h>

#include <hv/grant.h>

#include "../../audit/audit.h"
#include "space.h"

#define TABLE(level, owner)                                                                        \
    ((uint64_t)(level) << PTYPE_SHIFT | PTYPE_VALIDATED | (uint64_t)(owner) << PTYPE_STAMP_SHIFT)

static struct space s;
static mfn_t target;

static void start(void)
{
    world_start(300, 100);
    s = space_make(1);
    target = world_page(1);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, false), 0);
    /* named by an entry, as for the emulation of a write */
    cr_assert_eq(
        world_update(1, space_l1e(&s, 1), world_pte(target, PTE_PRESENT | PTE_USER), DOMID_SELF),
        0);
}

/* Every call that takes a table, as guest 1 makes it; none may do anything. */
static void nobody_believes(uint64_t word)
{
    const uint64_t ref = atomic_load(&frame_of(target)->ref);
    uint64_t old = 0, entry;
    mfn_t table;

    atomic_store(&frame_of(target)->type, word);
    world_at(target)[0] = 0x123;
    cr_expect_eq(space_unpin(1, target), -XEN_EINVAL, "unpin believes %lx", word);
    if (!(word & FRAME_TYPE_HV)) /* else it takes a reference, and then believes */
        cr_expect_eq(world_update(1, target.n << PAGE_SHIFT, 0, DOMID_SELF), -XEN_EINVAL,
                     "mmu_update believes %lx", word);
    cr_expect_eq(ptype_emulate_write(&world_vcpu[1], target, 0, 0, 8, false, &old), -XEN_EINVAL,
                 "the emulation believes %lx", word);
    cr_expect_eq(ptype_grant_install(&world_vcpu[1], target.n << PAGE_SHIFT, s.data,
                                     GNTMAP_host_map | GNTMAP_contains_pte),
                 -XEN_EINVAL, "grant map believes %lx", word);
    cr_expect_not(ptype_lookup_table(&world_vcpu[1], GVA(SPACE_VA + PAGE_SIZE), &table, &entry),
                  "the emulation shows what it reads under %lx", word);
    cr_expect_eq(world_at(target)[0], 0x123);
    cr_expect_eq(atomic_load(&frame_of(target)->type), word);
    cr_expect_eq(atomic_load(&frame_of(target)->ref), ref);
}

Test(word, of_another_domains_table, .init = start)
{
    for (unsigned level = PT_L1; level <= PT_L4; level++) {
        nobody_believes(TABLE(level, 2) | 1);
        nobody_believes(TABLE(level, 2) | PTYPE_PINNED | 2);
        nobody_believes(TABLE(level, 0) | PTYPE_PINNED | 1);
    }
}

/* On the way to be a table, or on the way back. */
Test(word, of_a_table_that_is_not_one_yet, .init = start)
{
    for (unsigned level = PT_L1; level <= PT_L4; level++) {
        nobody_believes((uint64_t)level << PTYPE_SHIFT | 1);
        nobody_believes((uint64_t)level << PTYPE_SHIFT | PTYPE_PARTIAL | 1UL << PTYPE_STAMP_SHIFT);
        nobody_believes((uint64_t)level << PTYPE_SHIFT | PTYPE_UNDO | 1UL << PTYPE_STAMP_SHIFT);
    }
    nobody_believes(TABLE(PT_SEGDESC, 1) | 1);
}

/* All that the hypervisor keeps in type words, on real frames: objects of every size, free
 * blocks. */
Test(word, of_the_hypervisors_frames, .init = start)
{
    uint64_t words[300];
    unsigned n = 0;

    for (unsigned i = 0; i < 200; i++)
        hv_alloc(16u << i % 9);
    for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + host_frames; m++)
        if (frame_owner_id(frame_of(MFN(m))) == FRAME_NOBODY)
            words[n++] = atomic_load(&frame_of(MFN(m))->type);
    cr_assert_gt(n, 100);
    for (unsigned i = 0; i < n; i++) {
        cr_expect_eq(words[i] & FRAME_TYPE_MASK, FRAME_TYPE_HV);
        for (unsigned d = 0; d < WORLD_DOMAINS; d++)
            cr_expect_not(ptype_is_table(words[i], &world_dom[d]));
        nobody_believes(words[i]);
    }
}

/* A validated table says whose it is, and the audit sees when that is not so. */
Test(word, names_the_owner, .init = start)
{
    _Atomic uint64_t *type = &frame_of(s.l1)->type;

    cr_assert(ptype_is_table(*type, &world_dom[1]));
    cr_assert_not(ptype_is_table(*type, &world_dom[2]));
    cr_assert_eq(world_audit(0), 0);
    *type += 1UL << PTYPE_STAMP_SHIFT;
    cr_assert_gt(world_audit(0), 0);
    *type -= 1UL << PTYPE_STAMP_SHIFT;
    mfn_t hv = frame_alloc(0, 0);
    atomic_store(&frame_of(hv)->type, 0);
    cr_assert_gt(world_audit(0), 0, "a hypervisor's frame whose word could be a guest's");
}

/* PT-5: the end of the last one leaves its moment, and nothing before that; also where another CPU
 * was faster (way 1). */
Test(word, the_last_writable_reference_leaves_a_stamp, .init = start)
{
    struct frame *f = frame_of(target);
    const uint64_t old =
        7UL << PTYPE_STAMP_SHIFT | PTYPE_FOREIGN | (uint64_t)PT_WRITABLE << PTYPE_SHIFT;

    for (unsigned way = 0; way < 2; way++)
        for (uint64_t count = 3; count; count--) {
            atomic_store(&f->type, old | count);
            cr_expect(way ? ptype_put_writable_slow(f, old | count) : ptype_put_writable(f));
            cr_expect_eq(atomic_load(&f->type),
                         count > 1 ? old | (count - 1)
                                   : (old & ~PTYPE_STAMP_MASK) | (uint64_t)arch_tlb_stamp()
                                                                     << PTYPE_STAMP_SHIFT,
                         "way %u, count %lu", way, count);
        }
    atomic_store(&f->type, 0);
}

/* While it goes the page is no table and becomes none, and who maps it makes it what it was. */
Test(word, of_a_page_whose_last_writable_reference_goes, .init = start)
{
    _Atomic uint64_t *type = &frame_of(target)->type;
    const uint64_t ending = (uint64_t)PT_ENDING << PTYPE_SHIFT | PTYPE_FOREIGN | 1;

    atomic_store(type, ending);
    for (unsigned level = 1; level <= 4; level++)
        cr_expect_eq(space_pin(1, target, level), -XEN_EINVAL);
    cr_expect_eq(space_unpin(1, target), -XEN_EINVAL);
    cr_expect_eq(atomic_load(type), ending);
    cr_expect_eq(ptype_get_writable(frame_of(target)), 0);
    cr_expect_eq(atomic_load(type), (uint64_t)PT_WRITABLE << PTYPE_SHIFT | PTYPE_FOREIGN | 2);
    atomic_store(type, 0);
}
