/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries that are not present but would be followed speculatively: none may name RAM where that is
 * asked for. */
#include <criterion/criterion.h>

#include "space.h"

#define CACHE_MASK ((1UL << 44) - 1)
#define RAM_END    (2000UL << PAGE_SHIFT)

static struct space s;

static void start_with(bool dom0, bool domu)
{
    world_start(300, 100);
    ptype_l1tf_init(CACHE_MASK, RAM_END, dom0, domu);
    s = space_make(1);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, false), 0);
}
static void start(void)
{
    start_with(false, true);
}
static void start_off(void)
{
    start_with(true, false);
}
static long set(mfn_t table, unsigned i, uint64_t val)
{
    return world_update(1, (table.n << PAGE_SHIFT) + 8 * i, val, DOMID_SELF);
}

Test(l1tf, an_update_may_not_leave_a_number_of_ram, .init = start)
{
    const mfn_t tables[] = {s.l1, s.l2, s.l3, s.l4};

    for (unsigned t = 0; t < 4; t++) {
        cr_expect_eq(set(tables[t], 5, 1UL << PAGE_SHIFT), -XEN_EINVAL, "level %u", t + 1);
        cr_expect_eq(set(tables[t], 5, (RAM_END - PAGE_SIZE) | PTE_RW), -XEN_EINVAL,
                     "the last frame");
        cr_expect_eq(set(tables[t], 5, 1UL << 44 | 5UL << PAGE_SHIFT), -XEN_EINVAL,
                     "bits that the cache ignores");
        cr_expect_eq(world_at(tables[t])[5], 0, "and nothing changed");
        cr_expect_eq(set(tables[t], 5, 0), 0);
        cr_expect_eq(set(tables[t], 5, 0xffe), 0, "flags alone");
        cr_expect_eq(set(tables[t], 5, RAM_END), 0, "behind RAM");
        cr_expect_eq(set(tables[t], 5, ~(5UL << PAGE_SHIFT) & PTE_MFN_MASK), 0,
                     "inverted, as Linux does");
        cr_expect_eq(set(tables[t], 5, 0), 0);
    }
    cr_expect_eq(world_audit(0), 0);
}

Test(l1tf, a_present_entry_may_not_become_one, .init = start)
{
    const unsigned i = space_index(1);
    const uint64_t was = world_at(s.l1)[i];

    cr_expect_eq(set(s.l1, i, was & ~PTE_PRESENT), -XEN_EINVAL);
    cr_expect_eq(world_at(s.l1)[i], was);
    cr_expect_eq(world_audit(0), 0);
}

Test(l1tf, a_page_with_one_becomes_no_table, .init = start)
{
    for (unsigned level = 1; level <= 4; level++) {
        for (unsigned at = 0; at < 512; at += 511) {
            mfn_t m = world_page(1);
            world_at(m)[at] = 7UL << PAGE_SHIFT | PTE_RW;
            cr_expect_eq(space_pin(1, m, level), -XEN_EINVAL, "level %u, entry %u", level, at);
            world_at(m)[at] = ~(7UL << PAGE_SHIFT) & PTE_MFN_MASK;
            cr_expect_eq(space_pin(1, m, level), 0, "level %u, entry %u", level, at);
            cr_expect_eq(space_unpin(1, m), 0);
        }
    }
    cr_expect_eq(world_audit(0), 0);
}

Test(l1tf, what_stands_in_the_hypervisors_slots_is_replaced_anyway, .init = start)
{
    mfn_t m = world_page(1);

    world_at(m)[260] = 7UL << PAGE_SHIFT;
    cr_expect_eq(space_pin(1, m, 4), 0);
}

Test(l1tf, off_for_guests_means_off, .init = start_off)
{
    mfn_t m = world_page(1);

    cr_expect_eq(set(s.l1, 5, 7UL << PAGE_SHIFT), 0);
    cr_expect_eq(set(s.l2, 5, 7UL << PAGE_SHIFT), 0);
    world_at(m)[0] = 7UL << PAGE_SHIFT;
    cr_expect_eq(space_pin(1, m, 1), 0);
    cr_expect_eq(world_audit(0), 0);
}
