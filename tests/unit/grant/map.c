/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping and unmapping: domain 0 (a back-end) maps what domain 1 grants.  Each test names a rule
 * of grant_table.h or an invariant; all end with an audit and with every frame given back.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/budget.h>

#include "fake.h"

static void stop(void)
{
    audit_all();
    fake_stop();
}
TestSuite(map, .init = fake_start, .fini = stop);

static struct gnttab_map_grant_ref map(unsigned d, unsigned pte, unsigned flags, unsigned from,
                                       grant_ref_t ref)
{
    struct gnttab_map_grant_ref op = {.host_addr = PTE_ADDR(pte),
                                      .flags = flags,
                                      .ref = ref,
                                      .dom = (domid_t)(FIRST_ID + from),
                                      .handle = 0xAAAA};
    cr_assert_eq(grant_call(d, GNTTABOP_map_grant_ref, &op, 1), 0);
    audit_all();
    return op;
}

static int unmap(unsigned d, uint64_t host, uint64_t dev, grant_handle_t h)
{
    struct gnttab_unmap_grant_ref op = {.host_addr = host, .dev_bus_addr = dev, .handle = h};
    cr_assert_eq(grant_call(d, GNTTABOP_unmap_grant_ref, &op, 1), 0);
    audit_all();
    return op.status;
}

/* Refused, and nothing left behind. */
static void refused(int status, mfn_t mfn, unsigned flags, unsigned from, grant_ref_t ref)
{
    struct gnttab_map_grant_ref op = map(0, 0, flags, from, ref);
    cr_assert_eq(op.status, status, "status %d, wanted %d", op.status, status);
    cr_assert_eq(refs(mfn), 0);
    cr_assert_eq(writers(mfn), 0);
    cr_assert_eq(fake_pte[0].flags, 0);
}

Test(map, writable_mapping_and_back)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref op = map(0, 7, GNTMAP_host_map, 1, 5);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert_eq(op.dev_bus_addr, m.n << PAGE_SHIFT);
    cr_assert(mfn_eq(fake_pte[7].mfn, m));
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    cr_assert_eq(refs(m), 2, "the entry's and the page table's");
    cr_assert_eq(writers(m), 1);
    cr_assert_eq(unmap(0, PTE_ADDR(7), 0, op.handle), GNTST_okay);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access);
    cr_assert_eq(refs(m), 0);
    cr_assert_eq(writers(m), 0);
}

/* While the granter's writes are logged (hv/dirty.h), what others can have written is, too. */
Test(map, the_end_of_a_writable_one_is_logged)
{
    const mfn_t page = page_of(1);

    offer(1, 1, 0, page, 0);
    dom[1]->logging = true;
    struct gnttab_map_grant_ref op = map(0, 7, GNTMAP_host_map | GNTMAP_readonly, 1, 1);
    cr_assert_eq(unmap(0, PTE_ADDR(7), 0, op.handle), GNTST_okay);
    cr_assert_eq(fake_log.marked, 0, "it was only read");
    op = map(0, 7, GNTMAP_host_map, 1, 1);
    cr_assert_eq(fake_log.marked, 0);
    cr_assert_eq(unmap(0, PTE_ADDR(7), 0, op.handle), GNTST_okay);
    cr_assert(fake_log.marked == 1 && mfn_eq(fake_log.last_marked, page));
    map(0, 7, GNTMAP_host_map, 1, 1);
    map(0, 8, GNTMAP_host_map | GNTMAP_readonly, 1, 1);
    dom[0]->dying = 1;
    cr_assert_eq(grant_domain_release_mappings(dom[0]), 0);
    cr_assert_eq(fake_log.marked, 2, "its mapper died");
    dom[1]->logging = false;
}

Test(map, readonly_mapping_marks_reading_only)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, GTF_readonly);
    struct gnttab_map_grant_ref op = map(0, 7, GNTMAP_host_map | GNTMAP_readonly, 1, 5);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access | GTF_readonly | GTF_reading);
    cr_assert_eq(writers(m), 0);
    cr_assert_eq(unmap(0, PTE_ADDR(7), 0, op.handle), GNTST_okay);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access | GTF_readonly);
}

