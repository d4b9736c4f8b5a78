/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of memory that no single operation owns: what is handed out is zero and told nobody's
 * place, what is refused or faults half way is neither lost nor doubled, bounds hold on both sides.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../audit/audit.h"
#include "../ptype/world.h"
#include "../../../hypervisor/core/frame/frame_int.h"

static long memop(unsigned d, uint64_t cmd, void *arg)
{
    return settle(op_memory_op(&world_vcpu[d], cmd, GVA((uint64_t)arg)));
}

static struct xen_memory_reservation reservation(uint64_t *list, uint64_t n, unsigned order)
{
    struct xen_memory_reservation r = {.nr_extents = n, .extent_order = order, .domid = DOMID_SELF};
    r.extent_start.p = (xen_pfn_t *)list;
    return r;
}

static struct xen_memory_exchange exchange(uint64_t *in, uint64_t nin, unsigned oin, uint64_t *out,
                                           uint64_t nout, unsigned oout)
{
    return (struct xen_memory_exchange){.in = reservation(in, nin, oin),
                                        .out = reservation(out, nout, oout)};
}

/* All memory that is free holds what somebody wrote there, and is in some guest's map. */
static void dirty(void)
{
    uint64_t n = frame_free_count(), *mfns = malloc(n * sizeof(*mfns));

    for (uint64_t i = 0; i < n; i++) {
        mfns[i] = frame_alloc(0, 0).n;
        memset(world_at(MFN(mfns[i])), 0xD1, PAGE_SIZE);
        arch_m2p_set(MFN(mfns[i]), PFN(0x5EC));
    }
    while (n--)
        frame_free(MFN(mfns[n]), 0);
    free(mfns);
}

static bool blank(uint64_t mfn)
{
    for (unsigned i = 0; i < 512; i++)
        if (world_at(MFN(mfn))[i])
            return false;
    return true;
}

/* F-5, for each way that memory comes to somebody. */
Test(rules, what_is_handed_out_is_empty)
{
    world_start(2000, 500);
    dirty();
    uint64_t list[4] = {7, 8, 9, 10}, out[4] = {0};
    struct xen_memory_reservation r = reservation(list, 4, 2);
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 4);
    for (unsigned i = 0; i < 16; i++)
        cr_assert(blank(list[i / 4] + i % 4), "populated");
    cr_assert_eq(arch_m2p_get(MFN(list[0] + 1)).n, 8);
    uint64_t gone = list[0];
    r = reservation(&gone, 1, 2);
    cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 1);
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(arch_m2p_get(MFN(gone + i)).n, PFN_NONE.n, "what was given back has no place");
    r = reservation(list, 4, 0);
    cr_assert_eq(memop(1, XENMEM_increase_reservation, &r), 4);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(blank(list[i]), "increased");
        cr_assert_eq(arch_m2p_get(MFN(list[i])).n, PFN_NONE.n, "its place is not the old one");
        memset(world_at(MFN(list[i])), 0xD2, PAGE_SIZE);
    }
    for (unsigned i = 0; i < 4; i++)
        arch_m2p_set(MFN(list[i]), PFN(0x99));
    dirty();
    struct xen_memory_exchange e = exchange(list, 4, 0, out, 1, 2);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(blank(out[0] + i), "exchanged");
        cr_assert_eq(arch_m2p_get(MFN(list[i])).n, PFN_NONE.n, "what went has no place");
    }
    dirty();
    for (unsigned order = 0; order < 4; order++) {
        char *p = hv_alloc_pages(order);
        for (unsigned i = 0; i < 1u << order; i++)
            cr_assert(blank(arch_ptr_mfn(p).n + i), "the hypervisor's own");
        hv_free_pages(p, order);
        mfn_t m = frame_alloc(order, ALLOC_ZERO);
        for (unsigned i = 0; i < 1u << order; i++)
            cr_assert(blank(m.n + i));
        frame_free(m, order);
    }
    cr_assert_eq(world_audit(0), 0);
}

