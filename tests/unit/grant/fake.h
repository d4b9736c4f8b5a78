/* SPDX-License-Identifier: BSD-2-Clause */
/* Three domains and the rooms around the grant tables, as small as can be. */
#ifndef GRANT_FAKE_H
#define GRANT_FAKE_H

#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/hcall.h>
#include <hv/ptype.h>

#include <host.h>

#include "table.h"

#define DOMS        3
#define FIRST_ID    3 /* of the domains: 3 is privileged, 4 and 5 are not */
#define PTES        512
#define PTE_ADDR(i) (0x10000UL + (i)*0x1000UL) /* guest addresses that have a page-table entry */

/* The page tables of all domains: a number of slots. */
struct fake_pte {
    mfn_t mfn;
    unsigned flags; /* as installed; 0: empty */
};
extern struct fake_pte fake_pte[PTES];
/* Told of each change, for those who also keep real tables; NULL at first. */
extern void (*fake_pte_changed)(const struct domain *d, unsigned i);

struct fake_log {
    unsigned continued;
    uint64_t continue_args[3];
    unsigned marked;      /* calls of dirty_mark, */
    mfn_t last_marked;    /* and of which frame */
    uint64_t replaced_by; /* last new_addr seen by ptype_grant_remove */
    unsigned
        flushes_at_put; /* flushes that had happened when a WRITABLE reference was last dropped */
};
extern struct fake_log fake_log;
extern struct domain *dom[DOMS];

void fake_start(void);
void fake_stop(void); /* frees everything; every frame must have come back */

/* A page of domain d, and who refers to it beyond its owner. */
mfn_t page_of(unsigned d);
unsigned refs(mfn_t mfn);
unsigned writers(mfn_t mfn);
/* Makes an unused page a page table, or a plain page again. */
void set_table(mfn_t mfn, bool is_table);
/* The domain's shared entry, as the guest sees it. */
grant_entry_v1_t *entry(unsigned d, grant_ref_t ref);
void offer(unsigned d, grant_ref_t ref, unsigned to, mfn_t mfn, uint16_t flags);

long grant_call(unsigned d, unsigned cmd, void *uops, uint64_t count);
void audit_all(void);

#endif