Test(map, tlbs_are_flushed_before_the_frame_is_released)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref op = map(0, 7, GNTMAP_host_map, 1, 5);
    unsigned before = host_log.flushes;
    unmap(0, PTE_ADDR(7), 0, op.handle);
    cr_assert_eq(host_log.flushes, before + 1);
    uint64_t stamp = (frame_of(m)->type & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT;
    cr_assert_eq(stamp, arch_tlb_stamp(), "its last writer went after the flush");
}

Test(map, refusals_leave_nothing_behind)
{
    mfn_t m = page_of(1), own = page_of(0), table = page_of(1);
    set_table(table, true);
    offer(1, 1, 0, m, 0);
    offer(1, 2, 0, m, GTF_readonly);
    offer(1, 3, 2, m, 0);   /* for somebody else */
    offer(1, 4, 0, own, 0); /* not the granter's to give */
    offer(1, 5, 0, MFN(0x7FFFFFFF), 0);
    offer(1, 6, 0, table, 0);
    offer(1, 7, 0, m, 0);
    entry(1, 7)->flags = GTF_accept_transfer;
    refused(GNTST_bad_gntref, m, 0, 1, 1);
    refused(GNTST_bad_gntref, m, GNTMAP_readonly, 1, 1);
    refused(GNTST_bad_domain, m, GNTMAP_host_map, 50, 1);
    refused(GNTST_bad_gntref, m, GNTMAP_host_map, 1, 512);
    refused(GNTST_bad_gntref, m, GNTMAP_host_map, 1, 0xFFFFFFFF);
    refused(GNTST_general_error, m, GNTMAP_host_map, 1, 0); /* never granted */
    refused(GNTST_general_error, m, GNTMAP_host_map, 1, 2);
    refused(GNTST_general_error, m, GNTMAP_host_map, 1, 3);
    refused(GNTST_bad_page, own, GNTMAP_host_map, 1, 4);
    refused(GNTST_bad_page, m, GNTMAP_host_map, 1, 5);
    refused(GNTST_general_error, table, GNTMAP_host_map, 1, 6);
    refused(GNTST_general_error, table, GNTMAP_host_map | GNTMAP_device_map, 1, 6);
    refused(GNTST_general_error, m, GNTMAP_host_map, 1, 7);
    for (grant_ref_t r = 1; r < 8; r++)
        cr_assert_eq(entry(1, r)->flags & (GTF_reading | GTF_writing), 0, "ref %u", r);
    /* A page table may be mapped read-only. */
    struct gnttab_map_grant_ref op = map(0, 0, GNTMAP_host_map | GNTMAP_readonly, 1, 6);
    cr_assert_eq(op.status, GNTST_okay);
}

Test(map, an_address_without_a_page_table_entry_is_refused)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    cr_assert_eq(map(0, PTES + 4, GNTMAP_host_map, 1, 5).status, GNTST_general_error);
    cr_assert_eq(map(0, PTES + 4, GNTMAP_host_map | GNTMAP_device_map, 1, 5).status,
                 GNTST_general_error);
    cr_assert_eq(refs(m), 0);
    cr_assert_eq(writers(m), 0);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access);
}

Test(map, one_domain_at_a_time)
{
    offer(1, 5, 0, page_of(1), 0);
    cr_assert_eq(map(0, 1, GNTMAP_host_map, 1, 5).status, GNTST_okay);
    entry(1, 5)->domid = FIRST_ID + 2; /* too late */
    cr_assert_eq(map(2, 2, GNTMAP_host_map, 1, 5).status, GNTST_general_error);
}

