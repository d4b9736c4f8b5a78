/* SPDX-License-Identifier: BSD-2-Clause */
/* Guests that run on copies of their level-4 tables (hv/l4copy.h): none is too old when it
 * counts. */
#include <criterion/criterion.h>

#include <hv/l4copy.h>

#include "../step.h"
#include "space.h"

static struct space s;
static mfn_t t; /* a level-3 table, empty */

/* Guest 1 on CPUs 0 and 1, both with the same table. */
static void start(void)
{
    world_start(400, 120);
    s = space_make(1);
    t = world_page(1);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, false), 0);
    cr_assert_eq(ptype_switch_base(&world_vcpu[4], s.l4, false), 0);
    host_tlb_run_on_copies();
    world_enter(4);
    world_enter(1);
    host_tlb_eager = true;
    host_tlb_fill();
}

static uint64_t l4e(mfn_t l4)
{
    return (l4.n << PAGE_SHIFT) + 8 * (space_index(4) + 1);
}
static bool reaches(unsigned cpu)
{
    bool old;
    host_tlb_fill();
    return host_tlb_entry(cpu, t, &old)->holds & HOST_TLB_TABLE(3);
}
static void hold(void)
{
    unsigned cpu;
    mfn_t mfn;
    host_tlb_fill();
    const char *fault = world_tlb_fault(&cpu, &mfn);
    cr_assert_null(fault, "%s: CPU %u, frame %lx", fault, cpu, mfn.n);
}

