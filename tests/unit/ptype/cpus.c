/* SPDX-License-Identifier: BSD-2-Clause */
/* What another CPU does in the middle of an operation, at each of its instructions: a frame is never
 * a table and writable at once, a table is seen as one only when it is whole, and nothing is freed
 * twice. */
#include <criterion/criterion.h>

#include "../step.h"
#include "space.h"

#define STEP 7

static mfn_t table, data;
static long answer; /* of the first CPU */
static bool got;    /* a writable reference, by the second */
static bool
    half; /* it saw a table whose entries are not counted, or one to be written that has some */

static void switched(void)
{
    host_cpu = !host_cpu;
}

static void world(void)
{
    world_start(300, 100);
    table = world_page(1);
    data = world_page(1);
    world_at(table)[3] = world_pte(data, SPACE_FLAGS);
    world_at(table)[500] = world_pte(data, SPACE_FLAGS);
    host_waiting = step_wait;
    step_switched = switched;
    got = half = false;
}

static void pin(void)
{
    answer = space_pin(1, table, 1);
}
static void unpin(void)
{
    answer = space_unpin(1, table);
}

/* As a grant's mapping does, which takes no lock of the owner. */
static void write_to_it(void)
{
    const uint64_t word = atomic_load(&frame_of(table)->type);

    got = ptype_get_writable(frame_of(table)) == 0;
    half = world_type_count(data) != (got ? 0 : 2) && (got || word & PTYPE_VALIDATED);
}

/* The same from a pinned table on, or from a plain page. */
static void meet(void (*first)(void), bool pinned)
{
    unsigned long count = 1, refused = 0;

    for (unsigned long n = 0; n < count; n += STEP) {
        world();
        if (pinned)
            pin();
        if (n == 0) {
            count = step_record(first);
            continue;
        }
        cr_assert(step_at(n, first, write_to_it), "instruction %lu", n);
        const bool is_table = pinned ? answer != 0 : answer == 0;
        cr_assert(!(is_table && got), "a table and writable, instruction %lu", n);
        /* a table that ends is one to pt_lock's holder only */
        cr_assert(!half || (pinned && !got), "half a table, instruction %lu", n);
        cr_assert_eq(world_type_count(table), is_table || got, "instruction %lu", n);
        refused += !got;
        if (got)
            ptype_put_writable(frame_of(table));
        cr_assert_eq(world_audit(0), 0);
    }
    cr_assert_gt(count, 200);
    cr_assert_gt(refused, 0);
    host_waiting = NULL;
}

Test(cpus, a_page_becomes_a_table)
{
    meet(pin, false);
}

Test(cpus, a_table_becomes_a_page)
{
    meet(unpin, true);
}

/* PT-5: the last reference's stamp counts for a mapping, too, that came and went while it was let go
 * of, on a CPU that had flushed just before. */
static struct space both;

static void let_go(void) /* as a grant's mapping does, without a lock */
{
    ptype_put_writable(frame_of(data));
}

static void map_use_clear(void)
{
    struct mmu_update u = {space_l1e(&both, 1), world_pte(data, SPACE_FLAGS)};

    arch_tlb_flush(CPUSET(host_cpu));
    cr_assert_eq(op_mmu_update(&world_vcpu[4], GVA((uint64_t)&u), 1, GVA(0), DOMID_SELF), 0);
    host_tlb_fill();
    u.val = 0;
    cr_assert_eq(op_mmu_update(&world_vcpu[4], GVA((uint64_t)&u), 1, GVA(0), DOMID_SELF), 0);
}

static void two_cpus_of_a_guest(void)
{
    world();
    both = space_make(1);
    for (unsigned v = 1; v < WORLD_VCPUS; v += WORLD_DOMAINS)
        cr_assert_eq(ptype_switch_base(&world_vcpu[v], both.l4, false), 0);
    world_at(table)[3] = world_at(table)[500] = 0;
    world_enter(4);
    world_enter(1);
}

