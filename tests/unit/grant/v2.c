/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of version 2: whole pages, parts of pages, transitive ones; status frames. */
#include "v2.h"

TestSuite(v2, .init = start, .fini = stop);

Test(v2, which_versions_there_are)
{
    struct gnttab_get_version g = {.dom = FIRST_ID + 1};
    cr_assert_eq(set_version(1, 0), -XEN_EINVAL);
    cr_assert_eq(set_version(1, 3), -XEN_EINVAL);
    cr_assert_eq(set_version(1, 2), 0);
    cr_assert_eq(grant_call(0, GNTTABOP_get_version, &g, 1), 0);
    cr_assert_eq(g.version, 2);
    cr_assert_eq(grant_call(2, GNTTABOP_get_version, &g, 1), -XEN_EPERM);
    g.dom = DOMID_SELF;
    cr_assert_eq(grant_call(2, GNTTABOP_get_version, &g, 1), 0);
    cr_assert_eq(g.version, 1);
    dom[2]->max_grant_version = 1;
    cr_assert_eq(set_version(2, 2), -XEN_ENOSYS);
    cr_assert_eq(set_version(2, 1), 0);
    for (host_fault_in = 0; host_fault_in < 2;) {
        struct gnttab_set_version s = {.version = 1};
        const long fault = host_fault_in;
        cr_assert_eq(grant_call(2, GNTTABOP_set_version, &s, 1), -XEN_EFAULT);
        host_fault_in = fault + 1;
    }
    host_fault_in = -1;
}

Test(v2, whole_pages)
{
    offer2(1, 9, 0, theirs, 0);
    struct gnttab_map_grant_ref m = map(0, 9, 0), ro;
    cr_assert_eq(m.status, GNTST_okay);
    cr_assert_eq(m.dev_bus_addr, theirs.n << PAGE_SHIFT);
    cr_assert_eq(*status_of(dom[1]->grant, 9), GTF_reading | GTF_writing);
    cr_assert_eq(entry2(1, 9)->hdr.flags, GTF_permit_access);
    cr_assert_eq(map(2, 9, 0).status, GNTST_general_error, "pinned by another");
    cr_assert_eq(copy(9, 0, 8, true), GNTST_okay, "beside the mapping");
    cr_assert_eq(unmap(0, &m), GNTST_okay);
    ro = map(0, 9, GNTMAP_readonly);
    cr_assert_eq(*status_of(dom[1]->grant, 9), GTF_reading);
    entry2(1, 9)->hdr.flags |= GTF_readonly;
    cr_assert_eq(copy(9, 0, 8, true), GNTST_general_error, "the first writer is asked for");
    cr_assert_eq(*status_of(dom[1]->grant, 9), GTF_reading, "and leaves nothing");
    entry2(1, 9)->hdr.flags &= (uint16_t)~GTF_readonly;
    entry2(1, 9)->full_page.frame = other.n;
    cr_assert_eq(copy(9, 0, 8, true), GNTST_okay, "to the frame that is pinned");
    cr_assert_eq(*status_of(dom[1]->grant, 9), GTF_reading, "writing goes with the last writer");
    is_at(other, 0, PAGE_SIZE, 0xCC);
    cr_assert_eq(unmap(0, &ro), GNTST_okay);
}

Test(v2, refusals)
{
    offer2(1, 9, 0, theirs, GTF_readonly);
    cr_assert_eq(map(0, 9, 0).status, GNTST_general_error);
    cr_assert_eq(map(2, 9, GNTMAP_readonly).status, GNTST_general_error, "another's");
    offer2(1, 9, 0, other, 0);
    cr_assert_eq(map(0, 9, 0).status, GNTST_bad_page, "not the granter's");
    offer2(1, 9, 0, MFN(theirs.n | 1ull << 32), 0);
    cr_assert_eq(map(0, 9, 0).status, GNTST_bad_page, "all 64 bits count");
    offer2(1, 9, 0, theirs, 0);
    entry2(1, 9)->hdr.flags = GTF_accept_transfer;
    cr_assert_eq(map(0, 9, 0).status, GNTST_general_error);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error);
    cr_assert_eq(map(0, 256, 0).status, GNTST_bad_gntref, "half as many entries as in version 1");
    cr_assert_eq(copy(256, 0, 8, false), GNTST_bad_gntref);
    cr_assert_eq(map(0, 255, 0).status, GNTST_general_error);
}

Test(v2, a_kind_of_use_is_counted_to_its_limit)
{
    offer2(1, 9, 0, theirs, 0);
    struct gnttab_map_grant_ref m[129];
    for (unsigned i = 0; i < 128; i++) {
        m[i] = (struct gnttab_map_grant_ref){
            .host_addr = PTE_ADDR(i), .flags = GNTMAP_host_map, .ref = 9, .dom = FIRST_ID + 1};
        cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, &m[i], 1), 0);
        cr_assert_eq(m[i].status, GNTST_okay);
    }
    cr_assert_eq(map(0, 9, 0).status, GNTST_general_error);
    for (unsigned i = 0; i < 128; i++)
        cr_assert_eq(unmap(0, &m[i]), GNTST_okay);
}

