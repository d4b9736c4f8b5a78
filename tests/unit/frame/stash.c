/* SPDX-License-Identifier: BSD-2-Clause */
/* Work on memory that takes several turns: blocks made ready, extents taken back in parts. */
#include <criterion/criterion.h>

#include "../../audit/audit.h"
#include "../ptype/world.h"
#include "../../../hypervisor/core/frame/frame_int.h"

#define ORDER  4
#define FRAMES (1UL << ORDER)

static struct domain *d;

static void start(void)
{
    world_start(600, 300);
    d = &world_dom[1];
}

static void make_ready(unsigned order, uint64_t blocks)
{
    for (int rc; (rc = stash_begin(d, order, 0, blocks, NULL)) != 0; budget_refill())
        cr_assert_eq(rc, -XEN_ERESTART);
    stash_end(d);
}

/* Clearing a block is longer than the turn: nobody waits for all of it, and it goes on. */
Test(stash, a_block_takes_several_turns)
{
    start();
    host_turn((int)FRAMES * BUDGET_PAGE / 4);
    unsigned turns = 1;
    for (int rc; (rc = stash_begin(d, ORDER, 0, 1, NULL)) != 0; turns++) {
        cr_assert_eq(rc, -XEN_ERESTART);
        cr_assert(d->stash.filling, "half made");
        budget_refill();
    }
    stash_end(d);
    cr_assert_geq(turns, 4);
}

/* An operation that nobody continues leaves nothing that dropping does not find. */
Test(stash, half_a_block_is_freed)
{
    start();
    uint64_t before = frame_free_count();
    make_ready(ORDER, 2);
    host_turn((int)FRAMES * BUDGET_PAGE / 2);
    cr_assert_eq(stash_begin(d, ORDER, 0, 3, NULL), -XEN_ERESTART);
    cr_assert_eq(frame_free_count(), before - 3 * FRAMES, "two, and one half made");
    budget_refill();
    cr_assert_eq(stash_drop(d), 0);
    cr_assert_eq(frame_free_count(), before);
    cr_assert_eq(frame_audit(), 0);
}

/* Ready blocks are for those who want such. */
Test(stash, blocks_of_another_kind_go_first)
{
    start();
    uint64_t before = frame_free_count();
    make_ready(ORDER, 2);
    make_ready(2, 1);
    cr_assert_eq(frame_free_count(), before - 4, "the large ones are free again");
    make_ready(ORDER, 1);
    cr_assert_eq(frame_free_count(), before - FRAMES);
}

/* What chains the blocks while they wait is not for the guest to see. */
Test(stash, blocks_are_empty_when_they_are_taken)
{
    start();
    cr_assert_eq(stash_begin(d, 1, 0, 3, NULL), 0);
    for (unsigned i = 0; i < 3; i++) {
        mfn_t m = stash_take(d);
        for (unsigned w = 0; w < 2 * 512; w++)
            cr_assert_eq(world_at(m)[w], 0, "block %u", i);
    }
    stash_end(d);
}

/* A large extent goes back over several turns, each frame once. */
Test(stash, an_extent_is_taken_back_in_parts)
{
    start();
    uint64_t list[2] = {64, 128};
    struct xen_memory_reservation r = {.nr_extents = 2, .extent_order = 3, .domid = DOMID_SELF};
    r.extent_start.p = (xen_pfn_t *)list;
    cr_assert_eq(settle(op_memory_op(&world_vcpu[1], XENMEM_populate_physmap, GVA((uint64_t)&r))),
                 2);
    cr_assert_eq(d->tot_pages, 16);
    host_turn(3 * BUDGET_ENTRY);
    unsigned restarts = world_restarts;
    cr_assert_eq(
        settle(op_memory_op(&world_vcpu[1], XENMEM_decrease_reservation, GVA((uint64_t)&r))), 2);
    cr_assert_geq(world_restarts, restarts + 2);
    cr_assert_eq(d->tot_pages, 0);
    cr_assert_eq(frame_audit(), 0);
}

/* What cannot be divided waits for a turn in which there is room for it (B-1). */
Test(stash, a_chunk_changes_hands_in_a_turn_that_has_room)
{
    start();
    mfn_t big;
    uint64_t in[1], out[FRAMES] = {0};
    cr_assert_eq(frame_alloc_domain(d, ORDER, 0, &big), 0);
    in[0] = big.n;
    struct xen_memory_exchange e = {
        .in = {.nr_extents = 1, .extent_order = ORDER, .domid = DOMID_SELF},
        .out = {.nr_extents = FRAMES, .domid = DOMID_SELF}};
    e.in.extent_start.p = (xen_pfn_t *)in;
    e.out.extent_start.p = (xen_pfn_t *)out;
    make_ready(0, FRAMES);
    budget_refill();
    budget_draw(BUDGET_TURN - 10);
    long rc = op_memory_op(&world_vcpu[1], XENMEM_exchange, GVA((uint64_t)&e));
    cr_assert_eq(rc, WORLD_CONTINUED);
    cr_assert_eq(e.nr_exchanged, 0);
    cr_assert_eq(frame_owner_id(frame_of(big)), 1);
    cr_assert_eq(settle(rc), 0);
    cr_assert_eq(e.nr_exchanged, 1);
    cr_assert_eq(world_audit(0), 0);
}

/* A list of places that faults half way leaves no frame with a place but its owner's. */
Test(stash, places_of_a_bad_list_are_taken_back)
{
    for (long fault = 0; fault < 14; fault++) {
        start();
        mfn_t big;
        uint64_t in[1], out[4] = {500, 501, 502, 503};
        cr_assert_eq(frame_alloc_domain(d, 2, 0, &big), 0);
        in[0] = big.n;
        struct xen_memory_exchange e = {
            .in = {.nr_extents = 1, .extent_order = 2, .domid = DOMID_SELF},
            .out = {.nr_extents = 4, .domid = DOMID_SELF}};
        e.in.extent_start.p = (xen_pfn_t *)in;
        e.out.extent_start.p = (xen_pfn_t *)out;
        host_fault_in = fault;
        settle(op_memory_op(&world_vcpu[1], XENMEM_exchange, GVA((uint64_t)&e)));
        host_fault_in = -1;
        for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + 600; m++) {
            uint64_t pfn = arch_m2p_get(MFN(m)).n;
            if (pfn >= 500 && pfn <= 503)
                cr_assert_eq(frame_owner_id(frame_of(MFN(m))), 1, "fault %ld: frame %lu", fault, m);
        }
    }
}