Test(map, a_pinned_entry_keeps_its_frame_whatever_the_guest_writes)
{
    mfn_t m = page_of(1), other = page_of(1);
    offer(1, 5, 0, m, 0);
    map(0, 1, GNTMAP_host_map | GNTMAP_readonly, 1, 5);
    memset(entry(1, 5), 0, sizeof(grant_entry_v1_t));
    entry(1, 5)->frame = (uint32_t)other.n;
    struct gnttab_map_grant_ref op = map(0, 2, GNTMAP_host_map, 1, 5);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert(mfn_eq(fake_pte[2].mfn, m));
    cr_assert_eq(entry(1, 5)->flags, GTF_reading | GTF_writing);
    entry(1, 5)->flags |= GTF_readonly;
    cr_assert_eq(unmap(0, PTE_ADDR(2), 0, op.handle), GNTST_okay);
    cr_assert_eq(map(0, 2, GNTMAP_host_map, 1, 5).status, GNTST_general_error,
                 "the first writer looks at readonly again");
    cr_assert_eq(map(0, 2, GNTMAP_host_map | GNTMAP_readonly, 1, 5).status, GNTST_okay);
}

Test(map, reading_and_writing_go_with_the_last_of_their_kind)
{
    offer(1, 5, 0, page_of(1), 0);
    struct gnttab_map_grant_ref a = map(0, 1, GNTMAP_host_map, 1, 5);
    struct gnttab_map_grant_ref b = map(0, 2, GNTMAP_host_map, 1, 5);
    struct gnttab_map_grant_ref c = map(0, 3, GNTMAP_host_map | GNTMAP_readonly, 1, 5);
    unmap(0, PTE_ADDR(1), 0, a.handle);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    unmap(0, PTE_ADDR(2), 0, b.handle);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access | GTF_reading);
    unmap(0, PTE_ADDR(3), 0, c.handle);
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access);
}

Test(map, at_most_128_mappings_of_a_kind)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    for (unsigned i = 0; i < 128; i++)
        cr_assert_eq(map(0, i, GNTMAP_host_map, 1, 5).status, GNTST_okay);
    cr_assert_eq(map(0, 200, GNTMAP_host_map, 1, 5).status, GNTST_general_error);
    cr_assert_eq(map(0, 200, GNTMAP_host_map | GNTMAP_readonly, 1, 5).status, GNTST_okay);
    cr_assert_eq(refs(m), 1 + 129);
}

Test(map, handles_run_out_and_come_back)
{
    grant_handle_t last = 0;
    for (unsigned i = 0; i < 16; i++)
        offer(1, i, 0, page_of(1), 0);
    dom[0]->grant->max_handles = HANDLES_PER_PAGE;
    for (unsigned i = 0; i < HANDLES_PER_PAGE; i++) {
        struct gnttab_map_grant_ref op = map(0, i, GNTMAP_host_map, 1, i % 16);
        cr_assert_eq(op.status, GNTST_okay);
        last = op.handle;
    }
    cr_assert_eq(map(0, 300, GNTMAP_host_map, 1, 0).status, GNTST_no_space);
    cr_assert_eq(unmap(0, PTE_ADDR(HANDLES_PER_PAGE - 1), 0, last), GNTST_okay);
    cr_assert_eq(map(0, 300, GNTMAP_host_map, 1, 0).handle, last);
}

Test(map, maptrack_grows)
{
    for (unsigned i = 0; i < 4; i++)
        offer(1, i, 0, page_of(1), 0);
    for (unsigned i = 0; i < 400; i++)
        cr_assert_eq(map(0, i, GNTMAP_host_map, 1, i % 4).status, GNTST_okay);
}

Test(map, bad_handles)
{
    offer(1, 5, 0, page_of(1), 0);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, 0), GNTST_bad_handle, "no mapping ever");
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map, 1, 5);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle + 1), GNTST_bad_handle);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, 0xFFFFFFFF), GNTST_bad_handle);
    cr_assert_eq(unmap(2, PTE_ADDR(1), 0, op.handle), GNTST_bad_handle, "another domain's");
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_okay);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_bad_handle, "twice");
}

