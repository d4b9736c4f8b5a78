/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_copy: all combinations of own frames and grants, borders, refusals. */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/budget.h>

#include "fake.h"

static mfn_t mine, theirs, other;

static void start(void)
{
    fake_start();
    mine = page_of(0);
    theirs = page_of(1);
    other = page_of(2);
    for (unsigned i = 0; i < PAGE_SIZE; i++) {
        ((uint8_t *)arch_frame_ptr(mine))[i] = (uint8_t)(i * 7);
        ((uint8_t *)arch_frame_ptr(theirs))[i] = (uint8_t)(i * 11 + 1);
        ((uint8_t *)arch_frame_ptr(other))[i] = (uint8_t)(i * 13 + 2);
    }
    offer(1, 1, 0, theirs, 0);
    offer(1, 2, 0, theirs, GTF_readonly);
    offer(2, 1, 0, other, 0);
    offer(2, 2, 1, other, 0);
}

static void stop(void)
{
    audit_all();
    mfn_t all[] = {mine, theirs, other};
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(refs(all[i]), 0);
        cr_assert_eq(writers(all[i]), 0);
    }
    cr_assert_eq((entry(1, 1)->flags | entry(1, 2)->flags | entry(2, 1)->flags) &
                     (GTF_reading | GTF_writing),
                 0);
    fake_stop();
}
TestSuite(copy, .init = start, .fini = stop);

#define BY_REF(d, r)                                                                               \
    {                                                                                              \
        .u.ref = (r), .domid = FIRST_ID + (d)                                                      \
    }
#define BY_FRAME(m)                                                                                \
    {                                                                                              \
        .u.gmfn = (m).n, .domid = DOMID_SELF                                                       \
    }
#define SRC_REF GNTCOPY_source_gref
#define DST_REF GNTCOPY_dest_gref

static int copy(struct gnttab_copy op)
{
    cr_assert_eq(grant_call(0, GNTTABOP_copy, &op, 1), 0);
    audit_all();
    return op.status;
}

static bool same(mfn_t a, unsigned ao, mfn_t b, unsigned bo, unsigned n)
{
    return !memcmp((char *)arch_frame_ptr(a) + ao, (char *)arch_frame_ptr(b) + bo, n);
}

Test(copy, whole_pages_in_all_combinations)
{
    cr_assert_eq(
        copy((struct gnttab_copy){
            .source = BY_REF(1, 1), .dest = BY_FRAME(mine), .len = 4096, .flags = SRC_REF}),
        GNTST_okay);
    cr_assert(same(mine, 0, theirs, 0, PAGE_SIZE));
    cr_assert_eq(
        copy((struct gnttab_copy){
            .source = BY_FRAME(mine), .dest = BY_REF(2, 1), .len = 4096, .flags = DST_REF}),
        GNTST_okay);
    cr_assert(same(mine, 0, other, 0, PAGE_SIZE));
    memset(arch_frame_ptr(theirs), 0x55, PAGE_SIZE);
    cr_assert_eq(
        copy((struct gnttab_copy){
            .source = BY_REF(2, 1), .dest = BY_REF(1, 1), .len = 4096, .flags = SRC_REF | DST_REF}),
        GNTST_okay);
    cr_assert(same(theirs, 0, other, 0, PAGE_SIZE));
    cr_assert_eq(
        copy((struct gnttab_copy){.source = BY_FRAME(mine), .dest = BY_FRAME(mine), .len = 4096}),
        GNTST_okay);
}

Test(copy, what_is_copied_to_is_logged)
{
    dom[0]->logging = dom[1]->logging = true;
    cr_assert_eq(copy((struct gnttab_copy){
                     .source = BY_FRAME(mine), .dest = BY_REF(1, 1), .len = 8, .flags = DST_REF}),
                 GNTST_okay);
    cr_assert(fake_log.marked == 1 && mfn_eq(fake_log.last_marked, theirs));
    cr_assert_eq(
        copy((struct gnttab_copy){.source = BY_FRAME(mine), .dest = BY_FRAME(mine), .len = 8}),
        GNTST_okay);
    cr_assert(fake_log.marked == 2 && mfn_eq(fake_log.last_marked, mine));
    dom[0]->logging = dom[1]->logging = false;
}