Test(v2, parts_of_pages)
{
    offer_part(1, 9, 0, theirs, 100, 50);
    cr_assert_eq(map(0, 9, GNTMAP_readonly).status, GNTST_general_error);
    cr_assert_eq(copy(9, 100, 50, true), GNTST_okay);
    is_at(theirs, 100, 50, 0xAA);
    cr_assert_eq(copy(9, 99, 2, false), GNTST_general_error);
    cr_assert_eq(copy(9, 149, 2, false), GNTST_general_error);
    cr_assert_eq(copy(9, 100, 4000, false), GNTST_bad_copy_arg);
    is_at(mine, 0, PAGE_SIZE, 0xAA);
    memset(arch_frame_ptr(theirs), 0xBB, PAGE_SIZE);
    cr_assert_eq(copy(9, 149, 1, false), GNTST_okay);
    is_at(mine, 149, 1, 0xBB);
    offer_part(1, 9, 0, theirs, 4000, 65535);
    cr_assert_eq(copy(9, 4000, 97, false), GNTST_bad_copy_arg, "a part ends with its page");
    entry2(1, 9)->hdr.flags |= GTF_readonly;
    cr_assert_eq(copy(9, 4000, 1, true), GNTST_general_error);
    offer_part(1, 9, 0, other, 0, 8);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_bad_page);
    offer_part(1, 9, 2, theirs, 0, 8);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error, "another's");
    offer_part(1, 9, 0, theirs, 0, 8);
    set_table(theirs, true);
    cr_assert_eq(copy(9, 0, 8, true), GNTST_general_error, "a page table");
    set_table(theirs, false);
}

/* Both sides, and a batch that goes on with whole pages. */
Test(v2, parts_in_a_batch)
{
    struct gnttab_copy op[4];
    offer_part(1, 9, 0, theirs, 0, 8);
    offer_part(1, 10, 0, theirs, 64, 8);
    offer2(1, 11, 0, theirs, 0);
    op[0] = op[2] = copy_op(11, 512, 8, true);
    op[1] = copy_op(9, 0, 8, false);
    op[3] = copy_op(9, 0, 8, false);
    op[3].dest = (struct gnttab_copy_ptr){{10}, FIRST_ID + 1, 64};
    op[3].flags |= GNTCOPY_dest_gref;
    memset(arch_frame_ptr(theirs), 1, 8);
    cr_assert_eq(grant_call(0, GNTTABOP_copy, op, 4), 0);
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(op[i].status, GNTST_okay, "%u: %d", i, op[i].status);
    cr_assert_eq(((uint8_t *)arch_frame_ptr(theirs))[71], 1);
    cr_assert_eq(((uint8_t *)arch_frame_ptr(theirs))[72], 0xBB);
    is_at(mine, 0, 8, 1);
    op[3].dest.offset = 65;
    cr_assert_eq(grant_call(0, GNTTABOP_copy, op + 3, 1), 0);
    cr_assert_eq(op[3].status, GNTST_general_error, "the destination's bounds count, too");
    op[3].dest.u.ref = 8;
    cr_assert_eq(grant_call(0, GNTTABOP_copy, op + 3, 1), 0);
    cr_assert_eq(op[3].status, GNTST_general_error, "nothing is granted there");
}

/* Domain 0 uses what 2 granted to 1, whether 2 has version 1 or 2. */
Test(v2, transitive)
{
    offer_via(1, 9, 0, FIRST_ID + 2, 3);
    cr_assert_eq(map(0, 9, GNTMAP_readonly).status, GNTST_general_error);
    for (unsigned version = 1; version <= 2; version++) {
        cr_assert_eq(set_version(2, version), 0);
        if (version == 1)
            offer(2, 3, 1, other, 0);
        else
            offer2(2, 3, 1, other, 0);
        memset(arch_frame_ptr(other), 0xCC, PAGE_SIZE);
        dom[2]->logging = 1;
        fake_log.marked = 0;
        cr_assert_eq(copy(9, 10, 20, true), GNTST_okay);
        cr_assert_eq(fake_log.marked, 1, "the log of the page's owner has it");
        dom[2]->logging = 0;
        is_at(other, 10, 20, 0xAA);
        cr_assert_eq(copy(9, 0, 8, false), GNTST_okay);
        memset(arch_frame_ptr(mine), 0xAA, PAGE_SIZE);
    }
    offer_part(2, 3, 1, other, 100, 8);
    cr_assert_eq(copy(9, 100, 9, false), GNTST_general_error, "a part of a page stays one");
    cr_assert_eq(copy(9, 100, 8, false), GNTST_okay);
    entry2(1, 9)->hdr.flags |= GTF_readonly;
    cr_assert_eq(copy(9, 100, 8, true), GNTST_general_error, "read-only here");
    offer_via(1, 9, 0, FIRST_ID + 2, 3);
    entry2(2, 3)->hdr.flags |= GTF_readonly;
    cr_assert_eq(copy(9, 100, 8, true), GNTST_general_error, "read-only there");
}