/* F-5 for what an exchange takes, as for what is given back. */
Test(rules, what_was_exchanged_is_out_of_all_tlbs_before_reuse)
{
    world_start(600, 100);
    uint64_t in[1] = {world_page(1).n}, out[1] = {0};
    struct xen_memory_exchange e = exchange(in, 1, 0, out, 1, 0);
    arch_tlb_flush(all_cpus());
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0);
    unsigned flushes = host_log.flushes;
    mfn_t m;
    do
        m = buddy_alloc(0, 0, NULL);
    while (m.n != in[0] && !mfn_eq(m, MFN_INVALID));
    cr_assert_eq(m.n, in[0]);
    cr_assert_eq(host_log.flushes, flushes + 1);
}

/* A guest access that fails at any step leaves each frame in one place and counted. */
Test(rules, exchange_loses_nothing_to_a_fault)
{
    for (int out_big = 0; out_big < 2; out_big++) {
        for (long fault = 0; fault < 14; fault++) {
            world_start(600, 100);
            uint64_t a[4], b[4] = {50, 51, 52, 53};
            mfn_t big;
            if (out_big) {
                for (unsigned i = 0; i < 4; i++)
                    a[i] = world_page(1).n;
            } else {
                cr_assert_eq(frame_alloc_domain(&world_dom[1], 2, 0, &big), 0);
                a[0] = big.n;
            }
            struct xen_memory_exchange e =
                out_big ? exchange(a, 4, 0, b, 1, 2) : exchange(a, 1, 2, b, 4, 0);
            uint64_t free_before = frame_free_count();
            host_fault_in = fault;
            memop(1, XENMEM_exchange, &e);
            host_fault_in = -1;
            cr_assert_eq(world_audit(0), 0, "fault %ld", fault);
            cr_assert_eq(world_dom[1].tot_pages, 4);
            cr_assert_eq(frame_free_count(), free_before);
            uint64_t cursor = 0, n = 0;
            while (audit_frame_next(&world_dom[1], &cursor))
                n++;
            cr_assert_eq(n, 4, "the frames are the guest's, known to it or not");
        }
    }
}

/* PT-5: a frame that is given back may be in a TLB as before. */
Test(rules, a_refused_exchange_keeps_stamps)
{
    world_start(600, 100);
    mfn_t m = world_page(1);
    cr_assert_eq(ptype_get_writable(frame_of(m)), 0);
    ptype_put_writable(frame_of(m));
    uint64_t word = frame_of(m)->type, in[2] = {m.n, 1}, out[2] = {0};
    cr_assert_neq(word & PTYPE_STAMP_MASK, 0);
    struct xen_memory_exchange e = exchange(in, 2, 0, out, 1, 1);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "the second is no frame of it");
    cr_assert_eq(frame_owner_id(frame_of(m)), 1);
    cr_assert_eq(frame_of(m)->type, word);
}

Test(rules, reservations_lose_nothing_to_a_fault)
{
    for (unsigned cmd = XENMEM_increase_reservation; cmd <= XENMEM_populate_physmap; cmd++) {
        if (cmd != XENMEM_increase_reservation && cmd != XENMEM_decrease_reservation &&
            cmd != XENMEM_populate_physmap)
            continue;
        for (long fault = 0; fault < 12; fault++) {
            world_start(600, 100);
            uint64_t list[4];
            for (unsigned i = 0; i < 4; i++)
                list[i] = cmd == XENMEM_decrease_reservation ? world_page(1).n : i;
            struct xen_memory_reservation r = reservation(list, 4, 0);
            host_fault_in = fault;
            long done = memop(1, cmd, &r);
            host_fault_in = -1;
            cr_assert(done >= 0 && done <= 4);
            cr_assert_eq(world_audit(0), 0, "command %u, fault %ld", cmd, fault);
        }
    }
}

/* One order more than a caller may ask for; nothing is done then. */
Test(rules, orders_are_limited)
{
    world_start(3000, 2500);
    uint64_t list[1] = {0}, in[1] = {world_page(1).n};
    struct xen_memory_reservation r = reservation(list, 1, 10);
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 0);
    cr_assert_eq(memop(1, XENMEM_increase_reservation, &r), 0);
    cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 0);
    r.extent_order = 9;
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 1, "2 MiB");
    r.domid = 1;
    for (unsigned order = 19; order < 256; order += 9) {
        r.extent_order = order;
        cr_assert_eq(memop(0, XENMEM_populate_physmap, &r), 0, "order %u", order);
        cr_assert_eq(memop(0, XENMEM_decrease_reservation, &r), 0, "order %u", order);
    }
    for (unsigned order = 10; order < 256; order += 41) {
        struct xen_memory_exchange e = exchange(in, 1, order, list, 1, order);
        cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EPERM);
        e = exchange(in, 1UL << 10, 0, list, 1, order);
        cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EPERM);
    }
    cr_assert_eq(world_audit(0), 0);
}

