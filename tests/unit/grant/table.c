/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on a whole table, the room's life cycle, and the auditor itself. */
#include <criterion/criterion.h>
#include <string.h>

#include "../../audit/audit.h"
#include "fake.h"

static void stop(void)
{
    audit_all();
    fake_stop();
}
TestSuite(table, .init = fake_start, .fini = stop);

static struct gnttab_setup_table setup(unsigned d, domid_t who, uint32_t n, uint64_t *list)
{
    struct gnttab_setup_table op = {.dom = who, .nr_frames = n, .frame_list.p = list};
    cr_assert_eq(grant_call(d, GNTTABOP_setup_table, &op, 1), 0);
    return op;
}

static struct gnttab_query_size query(unsigned d, domid_t who)
{
    struct gnttab_query_size op = {.dom = who};
    cr_assert_eq(grant_call(d, GNTTABOP_query_size, &op, 1), 0);
    return op;
}

Test(table, setup_grows_and_lists_frames)
{
    uint64_t list[4] = {0};
    mfn_t first;
    cr_assert_eq(query(1, DOMID_SELF).nr_frames, 1);
    cr_assert_eq(query(1, DOMID_SELF).max_nr_frames, 4);
    cr_assert_eq(setup(1, DOMID_SELF, 3, list).status, GNTST_okay);
    cr_assert_eq(query(1, DOMID_SELF).nr_frames, 3);
    cr_assert_eq(grant_frame(dom[1], 0, &first), 0);
    cr_assert_eq(list[0], first.n);
    cr_assert_neq(list[2], 0);
    cr_assert_eq(list[3], 0);
    offer(1, 1500, 0, page_of(1), 0);
    cr_assert_eq(setup(1, DOMID_SELF, 5, list).status, GNTST_general_error);
    cr_assert_eq(setup(1, DOMID_SELF, 2, NULL).status, GNTST_bad_virt_addr);
}

Test(table, setup_for_others_needs_privilege)
{
    uint64_t list[4];
    cr_assert_eq(setup(0, FIRST_ID + 1, 1, list).status, GNTST_okay);
    cr_assert_eq(setup(1, FIRST_ID, 1, list).status, GNTST_permission_denied);
    cr_assert_eq(setup(0, 99, 1, list).status, GNTST_bad_domain);
    cr_assert_eq(query(1, FIRST_ID).status, GNTST_permission_denied);
    cr_assert_eq(query(0, 99).status, GNTST_bad_domain);
}

Test(table, only_one_table_at_a_time)
{
    uint64_t arg[8] = {0};
    cr_assert_eq(grant_call(0, GNTTABOP_setup_table, arg, 2), -XEN_EINVAL);
    cr_assert_eq(grant_call(0, GNTTABOP_query_size, arg, 0), -XEN_EINVAL);
    cr_assert_eq(grant_call(0, GNTTABOP_get_status_frames, arg, 2), -XEN_EINVAL);
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, arg, 0x80000000), -XEN_EINVAL);
}

Test(table, version_1_is_where_a_domain_begins)
{
    struct gnttab_set_version s = {.version = 1};
    struct gnttab_get_version g = {.dom = DOMID_SELF};
    struct gnttab_get_status_frames f = {.dom = DOMID_SELF, .nr_frames = 1};
    cr_assert_eq(grant_call(0, GNTTABOP_set_version, &s, 1), 0);
    cr_assert_eq(s.version, 1);
    cr_assert_eq(grant_call(0, GNTTABOP_get_version, &g, 1), 0);
    cr_assert_eq(g.version, 1);
    g.dom = 99;
    cr_assert_eq(grant_call(0, GNTTABOP_get_version, &g, 1), -XEN_ESRCH);
    cr_assert_eq(grant_call(0, GNTTABOP_get_status_frames, &f, 1), 0);
    cr_assert_eq(f.status, GNTST_general_error);
}

Test(table, swap_moves_entries_that_are_not_in_use)
{
    mfn_t a = page_of(1), b = page_of(1);
    struct gnttab_swap_grant_ref op = {.ref_a = 1, .ref_b = 2};
    struct gnttab_map_grant_ref m = {
        .host_addr = PTE_ADDR(0), .flags = GNTMAP_host_map, .ref = 1, .dom = FIRST_ID + 1};
    offer(1, 1, 0, a, 0);
    offer(1, 2, 0, b, GTF_readonly);
    cr_assert_eq(grant_call(1, GNTTABOP_swap_grant_ref, &op, 1), 0);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert_eq(entry(1, 1)->frame, b.n);
    cr_assert_eq(entry(1, 2)->frame, a.n);
    cr_assert_eq(entry(1, 1)->flags, GTF_permit_access | GTF_readonly);
    m.ref = 2;
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, &m, 1), 0);
    cr_assert_eq(m.status, GNTST_okay);
    grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
    cr_assert_eq(op.status, GNTST_eagain);
    op = (struct gnttab_swap_grant_ref){.ref_a = 2, .ref_b = 1};
    grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
    cr_assert_eq(op.status, GNTST_eagain, "whichever of them is in use");
    op = (struct gnttab_swap_grant_ref){.ref_a = 2, .ref_b = 2};
    grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
    cr_assert_eq(op.status, GNTST_okay, "with itself");
    op.ref_a = 512;
    grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
    cr_assert_eq(op.status, GNTST_bad_gntref);
    op.ref_a = 2;
    op.ref_b = 512;
    grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
    cr_assert_eq(op.status, GNTST_bad_gntref);
}