Test(map, unmapping_must_name_the_right_places)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map | GNTMAP_device_map, 1, 5);
    cr_assert_eq(unmap(0, PTE_ADDR(2), 0, op.handle), GNTST_general_error);
    cr_assert_eq(unmap(0, 0, 0x1000, op.handle), GNTST_general_error);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0x1000, op.handle), GNTST_general_error);
    cr_assert_eq(unmap(0, PTE_ADDR(2), op.dev_bus_addr, op.handle), GNTST_general_error);
    cr_assert_eq(unmap(0, 0, 0, op.handle), GNTST_okay, "asks for nothing");
    cr_assert_eq(refs(m), 3);
    cr_assert_eq(writers(m), 2);
    cr_assert_eq(unmap(0, PTE_ADDR(1), op.dev_bus_addr, op.handle), GNTST_okay);
    cr_assert_eq(refs(m), 0);
}

Test(map, host_and_device_parts_go_separately)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map | GNTMAP_device_map, 1, 5);
    unsigned flushes = host_log.flushes;
    cr_assert_eq(unmap(0, 0, op.dev_bus_addr, op.handle), GNTST_okay);
    cr_assert_eq(host_log.flushes, flushes, "no page table changed");
    cr_assert_eq(writers(m), 1);
    cr_assert_eq(unmap(0, PTE_ADDR(1), op.dev_bus_addr, op.handle), GNTST_okay);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_bad_handle);
    op = map(0, 1, GNTMAP_device_map, 1, 5);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert_eq(fake_pte[1].flags, 0);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_okay, "no host part to unmap");
    cr_assert_eq(unmap(0, 0, op.dev_bus_addr, op.handle), GNTST_okay);
}

Test(map, both_parts_and_a_duplicate_in_one_batch)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map | GNTMAP_device_map, 1, 5);
    struct gnttab_unmap_grant_ref u[3] = {
        {.host_addr = PTE_ADDR(1), .handle = op.handle},
        {.dev_bus_addr = op.dev_bus_addr, .handle = op.handle},
        {.host_addr = PTE_ADDR(1), .handle = op.handle},
    };
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_grant_ref, u, 3), 0);
    cr_assert_eq(u[0].status, GNTST_okay);
    cr_assert_eq(u[1].status, GNTST_okay);
    cr_assert_eq(refs(m), 0);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_bad_handle);
}

Test(map, unmap_and_replace)
{
    offer(1, 5, 0, page_of(1), 0);
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map, 1, 5);
    struct gnttab_unmap_and_replace r = {
        .host_addr = PTE_ADDR(1), .new_addr = 0x77000, .handle = op.handle};
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_and_replace, &r, 1), 0);
    cr_assert_eq(r.status, GNTST_okay);
    cr_assert_eq(fake_log.replaced_by, 0x77000);
    op = map(0, 1, GNTMAP_host_map | GNTMAP_contains_pte, 1, 5);
    r.handle = op.handle;
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_and_replace, &r, 1), 0);
    cr_assert_eq(r.status, GNTST_general_error, "a mapping named by its entry cannot be replaced");
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_okay);
}

Test(map, batches_flush_once_and_continue_when_preempted)
{
    static struct gnttab_map_grant_ref m[300];
    static struct gnttab_unmap_grant_ref u[300];
    for (unsigned i = 0; i < 300; i++) {
        if (i % 100 == 0)
            offer(1, i / 100, 0, page_of(1), 0);
        m[i] = (struct gnttab_map_grant_ref){.host_addr = PTE_ADDR(i),
                                             .flags = GNTMAP_host_map,
                                             .ref = i / 100,
                                             .dom = FIRST_ID + 1,
                                             .status = 1};
    }
    host_turn(32 * BUDGET_OP);
    host_log.preempt_on = true;
    host_log.preempt_in = 2;
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, m, 300), __HYPERVISOR_grant_table_op);
    cr_assert_eq(fake_log.continue_args[0], GNTTABOP_map_grant_ref);
    cr_assert_eq(fake_log.continue_args[1], (uint64_t)&m[300 - fake_log.continue_args[2]]);
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, (void *)fake_log.continue_args[1],
                            fake_log.continue_args[2]),
                 0);
    for (unsigned i = 0; i < 300; i++) {
        cr_assert_eq(m[i].status, GNTST_okay);
        u[i] = (struct gnttab_unmap_grant_ref){.host_addr = PTE_ADDR(i), .handle = m[i].handle};
    }
    unsigned flushes = host_log.flushes;
    host_turn(1 << 20);
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_grant_ref, u, 300), 0);
    cr_assert_eq(host_log.flushes, flushes + 3, "one for 128");
    for (unsigned i = 0; i < 300; i++)
        cr_assert_eq(u[i].status, GNTST_okay);
}