/* Whatever number is in the list, and however many frames the two lists are of. */
Test(rules, exchange_takes_what_is_the_callers_only)
{
    world_start(300, 100);
    static const uint64_t odd[] = {
        0, 1, HOST_MFN_BASE - 1, HOST_MFN_BASE + 300, 1UL << 32, 1UL << 52, ~0UL};
    uint64_t in[4], out[8] = {0};
    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        in[0] = odd[i];
        struct xen_memory_exchange e = exchange(in, 1, 0, out, 1, 0);
        cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "%#lx", odd[i]);
        e = exchange(in, 1, 3, out, 1, 3);
        cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "%#lx", odd[i]);
    }
    in[0] = world_page(2).n;
    struct xen_memory_exchange e = exchange(in, 1, 0, out, 1, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "another's");
    for (unsigned i = 0; i < 4; i++)
        in[i] = world_page(1).n;
    for (unsigned n = 0; n < 8; n++) {
        e = exchange(in, 4, 0, out, n, 0);
        if (n != 4)
            cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "%u for 4", n);
    }
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(frame_owner_id(frame_of(MFN(in[i]))), 1);
    cr_assert_eq(world_audit(0), 0);
}

/* Output that was made before memory ran out goes back. */
Test(rules, exchange_in_want_of_memory)
{
    world_start(300, 100);
    mfn_t big;
    uint64_t in[1], out[4] = {0}, left;
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 2, 0, &big), 0);
    in[0] = big.n;
    while ((left = frame_free_count()) > 2)
        frame_alloc(0, 0);
    struct xen_memory_exchange e = exchange(in, 1, 2, out, 4, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_ENOMEM);
    cr_assert_eq(frame_free_count(), left);
    cr_assert_eq(world_dom[1].tot_pages, 4);
    cr_assert_eq(frame_audit(), 0);
}

Test(rules, long_exchanges_go_in_turns)
{
    world_start(900, 400);
    static uint64_t in[200], out[200];
    for (unsigned i = 0; i < 200; i++)
        in[i] = world_page(1).n;
    struct xen_memory_exchange e = exchange(in, 200, 0, out, 200, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0);
    cr_assert_geq(world_restarts, 2);
    cr_assert_eq(e.nr_exchanged, 200);
    cr_assert_eq(world_audit(0), 0);
}

/* Where both lists together wrap, or a resumed call begins in the middle of a chunk. */
Test(rules, exchange_counts)
{
    world_start(300, 100);
    uint64_t in[8], out[8] = {0};
    for (unsigned i = 0; i < 8; i++)
        in[i] = world_page(1).n;
    struct xen_memory_exchange e = exchange(in, 8, 0, out, 2, 2);
    for (unsigned i = 1; i < 8; i++) {
        e.nr_exchanged = i;
        if (i != 4)
            cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL, "%u", i);
    }
    e.nr_exchanged = 4;
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0, "half of it was done");
    cr_assert_eq(out[0], 0);
    cr_assert_neq(out[1], 0);
    cr_assert_eq(frame_owner_id(frame_of(MFN(in[0]))), 1);
    mfn_t pair;
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 1, 0, &pair), 0);
    in[0] = pair.n;
    e = exchange(in, 1UL << 63 | 4, 1, out, 8, 0); /* 8 frames in, if that wraps, and 8 out */
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    cr_assert_eq(out[0], 0, "and nothing was done");
    e = exchange(in, 8, 0, out, 1UL << 63 | 4, 1);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    e = exchange(in, 1UL << 62, 2, out, 0, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), -XEN_EINVAL);
    cr_assert_eq(world_audit(0), 0);
}