Test(v2, transitive_refused)
{
    cr_assert_eq(set_version(2, 2), 0);
    offer2(1, 10, 1, theirs, 0);
    offer_via(1, 9, 0, FIRST_ID + 1, 10);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error, "to one's own");
    offer_via(1, 9, 0, DOMID_SELF, 10);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error);
    offer_via(1, 9, 0, 99, 3);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error, "no domain");
    offer_via(1, 9, 0, FIRST_ID + 2, 256);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_bad_gntref);
    offer_via(1, 9, 0, FIRST_ID + 2, 3);
    offer2(2, 3, 0, other, 0);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error, "granted to the copier, not to it");
    offer_via(2, 3, 1, FIRST_ID, 3);
    offer(0, 3, 2, mine, 0);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error, "a chain");
    offer_via(2, 3, 1, FIRST_ID + 1, 9);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_general_error, "a circle");
    offer_via(1, 9, 0, FIRST_ID, 4);
    offer(0, 4, 1, mine, 0);
    cr_assert_eq(copy(9, 0, 8, false), GNTST_okay, "back to whom it came from");
    struct grant_domain *g = dom[2]->grant;
    dom[2]->grant = NULL;
    offer_via(1, 9, 0, FIRST_ID + 2, 3);
    cr_assert_eq(
        op_grant_table_op(dom[0]->vcpu[0], GNTTABOP_copy,
                          GVA((uint64_t) & (struct gnttab_copy[]){copy_op(9, 0, 8, false)}), 1),
        0);
    dom[2]->grant = g;
}

Test(v2, swap)
{
    struct gnttab_swap_grant_ref op = {.ref_a = 9, .ref_b = 10};
    offer2(1, 9, 0, theirs, 0);
    offer_part(1, 10, 0, theirs, 3, 4);
    *status_of(dom[1]->grant, 9) = 0x10;
    cr_assert_eq(grant_call(1, GNTTABOP_swap_grant_ref, &op, 1), 0);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert_eq(entry2(1, 9)->sub_page.length, 4);
    cr_assert_eq(entry2(1, 10)->full_page.frame, theirs.n);
    cr_assert_eq(*status_of(dom[1]->grant, 10), 0x10, "with its status");
    *status_of(dom[1]->grant, 10) = 0;
    struct gnttab_map_grant_ref m = map(0, 10, 0);
    for (unsigned i = 0; i < 2; i++) {
        op = (struct gnttab_swap_grant_ref){.ref_a = 9 + i, .ref_b = 10 - i};
        grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
        cr_assert_eq(op.status, GNTST_eagain);
        op = (struct gnttab_swap_grant_ref){.ref_a = i ? 256 : 9, .ref_b = i ? 9 : 256};
        grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
        cr_assert_eq(op.status, GNTST_bad_gntref);
    }
    op = (struct gnttab_swap_grant_ref){.ref_a = 10, .ref_b = 10};
    grant_call(1, GNTTABOP_swap_grant_ref, &op, 1);
    cr_assert_eq(op.status, GNTST_okay, "with itself");
    cr_assert_eq(unmap(0, &m), GNTST_okay);
}

Test(v2, status_frames)
{
    uint64_t list[3] = {0};
    mfn_t mfn;
    cr_assert_eq(get_status(1, DOMID_SELF, 1, list), GNTST_okay);
    cr_assert_eq(list[0], arch_ptr_mfn(dom[1]->grant->status[0]).n);
    cr_assert_eq(frame_owner_id(frame_of(MFN(list[0]))), dom[1]->id, "it may be mapped");
    cr_assert_eq(get_status(1, DOMID_SELF, 2, list), GNTST_general_error);
    cr_assert_eq(get_status(1, DOMID_SELF, UINT32_MAX, list), GNTST_general_error);
    cr_assert_eq(list[1], 0, "never more than was asked for");
    cr_assert_eq(get_status(1, DOMID_SELF, 0, NULL), GNTST_okay);
    cr_assert_eq(get_status(1, DOMID_SELF, 1, NULL), GNTST_bad_virt_addr);
    cr_assert_eq(get_status(0, FIRST_ID + 1, 1, list), GNTST_okay);
    cr_assert_eq(get_status(2, FIRST_ID + 1, 1, list), GNTST_permission_denied);
    cr_assert_eq(get_status(0, 99, 1, list), GNTST_bad_domain);
    cr_assert_eq(get_status(0, DOMID_SELF, 1, list), GNTST_general_error, "version 1");
    cr_assert_eq(grant_status_frame(dom[1], 0, &mfn), 0);
    cr_assert_eq(mfn.n, list[0]);
    cr_assert_eq(grant_status_frame(dom[1], 1, &mfn), -XEN_EINVAL);
    cr_assert_eq(grant_status_frame(dom[1], 0x20000000, &mfn), -XEN_EINVAL);
    cr_assert_eq(grant_status_frame(dom[0], 0, &mfn), -XEN_EINVAL);
}