/* One flush for all, if only one of them had a page-table entry. */
Test(map, a_device_mapping_last_in_the_batch_does_not_save_the_flush)
{
    offer(1, 5, 0, page_of(1), 0);
    struct gnttab_map_grant_ref a = map(0, 1, GNTMAP_host_map, 1, 5);
    struct gnttab_map_grant_ref b = map(0, 2, GNTMAP_device_map, 1, 5);
    struct gnttab_unmap_grant_ref u[2] = {{.host_addr = PTE_ADDR(1), .handle = a.handle},
                                          {.dev_bus_addr = b.dev_bus_addr, .handle = b.handle}};
    unsigned flushes = host_log.flushes;
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_grant_ref, u, 2), 0);
    cr_assert_eq(u[1].status, GNTST_okay);
    cr_assert_eq(host_log.flushes, flushes + 1);
}

Test(map, self_is_no_granters_name)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = PTE_ADDR(1), .flags = GNTMAP_host_map, .ref = 5, .dom = DOMID_SELF};
    offer(0, 5, 0, page_of(0), 0);
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, &m, 1), 0);
    cr_assert_eq(m.status, GNTST_bad_domain);
}

/* Bits of the flags that only we use must not come from the guest. */
Test(map, flags_that_are_ours)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    for (unsigned bit = 1; bit; bit <<= 1) {
        struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map | bit, 1, 5);
        if (op.status != GNTST_okay)
            continue;
        cr_assert_eq(handle_of(dom[0]->grant, op.handle)->flags & ~MAP_KEPT, 0, "bit %x", bit);
        cr_assert_eq(unmap(0, PTE_ADDR(1), op.dev_bus_addr, op.handle), GNTST_okay, "bit %x", bit);
        cr_assert_eq(refs(m), 0, "bit %x", bit);
        cr_assert_eq(writers(m), 0, "bit %x", bit);
    }
}

/* The first reference and handle that are not there. */
Test(map, one_beyond_the_last)
{
    offer(1, 511, 0, page_of(1), 0);
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map, 1, 511);
    cr_assert_eq(op.status, GNTST_okay);
    cr_assert_eq(map(0, 2, GNTMAP_host_map, 1, 512).status, GNTST_bad_gntref);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, dom[0]->grant->handles), GNTST_bad_handle);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, dom[0]->grant->handles - 1), GNTST_bad_handle);
}

/* The kinds of pins do not run over into each other: 128 of each, and not one more. */
Test(map, each_kind_is_counted_by_itself)
{
    static const unsigned kinds[] = {GNTMAP_host_map, GNTMAP_host_map | GNTMAP_readonly,
                                     GNTMAP_device_map, GNTMAP_device_map | GNTMAP_readonly};
    mfn_t m = page_of(1);
    unsigned pte = 0;
    offer(1, 5, 0, m, 0);
    for (unsigned k = 0; k < 4; k++) {
        for (unsigned i = 0; i < 128; i++) {
            struct gnttab_map_grant_ref op = {.host_addr = PTE_ADDR(pte++ % PTES),
                                              .flags = kinds[k],
                                              .ref = 5,
                                              .dom = FIRST_ID + 1};
            grant_call(0, GNTTABOP_map_grant_ref, &op, 1);
            cr_assert_eq(op.status, GNTST_okay, "kind %u, %u", k, i);
        }
        cr_assert_eq(map(0, 400, kinds[k], 1, 5).status, GNTST_general_error);
        cr_assert_eq(fake_pte[400].flags, 0);
    }
}