Test(copy, parts_touch_nothing_else)
{
    struct gnttab_copy op = {
        .source = BY_REF(1, 2), .dest = BY_FRAME(mine), .len = 100, .flags = SRC_REF};
    uint8_t before[PAGE_SIZE];
    memcpy(before, arch_frame_ptr(mine), PAGE_SIZE);
    op.source.offset = 3996;
    op.dest.offset = 13;
    cr_assert_eq(copy(op), GNTST_okay);
    cr_assert(same(theirs, 3996, mine, 13, 100));
    cr_assert(!memcmp(arch_frame_ptr(mine), before, 13));
    cr_assert(!memcmp((char *)arch_frame_ptr(mine) + 113, before + 113, PAGE_SIZE - 113));
}

Test(copy, nothing_may_cross_a_page)
{
    struct gnttab_copy op = {
        .source = BY_REF(1, 1), .dest = BY_FRAME(mine), .len = 2, .flags = SRC_REF};
    op.source.offset = 4095;
    cr_assert_eq(copy(op), GNTST_bad_copy_arg);
    op.source.offset = 0;
    op.dest.offset = 4095;
    cr_assert_eq(copy(op), GNTST_bad_copy_arg);
    op.dest.offset = 0xFFFF;
    op.len = 0xFFFF;
    cr_assert_eq(copy(op), GNTST_bad_copy_arg);
    op.len = 1; /* the sum is 0 in 16 bits */
    cr_assert_eq(copy(op), GNTST_bad_copy_arg);
    op.dest.offset = 0;
    op.source.offset = 0xFFFF;
    cr_assert_eq(copy(op), GNTST_bad_copy_arg);
    op.source.offset = 0;
    op.dest.offset = 4096;
    op.len = 0;
    cr_assert_eq(copy(op), GNTST_okay, "nothing, from the page's end");
}

Test(copy, refusals)
{
    struct gnttab_copy op = {
        .source = BY_REF(1, 1), .dest = BY_FRAME(mine), .len = 8, .flags = SRC_REF};
    op.source.domid = FIRST_ID + 50;
    cr_assert_eq(copy(op), GNTST_bad_domain);
    op.source.domid = FIRST_ID + 1;
    op.source.u.ref = 512;
    cr_assert_eq(copy(op), GNTST_bad_gntref);
    op.source.u.ref = 9; /* never granted */
    cr_assert_eq(copy(op), GNTST_general_error);
    op.source = (typeof(op.source))BY_REF(2, 2); /* granted to domain 1 */
    cr_assert_eq(copy(op), GNTST_general_error);
    op.source = (typeof(op.source)){.u.gmfn = theirs.n, .domid = FIRST_ID + 1};
    op.flags = 0;
    cr_assert_eq(copy(op), GNTST_permission_denied, "others' frames only by grant");
    op.source = (typeof(op.source))BY_FRAME(theirs);
    cr_assert_eq(copy(op), GNTST_bad_page, "not ours");
    op.source = (typeof(op.source))BY_FRAME(mine);
    op.dest = (typeof(op.dest))BY_REF(1, 2);
    op.flags = DST_REF;
    cr_assert_eq(copy(op), GNTST_general_error, "granted read-only");
}

Test(copy, a_page_table_is_no_destination)
{
    struct gnttab_copy op = {
        .source = BY_FRAME(mine), .dest = BY_REF(1, 1), .len = 8, .flags = DST_REF};
    set_table(theirs, true);
    cr_assert_eq(copy(op), GNTST_general_error);
    op.dest = (typeof(op.dest))BY_FRAME(mine);
    op.flags = 0;
    set_table(theirs, false);
    set_table(mine, true);
    cr_assert_eq(copy(op), GNTST_general_error);
    set_table(mine, false);
}

/* A network back-end's batch: pieces of one page, with a refusal between them. */
Test(copy, a_batch_shares_its_sides)
{
    struct gnttab_copy ops[5];
    for (unsigned i = 0; i < 5; i++) {
        ops[i] = (struct gnttab_copy){
            .source = BY_REF(1, 2), .dest = BY_FRAME(mine), .len = 16, .flags = SRC_REF};
        ops[i].source.offset = (uint16_t)(i * 16);
        ops[i].dest.offset = (uint16_t)(i * 100);
    }
    ops[2].dest.u.gmfn = theirs.n;
    ops[3].source = (typeof(ops[3].source))BY_REF(2, 1);
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 5), 0);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_eq(ops[i].status, i == 2 ? GNTST_bad_page : GNTST_okay);
    cr_assert(same(theirs, 16, mine, 100, 16));
    cr_assert(same(other, 0, mine, 300, 16));
    cr_assert(same(theirs, 64, mine, 400, 16));
}