/* Extents out are named in the order of the list in. */
Test(rules, exchange_names_each_extent_in_its_place)
{
    world_start(300, 100);
    mfn_t big;
    uint64_t in[1], out[4] = {500, 600, 700, 800};
    cr_assert_eq(frame_alloc_domain(&world_dom[1], 2, 0, &big), 0);
    in[0] = big.n;
    struct xen_memory_exchange e = exchange(in, 1, 2, out, 4, 0);
    cr_assert_eq(memop(1, XENMEM_exchange, &e), 0);
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(arch_m2p_get(MFN(out[i])).n, 500 + 100 * i);
}

Test(rules, the_last_frame_and_the_next)
{
    world_start(100, 10);
    cr_assert(frame_backed(MFN(HOST_MFN_BASE + host_frames - 1)));
    cr_assert(!frame_backed(MFN(HOST_MFN_BASE + host_frames)),
              "there is a table entry, but no RAM");
    cr_assert(!frame_valid(MFN(HOST_MFN_BASE + host_frames)));
    struct xen_memory_reservation r;
    uint64_t list[1] = {HOST_MFN_BASE + host_frames};
    r = reservation(list, 1, 0);
    cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 0);
    for (uint64_t n = 1; n; n <<= 1) {
        list[0] = n;
        cr_assert_eq(memop(1, XENMEM_decrease_reservation, &r), 0, "%#lx", n);
    }
}

/* Decided under the lock, whatever was seen before it was taken. */
Test(rules, the_quota_and_death_are_decided_under_the_lock)
{
    world_start(100, 3);
    mfn_t m = buddy_alloc(1, 0, NULL);
    world_page(1), world_page(1);
    cr_assert_eq(frame_assign(&world_dom[1], m, 1, true), -XEN_ENOMEM);
    cr_assert_eq(frame_assign(&world_dom[1], m, 0, true), 0);
    cr_assert_eq(frame_assign(&world_dom[1], MFN(m.n + 1), 0, true), -XEN_ENOMEM);
    world_dom[1].max_pages = ~0UL;
    world_dom[1].dying = 1;
    cr_assert_eq(frame_assign(&world_dom[1], MFN(m.n + 1), 0, true), -XEN_ESRCH);
    cr_assert_eq(world_dom[1].tot_pages, 3);
}

Test(rules, a_frame_freed_twice_stops_the_machine, .signal = SIGABRT)
{
    world_start(100, 3);
    mfn_t m = frame_alloc(0, 0);
    frame_free(m, 0);
    frame_free(m, 0);
}

Test(rules, a_frame_of_a_domain_is_not_the_hypervisors_to_free, .signal = SIGABRT)
{
    world_start(100, 3);
    frame_free(world_page(1), 0);
}

/* More extents than progress could be told of: none. */
Test(rules, more_extents_than_can_be_counted)
{
    world_start(100, 10);
    uint64_t list[20] = {0};
    struct xen_memory_reservation r = reservation(list, 1UL << 60, 0);
    cr_assert_eq(memop(1, XENMEM_populate_physmap, &r), 0);
    cr_assert_eq(memop(1, XENMEM_increase_reservation, &r), 0);
    cr_assert_eq(world_dom[1].tot_pages, 0);
    for (unsigned order = 19; order < 130; order += 3)
        cr_assert(mfn_eq(buddy_alloc(order, 0, NULL), MFN_INVALID), "order %u", order);
}

/* A domain that is refused costs nothing. */
Test(rules, what_a_refused_domain_does_not_get_is_free_again)
{
    world_start(100, 10);
    mfn_t m;
    world_page(1);
    uint64_t before = frame_free_count();
    world_dom[1].dying = 1;
    for (unsigned order = 0; order < 3; order++)
        cr_assert_eq(frame_alloc_domain(&world_dom[1], order, 0, &m), -XEN_ESRCH);
    cr_assert_eq(frame_free_count(), before);
    cr_assert_eq(frame_audit(), 0);
}

/* Whoever is being torn down and whoever gives it memory meet at one lock. */
Test(rules, no_map_for_the_dying)
{
    world_start(100, 10);
    struct hv_e820 map[1] = {{0, 0x1000, 1}};
    struct xen_foreign_memory_map f = {.domid = 1, .map = {.nr_entries = 1}};
    f.map.buffer.p = map;
    uint64_t before = frame_free_count();
    world_dom[1].dying = 1;
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), -XEN_ESRCH);
    cr_assert_eq(frame_free_count(), before);
    cr_assert_null(world_dom[1].memory_map);
    world_dom[1].dying = 0;
    f.map.buffer.p = NULL;
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), -XEN_EFAULT);
    cr_assert_eq(frame_free_count(), before);
}

