/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of version 2 have in common: domain 1 has it, and grants to domain 0. */
#ifndef GRANT_V2_H
#define GRANT_V2_H

#include <criterion/criterion.h>
#include <string.h>

#include <hv/budget.h>

#include "../../audit/audit.h"
#include "fake.h"

static mfn_t mine, theirs, other; /* pages of domains 0, 1 and 2 */

static inline long set_version(unsigned d, uint32_t version)
{
    struct gnttab_set_version s = {.version = version};
    long rc;

    do
        rc = grant_call(d, GNTTABOP_set_version, &s, 1);
    while (rc == __HYPERVISOR_grant_table_op);
    cr_assert_eq(s.version, dom[d]->grant->version);
    audit_all();
    return rc;
}

static inline void start(void)
{
    fake_start();
    mine = page_of(0);
    theirs = page_of(1);
    other = page_of(2);
    memset(arch_frame_ptr(mine), 0xAA, PAGE_SIZE);
    memset(arch_frame_ptr(theirs), 0xBB, PAGE_SIZE);
    memset(arch_frame_ptr(other), 0xCC, PAGE_SIZE);
    cr_assert_eq(set_version(1, 2), 0);
}
static inline void stop(void)
{
    audit_all();
    cr_assert_eq(refs(mine) + refs(theirs) + refs(other), 0);
    cr_assert_eq(writers(mine) + writers(theirs) + writers(other), 0);
    for (unsigned d = 0; d < DOMS; d++)
        for (grant_ref_t ref = 0; ref < dom[d]->grant->entries_v2; ref++)
            cr_assert_eq(*status_of(dom[d]->grant, ref), 0, "use of %u is left", ref);
    set_version(1, 1); /* in whose slots nothing may be left, which it audits */
    set_version(2, 1);
    fake_stop();
}

static inline grant_entry_v2_t *entry2(unsigned d, grant_ref_t ref)
{
    return shared_v2_of(dom[d]->grant, ref);
}

static inline void offer2(unsigned d, grant_ref_t ref, unsigned to, mfn_t mfn, uint16_t flags)
{
    *entry2(d, ref) = (grant_entry_v2_t){
        .full_page = {{GTF_permit_access | flags, (domid_t)(FIRST_ID + to)}, .frame = mfn.n}};
}

static inline void offer_part(unsigned d, grant_ref_t ref, unsigned to, mfn_t mfn, uint16_t from,
                              uint16_t length)
{
    *entry2(d, ref) = (grant_entry_v2_t){
        .sub_page = {
            {GTF_permit_access | GTF_sub_page, (domid_t)(FIRST_ID + to)}, from, length, mfn.n}};
}

static inline void offer_via(unsigned d, grant_ref_t ref, unsigned to, domid_t whose,
                             grant_ref_t what)
{
    *entry2(d, ref) = (grant_entry_v2_t){.transitive = {{GTF_transitive, (domid_t)(FIRST_ID + to)},
                                                        .trans_domid = whose,
                                                        .gref = what}};
}

static inline struct gnttab_map_grant_ref map(unsigned d, unsigned ref, unsigned flags)
{
    struct gnttab_map_grant_ref op = {.host_addr = PTE_ADDR(ref % 100),
                                      .flags = GNTMAP_host_map | flags,
                                      .ref = ref,
                                      .dom = FIRST_ID + 1};

    cr_assert_eq(grant_call(d, GNTTABOP_map_grant_ref, &op, 1), 0);
    audit_all();
    return op;
}

static inline int unmap(unsigned d, const struct gnttab_map_grant_ref *m)
{
    struct gnttab_unmap_grant_ref op = {.host_addr = m->host_addr, .handle = m->handle};

    cr_assert_eq(grant_call(d, GNTTABOP_unmap_grant_ref, &op, 1), 0);
    audit_all();
    return op.status;
}

/* Of `len` bytes at `offset`, between domain 1's entry and domain 0's page. */
static inline struct gnttab_copy copy_op(grant_ref_t ref, unsigned offset, unsigned len,
                                         bool to_grant)
{
    const struct gnttab_copy_ptr grant = {{ref}, FIRST_ID + 1, (uint16_t)offset},
                                 page = {{.gmfn = mine.n}, DOMID_SELF, (uint16_t)offset};

    return (struct gnttab_copy){.source = to_grant ? page : grant,
                                .dest = to_grant ? grant : page,
                                .len = (uint16_t)len,
                                .flags = to_grant ? GNTCOPY_dest_gref : GNTCOPY_source_gref};
}
static inline int copy(grant_ref_t ref, unsigned offset, unsigned len, bool to_grant)
{
    struct gnttab_copy op = copy_op(ref, offset, len, to_grant);

    cr_assert_eq(grant_call(0, GNTTABOP_copy, &op, 1), 0);
    audit_all();
    return op.status;
}

/* `n` bytes at `at` are `byte`, and those around them are not. */
static inline void is_at(mfn_t mfn, unsigned at, unsigned n, uint8_t byte)
{
    const uint8_t *p = arch_frame_ptr(mfn);

    for (unsigned i = 0; i < PAGE_SIZE; i++)
        cr_assert_eq(p[i] == byte, i >= at && i < at + n, "byte %u", i);
}

static inline int16_t get_status(unsigned d, domid_t who, uint32_t n, uint64_t *list)
{
    struct gnttab_get_status_frames op = {.nr_frames = n, .dom = who, .frame_list.p = list};

    cr_assert_eq(grant_call(d, GNTTABOP_get_status_frames, &op, 1), 0);
    return op.status;
}

#endif