/* What is kept from one operation to the next is the side named, not its number. */
Test(copy, the_same_number_of_another_domain_is_another_page)
{
    struct gnttab_copy ops[2] = {
        {.source = BY_REF(1, 1), .dest = BY_FRAME(mine), .len = 16, .flags = SRC_REF},
        {.source = BY_REF(2, 1), .dest = BY_FRAME(mine), .len = 16, .flags = SRC_REF}};
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 2), 0);
    cr_assert(same(other, 0, mine, 0, 16));
    ops[1].source.domid = FIRST_ID + 50;
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 2), 0);
    cr_assert_eq(ops[1].status, GNTST_bad_domain);
}

/* The very first operation may name anything: nothing is held yet. */
Test(copy, a_first_operation_of_zeroes)
{
    struct gnttab_copy op = {.len = 8};
    grant_call(0, GNTTABOP_copy, &op, 1);
    cr_assert_eq(op.status, GNTST_bad_domain);
    op = (struct gnttab_copy){.source.domid = DOMID_SELF, .dest.domid = DOMID_SELF, .len = 8};
    grant_call(0, GNTTABOP_copy, &op, 1);
    cr_assert_eq(op.status, GNTST_bad_page, "frame 0 is nobody's");
}

/* A number as a frame and the same number as a grant are two pages. */
Test(copy, a_frame_and_a_grant_of_one_number)
{
    cr_assert_lt(mine.n, 2048);
    uint64_t list[4];
    struct gnttab_setup_table grow = {.dom = DOMID_SELF, .nr_frames = 4, .frame_list.p = list};
    cr_assert_eq(grant_call(0, GNTTABOP_setup_table, &grow, 1), 0);
    for (int dest = 0; dest < 2; dest++) {
        struct gnttab_copy ops[2] = {{.source = BY_FRAME(mine), .dest = BY_FRAME(mine), .len = 8},
                                     {.source = BY_FRAME(mine), .dest = BY_FRAME(mine), .len = 8}};
        ops[1].flags = dest ? DST_REF : SRC_REF;
        cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 2), 0);
        cr_assert_eq(ops[0].status, GNTST_okay);
        cr_assert_eq(ops[1].status, GNTST_general_error, "never granted");
    }
}

/* Another frame by the same kind of name is another page. */
Test(copy, one_frame_after_the_other)
{
    mfn_t second = page_of(0);
    memset(arch_frame_ptr(second), 0x77, PAGE_SIZE);
    struct gnttab_copy ops[2] = {
        {.source = BY_FRAME(mine), .dest = BY_REF(1, 1), .len = 8, .flags = DST_REF},
        {.source = BY_FRAME(second), .dest = BY_REF(1, 1), .len = 8, .flags = DST_REF}};
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 2), 0);
    cr_assert(same(second, 0, theirs, 0, 8));
}

Test(copy, preemption_and_faults_hold_nothing)
{
    static struct gnttab_copy ops[64];
    for (unsigned i = 0; i < 64; i++)
        ops[i] = (struct gnttab_copy){.source = BY_REF(1, 1),
                                      .dest = BY_FRAME(mine),
                                      .len = 16,
                                      .flags = SRC_REF,
                                      .status = 1};
    host_turn(32 * BUDGET_OP);
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 64), __HYPERVISOR_grant_table_op);
    audit_all();
    cr_assert_eq(refs(theirs), 0);
    cr_assert_eq(fake_log.continue_args[1], (uint64_t)&ops[64 - fake_log.continue_args[2]]);
    cr_assert_eq(ops[63 - fake_log.continue_args[2]].status, GNTST_okay);
    cr_assert_eq(ops[64 - fake_log.continue_args[2]].status, 1, "not done yet");
    host_fault_in = 4;
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 64), -XEN_EFAULT);
    host_fault_in = 5;
    cr_assert_eq(grant_call(0, GNTTABOP_copy, ops, 64), -XEN_EFAULT);
}
