/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two garbage guests share grants: each grants its scratch pages to the other, both map, copy and
 * give back at the same time, in any order, and leave mappings behind.  Half of the calls have one
 * field changed.
 */
#include "garbage.h"
#include <front/boot.h>
#include <front/gnttab.h>
#include <front/hcall.h>

#define FIRST_REF                                                                                  \
    8 /* the first of the table that gnttab_grant gives: this guest opens no device  \
                     */
#define SLOTS 8

static char slots[SLOTS][PAGE_SIZE] aligned_page; /* where mappings go */
static uint32_t handles[SLOTS];

static grant_ref_t some_ref(void)
{
    return FIRST_REF + (grant_ref_t)(garbage_random() % SCRATCH_PAGES);
}

/* Grants a scratch page, takes one back, or changes the flags under the partner's feet. */
static void change_entry(void)
{
    static const uint16_t flags[] = {GTF_invalid,         GTF_permit_access,
                                     GTF_permit_access,   GTF_permit_access | GTF_readonly,
                                     GTF_accept_transfer, 0xffff};
    unsigned i = (unsigned)(garbage_random() % SCRATCH_PAGES);
    volatile struct grant_entry_v1 *e = gnttab_entry(FIRST_REF + i);

    e->flags = GTF_invalid;
    e->frame =
        garbage_random() % 8 ? (uint32_t)boot_mfn(garbage_scratch[i]) : (uint32_t)garbage_value();
    e->domid = garbage_random() % 8 ? garbage_partner : (domid_t)garbage_value();
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    e->flags = flags[garbage_random() % array_size(flags)];
}

static void spoil(void *op, size_t size)
{
    uint32_t *words = op;

    if (garbage_random() & 1)
        words[garbage_random() % (size / 4)] = (uint32_t)garbage_value();
}

static void map(void)
{
    struct gnttab_map_grant_ref op[2] = {0};

    for (unsigned i = 0; i < 2; i++) {
        unsigned slot = (unsigned)(garbage_random() % SLOTS);

        op[i].host_addr = U64(slots[slot]);
        op[i].flags = GNTMAP_host_map | (garbage_random() & 1 ? GNTMAP_readonly : 0);
        op[i].ref = some_ref();
        op[i].dom = garbage_random() & 3 ? garbage_partner : DOMID_SELF;
    }
    spoil(&op[0], sizeof(op[0]));
    hc_grant_table_op(GNTTABOP_map_grant_ref, op, 2);
    for (unsigned i = 0; i < 2; i++)
        if (!op[i].status)
            handles[garbage_random() % SLOTS] = op[i].handle;
}

static void unmap(void)
{
    struct gnttab_unmap_grant_ref op[2] = {0};

    for (unsigned i = 0; i < 2; i++) {
        op[i].host_addr = U64(slots[garbage_random() % SLOTS]);
        op[i].handle = handles[garbage_random() % SLOTS];
    }
    spoil(&op[0], sizeof(op[0]));
    hc_grant_table_op(GNTTABOP_unmap_grant_ref, op, 2);
}

static void copy(void)
{
    struct gnttab_copy op = {.len = (uint16_t)(garbage_random() % PAGE_SIZE),
                             .flags = GNTCOPY_source_gref};

    op.source.domid = garbage_partner;
    op.source.u.ref = some_ref();
    op.dest.domid = DOMID_SELF;
    op.dest.u.gmfn = boot_mfn(garbage_scratch[garbage_random() % SCRATCH_PAGES]);
    spoil(&op, sizeof(op));
    hc_grant_table_op(GNTTABOP_copy, &op, 1);
}

void garbage_grant(void)
{
    static void (*const what[])(void) = {change_entry, map, map, unmap, copy};

    what[garbage_random() % array_size(what)]();
}
