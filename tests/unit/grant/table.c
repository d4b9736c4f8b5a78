/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on a whole table, the room's life cycle, and the auditor itself. */
#include <criterion/criterion.h>
#include <string.h>

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

Test(table, version_1_is_all_there_is)
{
    struct gnttab_set_version s = {.version = 1};
    struct gnttab_get_version g = {.dom = DOMID_SELF};
    struct gnttab_get_status_frames f = {.dom = DOMID_SELF, .nr_frames = 1};
    cr_assert_eq(grant_call(0, GNTTABOP_set_version, &s, 1), 0);
    s.version = 2;
    cr_assert_eq(grant_call(0, GNTTABOP_set_version, &s, 1), -XEN_ENOSYS);
    cr_assert_eq(s.version, 1);
    s.version = 3;
    cr_assert_eq(grant_call(0, GNTTABOP_set_version, &s, 1), -XEN_EINVAL);
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
    op.ref_a = 2;
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

Test(table, limits_are_checked_and_memory_shortage_is_an_error)
{
    struct domain d = {.id = 60};
    mfn_t mfn;
    cr_assert_eq(grant_domain_init(&d, 0, 1), -XEN_EINVAL);
    cr_assert_eq(grant_domain_init(&d, FRAMES_LIMIT + 1, 1), -XEN_EINVAL);
    cr_assert_eq(grant_domain_init(&d, 1, FRAMES_LIMIT + 1), -XEN_EINVAL);
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
    cr_assert_eq(grant_domain_init(dom[2], 1, 0), 0);
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