Test(table, new_frames_are_empty_and_a_dying_domain_gets_none)
{
    mfn_t mfn;
    cr_assert_eq(grant_frame(dom[1], 1, &mfn), 0);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        cr_assert_eq(((uint8_t *)arch_frame_ptr(mfn))[i], 0);
    dom[1]->dying = 1;
    cr_assert_eq(grant_frame(dom[1], 2, &mfn), -XEN_EINVAL);
}

Test(table, what_is_not_offered)
{
    struct gnttab_transfer t = {.mfn = page_of(0).n, .domid = FIRST_ID + 1, .ref = 1};
    uint8_t arg[64] = {0};
    cr_assert_eq(grant_call(0, GNTTABOP_transfer, &t, 1), 0);
    cr_assert_eq(t.status, GNTST_general_error);
    cr_assert_eq(grant_call(0, GNTTABOP_dump_table, arg, 1), -XEN_ENOSYS);
    cr_assert_eq(grant_call(0, 13, arg, 1), -XEN_ENOSYS);
    cr_assert_eq(grant_call(0, 0xFFFFFFFF, arg, 1), -XEN_ENOSYS);
}

Test(table, cache_flush_checks_its_arguments)
{
    struct gnttab_cache_flush op = {
        .a.dev_bus_addr = page_of(0).n << PAGE_SHIFT, .length = 4096, .op = GNTTAB_CACHE_CLEAN};
    cr_assert_eq(grant_call(0, GNTTABOP_cache_flush, &op, 1), 0);
    cr_assert_eq(grant_call(1, GNTTABOP_cache_flush, &op, 1), -XEN_EPERM);
    op.offset = 1;
    cr_assert_eq(grant_call(0, GNTTABOP_cache_flush, &op, 1), -XEN_EINVAL);
    op.offset = 0;
    op.op |= GNTTAB_CACHE_SOURCE_GREF;
    cr_assert_eq(grant_call(0, GNTTABOP_cache_flush, &op, 1), -XEN_EOPNOTSUPP);
    op.op = 8;
    cr_assert_eq(grant_call(0, GNTTABOP_cache_flush, &op, 1), -XEN_EINVAL);
}

/* A batch leaves off where the CPU is wanted and goes on from there: no element is done twice, none
 * is left out, and those not reached are as they were. */
static void leaves_off(unsigned cmd, char *ops, size_t size, size_t status_at)
{
    host_turn(40 * BUDGET_OP);
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    cr_assert_eq(grant_call(0, cmd, ops, 100), __HYPERVISOR_grant_table_op);
    uint64_t left = fake_log.continue_args[2];
    cr_assert(left > 0 && left < 100);
    cr_assert_eq(fake_log.continue_args[1], (uint64_t)ops + (100 - left) * size);
    for (unsigned i = 0; status_at && i < 100; i++)
        cr_assert_eq(*(int16_t *)(ops + i * size + status_at) == 1, i >= 100 - left, "%u", i);
    cr_assert_eq(grant_call(0, cmd, ops + (100 - left) * size, left), 0);
    for (unsigned i = 0; status_at && i < 100; i++)
        cr_assert_neq(*(int16_t *)(ops + i * size + status_at), 1, "%u", i);
}

Test(table, batches_leave_off_and_go_on)
{
    static struct gnttab_swap_grant_ref swap[100];
    static struct gnttab_transfer transfer[100];
    static struct gnttab_cache_flush flush[100];
    static struct gnttab_unmap_grant_ref unmap[100];
    static struct gnttab_unmap_and_replace replace[100];
    for (unsigned i = 0; i < 100; i++) {
        swap[i].status = transfer[i].status = unmap[i].status = replace[i].status = 1;
        swap[i].ref_a = swap[i].ref_b = i;
        unmap[i].handle = replace[i].handle = UINT32_MAX; /* refused, one by one */
    }
    leaves_off(GNTTABOP_unmap_grant_ref, (char *)unmap, sizeof(*unmap),
               offsetof(typeof(*unmap), status));
    leaves_off(GNTTABOP_unmap_and_replace, (char *)replace, sizeof(*replace),
               offsetof(typeof(*replace), status));
    leaves_off(GNTTABOP_swap_grant_ref, (char *)swap, sizeof(*swap),
               offsetof(typeof(*swap), status));
    leaves_off(GNTTABOP_transfer, (char *)transfer, sizeof(*transfer),
               offsetof(typeof(*transfer), status));
    leaves_off(GNTTABOP_cache_flush, (char *)flush, sizeof(*flush), 0);
}

