/* SPDX-License-Identifier: BSD-2-Clause */
/* Long validations and long goodbyes: turns, what may come between them, failures in the middle. */
#include <criterion/criterion.h>

#include "space.h"

#define TABLES 100 /* level-1 tables below one level-2 table, with an entry each */
#define TURN   200 /* units: for some 16 of them */

static struct space s;
static mfn_t l1[TABLES], data;

static void start(void)
{
    world_start(600, 400);
    s = space_make(1);
    data = world_page(1);
    for (unsigned i = 0; i < TABLES; i++) {
        l1[i] = world_page(1);
        world_at(l1[i])[i] = world_pte(data, SPACE_FLAGS);
        world_at(s.l2)[i] = world_pte(l1[i], SPACE_FLAGS);
    }
    world_at(s.l2)[space_index(2)] = 0;
    host_turn(TURN);
}

static long pin_once(void)
{
    static struct mmuext_op op;
    op = (struct mmuext_op){.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = s.l4.n};
    return op_mmuext_op(&world_vcpu[1], GVA((uint64_t)&op), 1, GVA(0), DOMID_SELF);
}

Test(turns, pin_and_unpin, .init = start)
{
    long rc = pin_once();
    cr_assert_eq(rc, WORLD_CONTINUED);
    cr_assert_eq(world_audit(0), 0, "consistent between the turns");
    cr_assert_eq(settle(rc), 0);
    cr_assert_geq(world_restarts, TABLES / 20);
    cr_assert_eq(world_type_count(data), TABLES);
    cr_assert_eq(world_audit(0), 0);
    world_restarts = 0;
    cr_assert_eq(space_unpin(1, s.l4), 0);
    cr_assert_geq(world_restarts, TABLES / 20);
    cr_assert_eq(world_dom[1].pt_undo, 0, "the call ends when all is done");
    cr_assert_eq(world_type_count(data), 0);
    cr_assert_eq(world_refs(data), 1);
    cr_assert_eq(world_audit(0), 0);
}

Test(turns, half_a_table_is_nobodys, .init = start)
{
    cr_assert_eq(pin_once(), WORLD_CONTINUED);
    /* the tables on the way are neither writable nor changeable nor of another level */
    cr_assert_eq(ptype_get_writable(frame_of(s.l2)), -XEN_EBUSY);
    cr_assert_eq(world_update(1, s.l2.n << PAGE_SHIFT, 0, DOMID_SELF), -XEN_EINVAL);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(space_pin(1, s.l4, 3), 0, "abandoned; one level lower it makes sense too");
    cr_assert_eq(world_type(s.l2), PT_L1);
    cr_assert_eq(world_type(l1[0]), PT_WRITABLE);
    cr_assert_eq(world_audit(0), 0);
    cr_assert_eq(space_unpin(1, s.l4), 0);
    cr_assert_eq(space_pin(1, s.l4, 4), 0, "and once more as it should be");
    cr_assert_eq(space_unpin(1, s.l4), 0);
    cr_assert_eq(world_audit(0), 0);
}

Test(turns, others_may_finish, .init = start)
{
    cr_assert_eq(pin_once(), WORLD_CONTINUED);
    cr_assert_eq(world_ext(1, MMUEXT_NEW_BASEPTR, s.l4.n, 0, DOMID_SELF), 0);
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    cr_assert_eq(world_type_count(s.l4), 2);
    cr_assert_eq(world_audit(0), 0);
}

Test(turns, failure_at_the_end, .init = start)
{
    world_at(l1[TABLES - 1])[500] = world_pte(MFN(3), PTE_PRESENT);
    cr_assert_eq(space_pin(1, s.l4, 4), -XEN_EPERM);
    cr_assert_eq(world_audit(0), 0, "even while the undoing waits");
    cr_assert_eq(world_ext(1, MMUEXT_TLB_FLUSH_LOCAL, 0, 0, DOMID_SELF), 0);
    cr_assert_eq(world_dom[1].pt_undo, 0);
    cr_assert_eq(world_type_count(data), 0);
    cr_assert_eq(world_audit(0), 0);
    world_at(l1[TABLES - 1])[500] = 0;
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
}

