/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of written pages, between its two files. */
#ifndef PTYPE_DIRTY_INT_H
#define PTYPE_DIRTY_INT_H

#include <hv/dirty.h>

#include "ptype_int.h"

#define LEAF_PAGES (PAGE_SIZE * 8)              /* a page of a map has a bit for so many */
#define LEAVES     (PAGE_SIZE / sizeof(void *)) /* and a map so many pages: 64 GiB */

/* So many entries of roots are filled at most: shadow_drop_all() clears them in one step. */
#define FILLED_MAX 1024

struct dirty_root {
    uint64_t *page;
    uint64_t filled[PT_ENTRIES / 64]; /* a bit for each entry that may not be 0 */
};

struct dirty_log {
    struct spinlock lock;   /* all of it */
    uint64_t *live[LEAVES]; /* the map by pfn, of pages */
    unsigned leaves;        /* so many */
    /* a copy of the one that is being reported: reports come one at a time */
    uint64_t taken[PAGE_SIZE / sizeof(uint64_t)];
    unsigned reported;      /* so many of this report */
    uint32_t faults, dirty; /* since the last CLEAN */
    /* shadow.c: page s of the pool is the shadow of table key[s]; 0: free */
    uint64_t *key;
    mfn_t pool;
    unsigned order;
    struct dirty_root root[HV_MAX_VCPUS][2]; /* kernel's, user's */
    unsigned filled;                         /* bits in all of them */
};

void dirty_set(struct domain *d, mfn_t mfn) REQUIRES(d->dirty->lock);
void shadow_drop_all(struct domain *d) REQUIRES(d->dirty->lock);
/* -XEN_ENOMEM, -XEN_ERESTART; what is there already stays. */
int shadow_start(struct domain *d);
void shadow_stop(struct domain *d) REQUIRES(d->pt_lock);

#endif
