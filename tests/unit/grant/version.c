/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch to version 2 and back, and what the granter or its vCPUs do in the middle of a copy. */
#include "../step.h"
#include "v2.h"

TestSuite(version, .init = start, .fini = stop);

/* What a guest may have mapped it keeps, and the table keeps the frame. */
Test(version, status_frames_stay)
{
    uint64_t before, after;
    cr_assert_eq(get_status(1, DOMID_SELF, 1, &before), GNTST_okay);
    struct frame *f = frame_get_mfn(MFN(before), dom[1]);
    cr_assert_not_null(f);
    *status_of(dom[1]->grant, 200) = 0xFFFF;
    cr_assert_eq(set_version(1, 1), 0);
    cr_assert_eq(get_status(1, DOMID_SELF, 1, &after), GNTST_general_error);
    cr_assert_eq(frame_owner_id(f), dom[1]->id);
    frame_put(f);
    cr_assert_eq(set_version(1, 2), 0);
    cr_assert_eq(get_status(1, DOMID_SELF, 1, &after), GNTST_okay);
    cr_assert_eq(before, after);
    cr_assert_eq(*status_of(dom[1]->grant, 200), 0, "and is empty again");
}

/* Tables with several frames. */
static void large(unsigned d, unsigned frames)
{
    mfn_t mfn;

    dom[d]->grant->max_frames = frames; /* whose arrays have room for it */
    cr_assert_eq(grant_frame(dom[d], frames - 1, &mfn), 0);
}

Test(version, what_the_switch_keeps)
{
    offer(2, 0, 0, other, GTF_readonly);
    offer(2, 7, 0, other, 0);
    entry(2, 7)->flags |= GTF_reading; /* a lie */
    offer(2, 8, 0, other, 0);
    offer(2, 511, 0, other, 0);
    offer(2, 600, 0, other, 0);
    cr_assert_eq(set_version(2, 2), 0);
    cr_assert_eq(entry2(2, 0)->hdr.flags, GTF_permit_access | GTF_readonly);
    cr_assert_eq(entry2(2, 0)->hdr.domid, FIRST_ID);
    cr_assert_eq(entry2(2, 0)->full_page.frame, other.n);
    cr_assert_eq(entry2(2, 7)->hdr.flags, GTF_permit_access);
    cr_assert_eq(*status_of(dom[2]->grant, 7), GTF_reading);
    for (unsigned i = 8; i < 512; i++)
        cr_assert_eq(entry2(2, i)->hdr.flags | entry2(2, i)->full_page.frame, 0, "%u", i);
    offer2(2, 500, 0, other, 0);
    offer_part(2, 1, 0, other, 0, 8);
    cr_assert_eq(set_version(2, 1), -XEN_ERANGE);
    offer_via(2, 1, 0, FIRST_ID + 1, 0);
    cr_assert_eq(set_version(2, 1), -XEN_ERANGE);
    offer2(2, 1, 0, MFN(1ull << 32 | other.n), 0);
    cr_assert_eq(set_version(2, 1), -XEN_ERANGE);
    cr_assert_eq(entry2(2, 500)->hdr.flags, GTF_permit_access, "nothing is lost");
    cr_assert_eq(dom[2]->grant->usable, 2);
    entry2(2, 1)->hdr.flags = GTF_readonly;
    cr_assert_eq(set_version(2, 1), 0);
    cr_assert_eq(entry(2, 0)->flags, GTF_permit_access | GTF_readonly);
    cr_assert_eq(entry(2, 0)->frame, other.n);
    cr_assert_eq(entry(2, 7)->flags, GTF_permit_access | GTF_reading);
    for (unsigned i = 1; i < 7; i++)
        cr_assert_eq(entry(2, i)->flags | entry(2, i)->frame, 0, "%u", i);
    for (unsigned i = 8; i < 1024; i++)
        cr_assert_eq(entry(2, i)->flags | entry(2, i)->frame, 0, "%u", i);
}

Test(version, entries_in_use_keep_the_version)
{
    for (unsigned ref = 8; ref < 512; ref = ref < 255 ? 255 : ref + 256) {
        large(1, 2);
        offer2(1, 300, 0, theirs, 0);
        offer2(1, ref, 0, theirs, 0);
        struct gnttab_map_grant_ref m = map(0, ref, 0);
        cr_assert_eq(m.status, GNTST_okay);
        cr_assert_eq(set_version(1, 1), -XEN_EBUSY);
        cr_assert_eq(entry2(1, 300)->hdr.flags, GTF_permit_access, "nothing is lost");
        cr_assert_eq(unmap(0, &m), GNTST_okay);
    }
    cr_assert_eq(set_version(1, 1), 0);
    for (unsigned ref = 8; ref < 1024; ref = ref < 511 ? 511 : ref + 512) {
        offer(1, ref, 0, theirs, 0);
        struct gnttab_map_grant_ref m = map(0, ref, 0);
        cr_assert_eq(m.status, GNTST_okay);
        cr_assert_eq(set_version(1, 2), -XEN_EBUSY);
        cr_assert_eq(unmap(0, &m), GNTST_okay);
    }
}