/* The guest need not flush for an entry that was not present before. */
Test(copies, a_new_entry_is_everywhere_when_the_call_returns, .init = start)
{
    cr_assert(!reaches(0) && !reaches(1));
    cr_assert_eq(world_update(1, l4e(s.l4), world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
    cr_expect(reaches(0), "its own");
    cr_expect(reaches(1), "the other vCPU's");
    hold();
}

Test(copies, an_entry_that_went_is_nowhere_when_its_table_is_another, .init = start)
{
    for (unsigned cpu = 0; cpu < 2; cpu++) {
        world_enter(cpu ? 4 : 1);
        cr_assert_eq(world_update(1, l4e(s.l4), world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
        cr_assert(reaches(0) && reaches(1));
        cr_assert_eq(world_update(1, l4e(s.l4), 0, DOMID_SELF), 0);
        cr_assert_eq(space_pin(1, t, 1), 0);
        hold();
        cr_assert(!reaches(0) && !reaches(1));
        cr_assert_eq(space_unpin(1, t), 0);
    }
}

/* A table that was let go of, written to as a page, and comes back by its number. */
Test(copies, the_same_number_is_another_table, .init = start)
{
    mfn_t l4 = world_page(1);

    for (unsigned user = 0; user < 2; user++) {
        world_at(l4)[space_index(4) + 1] = world_pte(t, SPACE_FLAGS);
        cr_assert_eq(ptype_switch_base(&world_vcpu[1], l4, user), 0);
        cr_assert(reaches(0));
        cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, user), 0);
        world_at(l4)[space_index(4) + 1] = 0;
        cr_assert_eq(space_pin(1, t, 1), 0);
        cr_assert_eq(ptype_switch_base(&world_vcpu[1], l4, user), 0);
        hold();
        cr_assert(!reaches(0));
        cr_assert_eq(ptype_switch_base(&world_vcpu[1], s.l4, user), 0);
        cr_assert_eq(space_unpin(1, t), 0);
    }
}

/* CPU 0 takes the table's entry away; meanwhile CPU 1 makes it a page to write to, and goes back to its
 * guest. */
static bool got, walked;

static void take_away(void)
{
    host_cpu = 0;
    cr_assert_eq(world_update(1, l4e(s.l4), 0, DOMID_SELF), 0);
}
static void write_to_it(void)
{
    bool old;

    host_cpu = 1;
    got = !ptype_get_writable(frame_of(t));
    host_tlb_fill();
    walked = host_tlb_entry(1, t, &old)->holds & HOST_TLB_TABLE(3);
    host_cpu = 0;
}

Test(copies, an_entry_that_goes_is_nowhere_when_another_cpu_writes_to_its_table)
{
    unsigned long count = 1, times = 0;

    for (unsigned long n = 0; n < count; n += 13) {
        start();
        host_tlb_eager = false;
        cr_assert_eq(world_update(1, l4e(s.l4), world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
        cr_assert(reaches(1));
        if (n == 0) {
            count = step_record(take_away);
            continue;
        }
        cr_assert(step_at(n, take_away, write_to_it), "instruction %lu", n);
        cr_assert(!(got && walked), "written to and walked, instruction %lu", n);
        times += got;
    }
    cr_assert_gt(count, 100);
    cr_assert_gt(times, 0);
}

/* Each of a batch's stores calls the other CPU: a turn is not longer for it. */
Test(copies, a_batch_of_stores_is_cut_into_turns, .init = start)
{
    static struct mmu_update u[128];
    unsigned turns = 0;
    long rc;

    for (unsigned i = 0; i < ARRAY_SIZE(u); i++)
        u[i] = (struct mmu_update){l4e(s.l4), (i + 1) % 8 << 9};
    for (unsigned done = 0; done < ARRAY_SIZE(u); turns++) {
        uint32_t n = 0;
        budget_refill();
        rc = op_mmu_update(&world_vcpu[1], GVA((uint64_t)&u[done]), ARRAY_SIZE(u) - done,
                           GVA((uint64_t)&n), DOMID_SELF);
        cr_assert(rc == 0 || rc == WORLD_CONTINUED);
        cr_assert_gt(n, 0);
        cr_assert_gt(arch_budget()->left, BUDGET_TURN - BUDGET_MAX, "%u requests", n);
        done += n;
    }
    cr_assert_gt(turns, 2);
    cr_assert_eq(world_at(s.l4)[space_index(4) + 1], 128UL % 8 << 9);
}

/* Tables of other guests change all the time; that is none of this one's business. */
Test(copies, another_table_calls_nobody, .init = start)
{
    mfn_t l4 = world_page(1);
    unsigned before;

    cr_assert_eq(space_pin(1, l4, 4), 0);
    before = host_log.flushes;
    cr_assert_eq(world_update(1, l4e(l4), world_pte(t, SPACE_FLAGS), DOMID_SELF), 0);
    cr_expect_eq(host_log.flushes, before);
    cr_expect(!reaches(0) && !reaches(1));
    hold();
}

/* ---- a writer and a CPU that leaves for its guest, at each instruction of one another ---- */
#define TABLE 7
#define LAST  511 /* copied at the end, where every instruction is tried */
static uint64_t table[512], room[2][512];
static l4_versions_t versions;
static struct l4copy c[2] = {{.table = room[0]}, {.table = room[1]}};
static bool told;

static void writer(void)
{
    table[LAST] = 1;
    l4copy_stored(versions, MFN(TABLE));
    told = l4copy_either_of(c, MFN(TABLE));
}
static void leaves(void)
{
    if (!l4copy_fresh(&c[0], versions, MFN(TABLE)))
        l4copy_take(&c[0], versions, MFN(TABLE), table);
}

/* Copying does the same for each entry: of its middle, every 29th instruction will do. */
static unsigned long next(unsigned long n, unsigned long count)
{
    return n + (n > 150 && n + 40 < count ? 29 : 1);
}

static void forget(uint64_t had)
{
    table[LAST] = room[0][LAST] = 0;
    told = false;
    c[0].of = had;
    c[0].version = versions[TABLE];
}

static void interleave(void (*run)(void), void (*meanwhile)(void), uint64_t had)
{
    unsigned long count;
    bool more = true;

    forget(had);
    count = step_count(run);
    for (unsigned long n = 0; more; n = next(n, count)) {
        forget(had);
        more = step_run(n, run, meanwhile);
        if (more)
            cr_assert(told || room[0][LAST] == 1 || !l4copy_fresh(&c[0], versions, MFN(TABLE)),
                      "the store is nowhere: instruction %lu, had %lu", n, had);
        if (more && !told) /* what a CPU does that comes by the next time */
            leaves();
        cr_assert(!more || told || room[0][LAST] == 1);
    }
}

Test(copies, the_store_is_in_the_copy_or_the_cpu_is_told)
{
    for (uint64_t had = TABLE - 1; had <= TABLE; had++) {
        interleave(leaves, writer, had);
        interleave(writer, leaves, had);
    }
}

/* Told while it took the copy, it must find it old when it comes by. */
Test(copies, who_is_told_finds_it_old)
{
    unsigned long count;
    bool more = true;

    forget(0);
    count = step_count(leaves);
    for (unsigned long n = 0; more; n = next(n, count)) {
        forget(0);
        more = step_run(n, leaves, writer);
        leaves();
        cr_assert(!more || room[0][LAST] == 1, "instruction %lu", n);
    }
}