Test(cpus, a_mapping_while_the_last_reference_goes)
{
    unsigned cpu;
    mfn_t mfn;

    for (unsigned long n = 0;; n++) {
        two_cpus_of_a_guest();
        cr_assert_eq(ptype_get_writable(frame_of(data)), 0);
        if (!step_run(n, let_go, map_use_clear)) {
            cr_assert_gt(n, 20);
            break;
        }
        cr_assert_eq(world_type(data), PT_WRITABLE);
        cr_assert_eq(world_type_count(data), 0);
        cr_assert_eq(space_pin(1, data, 1), 0);
        const char *fault = world_tlb_fault(&cpu, &mfn);
        cr_assert_null(fault, "instruction %lu: %s: CPU %u, frame %lx", n, fault, cpu, mfn.n);
    }
    host_waiting = NULL;
}

/* A frame has its place in the M2P before its domain can have it, and none before the next can: what
 * is written later may be over somebody else's. */
#define PLACE 0x700

static void be_given(void)
{
    uint64_t at = PLACE;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    r.extent_start.p = (xen_pfn_t *)&at;
    answer = settle(op_memory_op(&world_vcpu[1], XENMEM_populate_physmap, GVA((uint64_t)&r)));
}

static void exchange_one(void)
{
    uint64_t in = world_page(1).n, out = PLACE;
    struct xen_memory_exchange e = {.in = {.nr_extents = 1, .domid = DOMID_SELF},
                                    .out = {.nr_extents = 1, .domid = DOMID_SELF}};

    e.in.extent_start.p = (xen_pfn_t *)&in;
    e.out.extent_start.p = (xen_pfn_t *)&out;
    answer = settle(op_memory_op(&world_vcpu[1], XENMEM_exchange, GVA((uint64_t)&e)));
}

static uint64_t owned[300], places[300];
static unsigned owned_count;

static void look_at_places(void)
{
    owned_count = 0;
    for (uint64_t m = HOST_MFN_BASE; m < HOST_MFN_BASE + host_frames; m++)
        if (atomic_load(&frame_of(MFN(m))->ref) >> FRAME_OWNER_SHIFT ==
            frame_owner_mark(&world_dom[1])) {
            places[owned_count] = arch_m2p_get(MFN(m)).n;
            owned[owned_count++] = m;
        }
}

static void places_while(void (*run)(void), long expected)
{
    unsigned long count = 1;

    for (unsigned long n = 0; n < count; n += STEP) {
        world();
        if (n == 0) {
            count = step_record(run);
            cr_assert_eq(answer, expected);
            continue;
        }
        cr_assert(step_at(n, run, look_at_places));
        for (unsigned i = 0; i < owned_count; i++)
            if (atomic_load(&frame_of(MFN(owned[i]))->ref) >> FRAME_OWNER_SHIFT ==
                frame_owner_mark(&world_dom[1]))
                cr_assert_eq(arch_m2p_get(MFN(owned[i])).n, places[i],
                             "written after it was handed over, instruction %lu", n);
    }
    cr_assert_gt(count, 100);
    host_waiting = NULL;
}

Test(cpus, a_frame_has_its_place_before_its_domain_has_it)
{
    places_while(be_given, 1);
}

Test(cpus, so_has_one_that_is_exchanged)
{
    places_while(exchange_one, 0);
}

static void give_back(void)
{
    uint64_t mfn = data.n;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    r.extent_start.p = (xen_pfn_t *)&mfn;
    answer = settle(op_memory_op(&world_vcpu[1], XENMEM_decrease_reservation, GVA((uint64_t)&r)));
}

static void tear_down(void)
{
    world_dom[1].dying = 1;
    while (frame_relinquish(&world_dom[1]) == -XEN_ERESTART)
        ;
}

Test(cpus, memory_given_back_while_its_domain_is_torn_down)
{
    unsigned long count = 1;
    uint64_t all = 0;

    for (unsigned long n = 0; n < count; n += 2) {
        world();
        if (n == 0) {
            count = step_record(give_back);
            cr_assert_eq(answer, 1);
            tear_down();
            all = frame_free_count();
            continue;
        }
        cr_assert(step_at(n, give_back, tear_down));
        cr_assert_eq(world_dom[1].tot_pages, 0);
        cr_assert_eq(frame_free_count(), all, "instruction %lu", n);
        cr_assert_eq(world_audit(0), 0);
    }
    cr_assert_gt(count, 100);
    host_waiting = NULL;
}