Test(turns, a_big_subtree_is_replaced, .init = start)
{
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    world_restarts = 0;
    cr_assert_eq(world_update(1, (s.l3.n << PAGE_SHIFT) + 8 * space_index(3), 0, DOMID_SELF), 0);
    cr_assert_gt(world_restarts, 0);
    cr_assert_eq(world_type_count(data), 0);
    cr_assert_eq(world_update(1, (s.l3.n << PAGE_SHIFT) + 8 * space_index(3),
                              world_pte(s.l2, SPACE_FLAGS), DOMID_SELF),
                 0);
    cr_assert_eq(world_type_count(data), TABLES);
    cr_assert_eq(world_audit(0), 0);
}

Test(turns, teardown_in_the_middle, .init = start)
{
    mfn_t loose = world_page(1);
    cr_assert_eq(space_pin(1, loose, 1), 0);
    cr_assert_eq(pin_once(), WORLD_CONTINUED);
    host_log.preempt_on = true;
    host_log.preempt_in = 2;
    world_kill(1);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    cr_assert_eq(frame_free_count(), 601);
    cr_assert_eq(world_audit(0), 0);
}

/* A guest that unpins, then dies before the work is done. */
Test(turns, teardown_with_work_left_over, .init = start)
{
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = s.l4.n};
    cr_assert_eq(op_mmuext_op(&world_vcpu[1], GVA((uint64_t)&op), 1, GVA(0), DOMID_SELF),
                 WORLD_CONTINUED);
    cr_assert_neq(world_dom[1].pt_undo, 0);
    cr_assert_eq(world_audit(0), 0);
    world_kill(1);
    cr_assert_eq(frame_free_count(), 601);
}

/* Taking apart stops when the turn is over, in tables of tables and in those of pages. */
Test(turns, what_is_dropped_in_one, .init = start)
{
    mfn_t full = world_page(1);
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = s.l4.n};

    for (unsigned i = 0; i < 512; i++)
        world_at(full)[i] = world_pte(data, SPACE_FLAGS);
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    long rc = op_mmuext_op(&world_vcpu[1], GVA((uint64_t)&op), 1, GVA(0), DOMID_SELF);
    cr_assert_eq(rc, WORLD_CONTINUED);
    cr_assert(frame_of(l1[0])->type & PTYPE_VALIDATED, "the lowest goes last");
    cr_assert_eq(settle(rc), 0);
    cr_assert_eq(world_type_count(data), 0);
    cr_assert_eq(space_pin(1, full, 1), 0);
    cr_assert_eq(world_type_count(data), 512);
    op.arg1.mfn = full.n;
    budget_refill();
    rc = op_mmuext_op(&world_vcpu[1], GVA((uint64_t)&op), 1, GVA(0), DOMID_SELF);
    cr_assert_eq(rc, WORLD_CONTINUED);
    cr_assert_geq(world_type_count(data), 512 - TURN - 8);
    cr_assert_eq(settle(rc), 0);
    cr_assert_eq(world_type_count(data), 0);
    cr_assert_eq(world_audit(0), 0);
}

/* What waits to be taken apart comes before whatever is asked next. */
Test(turns, the_undo_list_comes_first, .init = start)
{
    struct space other = space_make(1);
    struct mmuext_op op = {.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = s.l4.n};
    struct mmu_update u = {space_l1e(&other, 1), 0x120};

    cr_assert_eq(space_pin(1, other.l4, 4), 0);
    cr_assert_eq(space_pin(1, s.l4, 4), 0);
    cr_assert_eq(op_mmuext_op(&world_vcpu[1], GVA((uint64_t)&op), 1, GVA(0), DOMID_SELF),
                 WORLD_CONTINUED);
    long rc = op_mmu_update(&world_vcpu[1], GVA((uint64_t)&u), 1, GVA(0), DOMID_SELF);
    cr_assert_eq(rc, WORLD_CONTINUED);
    cr_assert_eq(world_at(other.l1)[space_index(1) + 1], 0, "not yet");
    cr_assert_eq(settle(rc), 0);
    cr_assert_eq(world_at(other.l1)[space_index(1) + 1], 0x120);
    cr_assert_eq(world_dom[1].pt_undo, 0);
    cr_assert_eq(world_audit(0), 0);
}
