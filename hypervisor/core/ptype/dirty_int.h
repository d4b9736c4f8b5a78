/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of written pages, between its two files. */
#ifndef PTYPE_DIRTY_INT_H
#define PTYPE_DIRTY_INT_H

#include <hv/dirty.h>

#define LEAF_PAGES (PAGE_SIZE * 8)              /* a page of a map has a bit for so many */
#define LEAVES     (PAGE_SIZE / sizeof(void *)) /* and a map so many pages: 64 GiB */

struct dirty_log {
    struct spinlock lock;     /* all of it */
    uint64_t **live, **taken; /* maps by pfn: what is written now, what is being reported */
    unsigned leaves;          /* pages of each */
    unsigned reported;        /* of taken, in this report */
    bool taking;              /* a report has begun */
    uint32_t faults, dirty;   /* since the last CLEAN */
    /* shadow.c: page s of the pool is the shadow of table key[s]; 0: free, SHADOW_GONE: until the
     * next flush */
    uint64_t *key;
    mfn_t pool;
    unsigned order;
    uint64_t *root[HV_MAX_VCPUS][2]; /* kernel's, user's */
};
#define SHADOW_GONE (~0UL)

/* Lock held. */
void dirty_set(struct domain *d, mfn_t mfn);
void shadow_drop_all(struct domain *d);
/* -XEN_ENOMEM, -XEN_ERESTART; what is there already stays. */
int shadow_start(struct domain *d);
void shadow_stop(struct domain *d);

#endif