Test(rules, maps_are_bounded)
{
    world_start(100, 10);
    static struct hv_e820 map[HV_E820_MAX + 1];
    struct xen_foreign_memory_map f = {.domid = 1};
    struct xen_memory_map m = {.nr_entries = HV_E820_MAX};
    f.map.buffer.p = map;
    f.map.nr_entries = HV_E820_MAX + 1;
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), -XEN_EINVAL);
    f.map.nr_entries = 0;
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), -XEN_EINVAL);
    f.map.nr_entries = HV_E820_MAX;
    cr_assert_eq(memop(0, XENMEM_set_memory_map, &f), 0);
    m.buffer.p = map;
    cr_assert_eq(memop(1, XENMEM_memory_map, &m), 0);
    m.nr_entries = HV_E820_MAX - 1;
    cr_assert_eq(memop(1, XENMEM_memory_map, &m), -XEN_EINVAL);
    m.nr_entries = 0;
    cr_assert_eq(memop(0, XENMEM_machine_memory_map, &m), -XEN_EINVAL);
}

/* What was promised to one is neither promised to another nor given away. */
Test(rules, claims_add_up)
{
    world_start(100, 80);
    struct xen_memory_reservation r = {.nr_extents = 60, .domid = 1};
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0);
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0, "again: the same, not twice");
    r.domid = 2;
    r.nr_extents = 41;
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), -XEN_ENOMEM);
    r.nr_extents = 40;
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0);
    cr_assert(mfn_eq(buddy_alloc(0, 0, NULL), MFN_INVALID), "all is promised");
    r.nr_extents = 81;
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), -XEN_EINVAL, "beyond what it may have");
    r.nr_extents = 1;
    r.extent_order = 1;
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), -XEN_EINVAL);
    world_dom[1].dying = 1;
    cr_assert_eq(frame_relinquish(&world_dom[1]), 0);
    for (unsigned i = 0; i < 60; i++) /* all of it: a page that its end gave back is not enough */
        cr_assert(!mfn_eq(buddy_alloc(0, 0, NULL), MFN_INVALID), "a claim ends with its domain");
}

/* A claim that comes after its domain's teardown would be promised to nobody for ever. */
Test(rules, no_claim_for_the_dying)
{
    world_start(100, 80);
    struct xen_memory_reservation r = {.nr_extents = 60, .domid = 1};
    world_dom[1].dying = 1;
    cr_assert_eq(frame_relinquish(&world_dom[1]), 0);
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), -XEN_ESRCH);
    cr_assert_eq(world_dom[1].claim_pages, 0);
    r = (struct xen_memory_reservation){.nr_extents = 80, .domid = 2};
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0, "all is still there for others");
}

/* A large extent that the control domain began to make for a domain torn down meanwhile: its
 * continuation must not begin again behind the teardown's back. */
Test(rules, no_stash_for_the_dying)
{
    world_start(3000, 2000);
    uint64_t list[1] = {0}, before = frame_free_count();
    struct xen_memory_reservation r = reservation(list, 1, 9);
    r.domid = 1;
    budget_refill();
    cr_assert_eq(op_memory_op(&world_vcpu[0], XENMEM_populate_physmap, GVA((uint64_t)&r)),
                 WORLD_CONTINUED);
    cr_assert_lt(frame_free_count(), before);
    world_dom[1].dying = 1;
    while (frame_relinquish(&world_dom[1]))
        budget_refill();
    budget_refill();
    cr_assert_eq(op_memory_op(&world_vcpu[0], XENMEM_populate_physmap, GVA((uint64_t)&r)), 0);
    cr_assert_eq(world_dom[1].stash.filling, 0);
    cr_assert_eq(world_dom[1].stash.ready, 0);
}

Test(rules, claims_come_true)
{
    world_start(200, 80);
    struct xen_memory_reservation r = {.nr_extents = 60, .domid = 1};
    cr_assert_eq(memop(0, XENMEM_claim_pages, &r), 0);
    for (unsigned i = 1; i <= 10; i++) {
        world_page(1);
        cr_assert_eq(world_dom[1].claim_pages, 60 - i);
    }
}