Test(version, reserved_entries_go_on_in_use)
{
    struct gnttab_map_grant_ref m[8];
    offer(1, 0, 0, theirs, 0);
    for (unsigned i = 0; i < 8; i++) {
        offer2(1, i, 0, theirs, 0);
        m[i] = map(0, i, i & 1 ? GNTMAP_readonly : 0);
        cr_assert_eq(m[i].status, GNTST_okay);
    }
    for (unsigned version = 1; version <= 2; version++) {
        cr_assert_eq(set_version(1, version), 0);
        for (unsigned i = 0; i < 8; i++) {
            const unsigned use = i & 1 ? GTF_reading : GTF_reading | GTF_writing;
            if (version == 1)
                cr_assert_eq(entry(1, i)->flags, GTF_permit_access | use);
            else
                cr_assert_eq(*status_of(dom[1]->grant, i), use);
        }
        cr_assert_eq(copy(5, 0, 8, true), GNTST_okay);
        cr_assert_eq(refs(theirs), 16);
    }
    for (unsigned i = 0; i < 8; i++)
        cr_assert_eq(unmap(0, &m[i]), GNTST_okay);
}

/* A table of many frames changes its version over many turns; meanwhile each answer is right, and
 * whoever does not come back loses nothing but entries. */
Test(version, the_switch_is_preemptible)
{
    struct gnttab_set_version s = {.version = 1};
    unsigned turns = 0;
    mfn_t mfn;
    fake_stop();
    fake_start();
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(grant_frame(dom[1], i, &mfn), 0);
    const unsigned frames = 4;
    offer(1, 2, 0, page_of(1), 0);
    offer(1, frames * 512 - 1, 0, page_of(1), 0);
    host_turn(1);
    for (uint32_t version = 2; version; version--) {
        s.version = version;
        while (grant_call(1, GNTTABOP_set_version, &s, 1) == __HYPERVISOR_grant_table_op) {
            audit_all();
            turns++;
            cr_assert_eq(map(0, 1, 0).status, GNTST_general_error, "a reserved entry is there");
            const int status = map(0, 300, 0).status;
            cr_assert(status == GNTST_general_error || status == GNTST_bad_gntref);
        }
        cr_assert_eq(dom[1]->grant->version, version);
        cr_assert_eq(dom[1]->grant->usable, frames);
    }
    cr_assert_geq(turns, 2 * frames);
    s.version = 2; /* there, a bit, and back, a bit, ... */
    for (unsigned i = 0; i < 40; i++) {
        s.version = 1 + i % 5 % 2;
        grant_call(1, GNTTABOP_set_version, &s, 1);
        audit_all();
    }
    host_turn(1000);
    cr_assert_eq(set_version(1, 2), 0);
    cr_assert_eq(grant_frame(dom[1], 3, &mfn), 0);
    cr_assert_eq(dom[1]->grant->usable, frames);
    for (unsigned i = 8; i < frames * 256; i++)
        cr_assert_eq(entry2(1, i)->hdr.flags, 0);
    mine = page_of(0);
    theirs = page_of(1);
    other = page_of(2);
}

Test(version, no_memory_for_the_status)
{
    mfn_t spare[300];
    unsigned n = 0;
    while (n < 300 && !mfn_eq(spare[n] = frame_alloc(0, 0), MFN_INVALID))
        n++;
    cr_assert_eq(set_version(2, 2), -XEN_ENOMEM);
    cr_assert_eq(dom[2]->grant->version, 1);
    while (n)
        frame_free(spare[--n], 0);
    cr_assert_eq(set_version(2, 2), 0);
}

/* ---- at each instruction of a copy, something else ---- */

#define STEP 2

static int status;
static void copies(void)
{
    struct gnttab_copy op = copy_op(9, 0, 8, false);

    op_grant_table_op(dom[0]->vcpu[0], GNTTABOP_copy, GVA((uint64_t)&op), 1);
    status = op.status;
}
static void copies_reserved(void)
{
    struct gnttab_copy op = copy_op(3, 0, 8, false);

    op_grant_table_op(dom[0]->vcpu[0], GNTTABOP_copy, GVA((uint64_t)&op), 1);
    status = op.status;
}
static void narrows(void) /* from a part that would do to one that would not */
{
    entry2(1, 9)->sub_page.length = 4;
}
static long switched;
static void switches(void) /* with nothing in the entry that version 1 could not say */
{
    struct gnttab_set_version s = {.version = 1};

    entry2(1, 3)->hdr.flags = 0;
    switched = op_grant_table_op(dom[1]->vcpu[0], GNTTABOP_set_version, GVA((uint64_t)&s), 1);
}