/* A domain's end while it maps, and while it is mapped, in pieces. */
Test(map, the_end_of_a_domain_is_preempted)
{
    static struct gnttab_map_grant_ref m[200];
    for (unsigned i = 0; i < 200; i++) {
        if (i < 4)
            offer(1, i, 0, page_of(1), 0);
        m[i] = (struct gnttab_map_grant_ref){.host_addr = PTE_ADDR(i),
                                             .flags = i % 3 ? GNTMAP_host_map : GNTMAP_device_map,
                                             .ref = i % 4,
                                             .dom = FIRST_ID + 1};
    }
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, m, 200), 0);
    dom[0]->dying = 1;
    unsigned pieces = 1;
    host_turn(50 * BUDGET_OP);
    host_log.preempt_on = true;
    for (host_log.preempt_in = 0; grant_domain_release_mappings(dom[0]) == -XEN_ERESTART;
         host_log.preempt_in = 0)
        pieces++;
    cr_assert_eq(pieces, 5, "50 at a time: %u", pieces);
    audit_all();
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(entry(1, i)->flags & (GTF_reading | GTF_writing), 0);
    cr_assert_eq(grant_domain_release_mappings(dom[0]), 0, "again: nothing left");
}

Test(map, a_fault_in_a_batch_finishes_what_was_begun)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref a = map(0, 1, GNTMAP_host_map, 1, 5);
    struct gnttab_map_grant_ref b = map(0, 2, GNTMAP_host_map, 1, 5);
    struct gnttab_unmap_grant_ref u[2] = {{.host_addr = PTE_ADDR(1), .handle = a.handle},
                                          {.host_addr = PTE_ADDR(2), .handle = b.handle}};
    host_fault_in = 2; /* the second element cannot be read */
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_grant_ref, u, 2), -XEN_EFAULT);
    audit_all();
    cr_assert_eq(writers(m), 1);
    host_fault_in = 1; /* its status cannot be written */
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_grant_ref, u + 1, 1), -XEN_EFAULT);
    audit_all();
    cr_assert_eq(refs(m), 0);
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, NULL, 1), -XEN_EFAULT);
}

Test(map, a_frame_outlives_its_granters_letting_go)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    struct gnttab_map_grant_ref op = map(0, 1, GNTMAP_host_map, 1, 5);
    dom[1]->dying = 1;
    frame_relinquish(dom[1]);
    cr_assert_eq(dom[1]->tot_pages, 1);
    cr_assert_eq(frame_owner_id(frame_of(m)), FIRST_ID + 1);
    cr_assert_eq(unmap(0, PTE_ADDR(1), 0, op.handle), GNTST_okay);
    cr_assert_eq(dom[1]->tot_pages, 0);
}

Test(map, a_dying_mapper_gives_everything_back)
{
    mfn_t m = page_of(1);
    offer(1, 5, 0, m, 0);
    offer(0, 5, 0, page_of(0), 0); /* from itself, too */
    for (unsigned i = 0; i < 100; i++)
        map(0, i, GNTMAP_host_map | (i & 1 ? GNTMAP_device_map : GNTMAP_readonly), i & 2 ? 0 : 1,
            5);
    host_turn(50 * BUDGET_OP);
    host_log.preempt_on = true;
    host_log.preempt_in = 0;
    cr_assert_eq(grant_domain_release_mappings(dom[0]), -XEN_ERESTART);
    audit_all();
    cr_assert_eq(grant_domain_release_mappings(dom[0]), 0);
    audit_all();
    cr_assert_eq(entry(1, 5)->flags, GTF_permit_access);
    cr_assert_eq(refs(m), 50, "the page tables' own, which go with them");
}