/* Of a block, each frame is asked whether a TLB may hold it: F-5. */
Test(rules, a_block_stale_in_one_frame_is_stale)
{
    world_start(1024, 600);
    mfn_t m[512];
    for (unsigned i = 0; i < 512; i++)
        m[i] = world_page(1);
    arch_tlb_flush(all_cpus());
    uint64_t high = 0; /* of all frames only one, in the middle of a block, may be in a TLB */
    for (unsigned i = 0; i < 512; i++)
        if (m[i].n % 8 == 3 && m[i].n > high && m[i].n + 8 < frame_end)
            high = m[i].n;
    for (unsigned i = 0; i < 512; i++)
        if (m[i].n != high)
            frame_release_domain(&world_dom[1], frame_of(m[i]));
    arch_tlb_flush(all_cpus());
    frame_release_domain(&world_dom[1], frame_of(MFN(high)));
    unsigned flushes = host_log.flushes;
    bool got_it = false;
    for (mfn_t b; !got_it && !mfn_eq(b = frame_alloc(3, 0), MFN_INVALID);) {
        got_it = b.n <= high && high < b.n + 8;
        cr_assert_eq(host_log.flushes, flushes + got_it, "one flush, and for that block");
    }
    cr_assert(got_it);
}

Test(rules, resources_are_the_control_domains_to_see)
{
    world_start(100, 80);
    uint64_t list[4];
    struct xen_mem_acquire_resource r = {
        .domid = 0, .type = XENMEM_resource_grant_table, .nr_frames = 1};
    r.frame_list.p = (xen_pfn_t *)list;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EPERM, "its own");
    cr_assert_eq(memop(1, XENMEM_acquire_resource, &r), -XEN_EPERM);
    r.domid = 2;
    cr_assert_eq(memop(1, XENMEM_acquire_resource, &r), -XEN_EPERM);
    r.domid = DOMID_SELF;
    cr_assert_eq(memop(1, XENMEM_acquire_resource, &r), -XEN_EPERM);
    r.domid = 1;
    r.pad = 1;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    r.pad = 0;
    r.id = XENMEM_resource_grant_table_id_status + 1;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL, "there are no others");
    r.id = 0;
    r.frame = UINT32_MAX;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
    r.frame = 1UL << 32;
    cr_assert_eq(memop(0, XENMEM_acquire_resource, &r), -XEN_EINVAL);
}

/* Objects of a slab's page that fills, empties and goes back, with others before and behind it. */
Test(rules, slab_pages_leave_their_list)
{
    world_start(256, 10);
    uint64_t before = frame_free_count();
    void *p[12];
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 12; i++)
            p[i] = hv_alloc(2048); /* two a page */
        static const uint8_t order[] = {0, 2, 4, 3, 1, 5, 10, 6, 8, 9, 7, 11};
        for (unsigned i = 0; i < 12; i++) {
            hv_free(p[order[i]]);
            cr_assert_eq(frame_audit(), 0);
        }
        cr_assert_eq(frame_free_count(), before);
        void *again = hv_alloc(2048), *more = hv_alloc(2048), *third = hv_alloc(2048);
        memset(again, 1, 2048);
        memset(more, 2, 2048);
        memset(third, 3, 2048);
        cr_assert_eq(((char *)again)[0] + ((char *)more)[0] + ((char *)third)[0], 6);
        hv_free(again), hv_free(more), hv_free(third);
    }
}

/* The place of an object given back is the next one's, in a page that was full. */
Test(rules, slab_pages_come_back)
{
    world_start(256, 10);
    for (size_t size = 16; size <= 2048; size *= 2) {
        unsigned n = (unsigned)(PAGE_SIZE / size);
        void *p[256];
        for (unsigned i = 0; i < n; i++)
            p[i] = hv_alloc(size);
        uint64_t before = frame_free_count();
        for (unsigned i = 0; i < n; i++) {
            hv_free(p[i]);
            cr_assert_eq(hv_alloc(size), p[i]);
        }
        cr_assert_eq(frame_free_count(), before);
        for (unsigned i = 0; i < n; i++)
            hv_free(p[i]);
    }
}