/* A table that cannot grow costs nothing. */
Test(table, a_shortage_in_the_middle_of_growing)
{
    mfn_t mfn, spare[300];
    unsigned n = 0;
    while (n < 300 && !mfn_eq(spare[n] = frame_alloc(0, 0), MFN_INVALID))
        n++;
    cr_assert_eq(frame_free_count(), 0);
    for (unsigned left = 0; left < 4; left++) {
        uint64_t before = frame_free_count();
        unsigned frames = dom[0]->grant->frames;
        int rc = grant_frame(dom[0], 1, &mfn);
        cr_assert(rc == 0 || rc == -XEN_ENOMEM);
        if (rc) {
            cr_assert_eq(frame_free_count(), before);
            cr_assert_eq(dom[0]->grant->frames, frames);
        }
        frame_free(spare[--n], 0);
    }
    while (n--)
        frame_free(spare[n], 0);
    cr_assert_eq(grant_frame(dom[0], 1, &mfn), 0);
}

/* A domain that was never given a table. */
Test(table, a_domain_without_a_table)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = PTE_ADDR(0), .flags = GNTMAP_host_map, .ref = 1, .dom = FIRST_ID + 2};
    struct gnttab_copy c = {.source = {.u.ref = 1, .domid = FIRST_ID + 2},
                            .dest = {.u.gmfn = page_of(0).n, .domid = DOMID_SELF},
                            .len = 8,
                            .flags = GNTCOPY_source_gref};
    struct grant_domain *keep = dom[2]->grant;
    dom[2]->grant = NULL;
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, &m, 1), 0);
    cr_assert_eq(m.status, GNTST_bad_domain);
    cr_assert_eq(grant_call(0, GNTTABOP_copy, &c, 1), 0);
    cr_assert_eq(c.status, GNTST_bad_domain);
    cr_assert_eq(query(0, FIRST_ID + 2).status, GNTST_bad_domain);
    dom[2]->grant = keep;
}

static int init_with(struct domain *d, unsigned frames, unsigned maptrack_frames)
{
    d->max_grant_frames = frames;
    d->max_maptrack_frames = maptrack_frames;
    return grant_domain_init(d);
}

Test(table, limits_are_checked_and_memory_shortage_is_an_error)
{
    struct domain d = {.id = 60};
    mfn_t mfn;
    cr_assert_eq(init_with(&d, 0, 1), -XEN_EINVAL);
    cr_assert_eq(init_with(&d, FRAMES_LIMIT + 1, 1), -XEN_EINVAL);
    cr_assert_eq(init_with(&d, 1, FRAMES_LIMIT + 1), -XEN_EINVAL);
    cr_assert_eq(grant_frame(dom[0], 4, &mfn), -XEN_EINVAL);
    cr_assert_eq(grant_frame(dom[0], 0xFFFFFFFF, &mfn), -XEN_EINVAL);
    while (frame_alloc_domain(dom[2], 0, 0, &mfn) == 0)
        ;
    uint64_t spare[64], n = 0; /* what max_pages left over */
    while (n < 64 && !mfn_eq(mfn = frame_alloc(0, 0), MFN_INVALID))
        spare[n++] = mfn.n;
    if (!frame_free_count())
        cr_assert_eq(grant_frame(dom[0], 1, &mfn), -XEN_ENOMEM);
    while (n--)
        frame_free(MFN(spare[n]), 0);
}

Test(table, a_domain_without_maptrack_cannot_map)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = PTE_ADDR(0), .flags = GNTMAP_host_map, .ref = 1, .dom = FIRST_ID + 1};
    offer(1, 1, 2, page_of(1), 0);
    grant_domain_free(dom[2]);
    cr_assert_eq(init_with(dom[2], 1, 0), 0);
    cr_assert_eq(grant_call(2, GNTTABOP_map_grant_ref, &m, 1), 0);
    cr_assert_eq(m.status, GNTST_no_space);
}

Test(table, audit_sees_broken_invariants)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = PTE_ADDR(0), .flags = GNTMAP_host_map, .ref = 1, .dom = FIRST_ID + 1};
    offer(1, 1, 0, page_of(1), 0);
    grant_call(0, GNTTABOP_map_grant_ref, &m, 1);
    struct active *a = active_of(dom[1]->grant, 1), keep = *a;
    struct maptrack *t = handle_of(dom[0]->grant, m.handle), kept = *t;
    a->pin += PIN_HOST_R;
    cr_assert_gt(grant_audit(dom[1]), 0);
    a->pin = 0;
    cr_assert_gt(grant_audit(dom[1]), 0);
    *a = keep;
    t->ref = 2;
    cr_assert_gt(grant_audit(dom[0]), 0);
    t->flags = 0;
    cr_assert_gt(grant_audit(dom[0]), 0, "a lost handle");
    *t = kept;
    uint32_t free_handle = dom[0]->grant->free_handle;
    dom[0]->grant->free_handle = m.handle;
    cr_assert_gt(grant_audit(dom[0]), 0, "in use and free");
    dom[0]->grant->free_handle = free_handle;
}