static bool saw_idle;
static void ends_access(void)
{
    entry2(1, 9)->hdr.flags = 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    saw_idle = !*status_of(dom[1]->grant, 9);
    if (saw_idle) /* so it is the granter's own again */
        memset(arch_frame_ptr(theirs), 0xEE, PAGE_SIZE);
}

static int map_status = GNTST_general_error;
static void maps(void) /* what the copy has pinned is a part of a page */
{
    struct gnttab_map_grant_ref op = {.host_addr = PTE_ADDR(1),
                                      .flags = GNTMAP_host_map | GNTMAP_readonly,
                                      .ref = 9,
                                      .dom = FIRST_ID + 1};

    op_grant_table_op(dom[0]->vcpu[0], GNTTABOP_map_grant_ref, GVA((uint64_t)&op), 1);
    map_status = op.status;
}

static void other_cpu(void)
{
    host_cpu = !host_cpu;
}

static void offer_again(void)
{
    offer_part(1, 9, 0, theirs, 0, 8);
    memset(arch_frame_ptr(theirs), 0xBB, 8);
    memset(arch_frame_ptr(mine), 0xAA, 8);
}

static void while_copying(void (*granter)(void))
{
    host_waiting = step_wait;
    step_switched = other_cpu;
    offer_again();
    copies();
    offer_again();
    const unsigned long count = step_record(copies);
    for (unsigned long n = 0; n < count; n += STEP) {
        offer_again();
        cr_assert(step_at(n, copies, granter));
        cr_assert(status == GNTST_okay || status == GNTST_general_error);
        cr_assert_eq(((uint8_t *)arch_frame_ptr(mine))[7] == 0xAA, status != GNTST_okay);
        cr_assert_neq(((uint8_t *)arch_frame_ptr(mine))[0], 0xEE, "read after its end, at %lu", n);
        cr_assert_eq(map_status, GNTST_general_error, "mapped as a whole, at %lu", n);
        cr_assert_eq(*status_of(dom[1]->grant, 9), 0, "a use is left, at %lu", n);
        audit_all();
    }
    host_waiting = NULL;
}

Test(version, a_granter_that_changes_its_mind)
{
    while_copying(narrows);
    while_copying(ends_access);
    while_copying(maps);
}

static void writes(void)
{
    struct gnttab_copy op = copy_op(9, 0, 8, true);

    op_grant_table_op(dom[0]->vcpu[0], GNTTABOP_copy, GVA((uint64_t)&op), 1);
    status = op.status;
}
static void forbids_writing(void)
{
    entry2(1, 9)->hdr.flags |= GTF_readonly;
}

/* A writer that is refused takes nothing from a reader who is there. */
Test(version, a_reader_stays_when_a_writer_is_refused)
{
    unsigned refused = 0;

    host_waiting = step_wait;
    step_switched = other_cpu;
    offer2(1, 9, 0, theirs, 0);
    struct gnttab_map_grant_ref m = map(0, 9, GNTMAP_readonly);
    writes();
    const unsigned long count = step_record(writes);
    for (unsigned long n = 0; n < count; n += STEP) {
        offer2(1, 9, 0, theirs, 0);
        cr_assert(step_at(n, writes, forbids_writing));
        refused += status != GNTST_okay;
        cr_assert_eq(*status_of(dom[1]->grant, 9), GTF_reading, "at %lu", n);
    }
    host_waiting = NULL;
    cr_assert(refused && refused < count / STEP);
    cr_assert_eq(unmap(0, &m), GNTST_okay);
}

/* Also of a reserved entry: while a copy goes through it, the version stays. */
static void switch_while_copying(bool transitive)
{
    unsigned busy = 0, done = 0;
    unsigned long count = 0;

    for (unsigned long n = 0; !n || n < count; n += STEP) {
        cr_assert_eq(set_version(1, 2), 0);
        if (transitive)
            offer_via(1, 3, 0, FIRST_ID + 2, 3);
        else
            offer_part(1, 3, 0, theirs, 0, 8);
        if (!n) {
            copies_reserved();
            count = step_record(copies_reserved);
        }
        cr_assert(step_at(n, copies_reserved, switches));
        cr_assert(status == GNTST_okay || status == GNTST_general_error);
        cr_assert(switched == 0 || switched == -XEN_EBUSY);
        busy += switched != 0;
        done += status == GNTST_okay;
        audit_all();
    }
    cr_assert(busy && done);
    cr_assert_eq(set_version(1, 2), 0);
}

Test(version, the_version_changes_during_a_copy)
{
    host_waiting = step_wait;
    step_switched = other_cpu;
    offer(2, 3, 1, other, 0);
    switch_while_copying(false);
    switch_while_copying(true);
    host_waiting = NULL;
}
