/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of written pages, between its two files. */
#ifndef PTYPE_DIRTY_INT_H
#define PTYPE_DIRTY_INT_H

#include <hv/dirty.h>

#define LEAF_PAGES (PAGE_SIZE * 8)              /* a page of a map has a bit for so many */
#define LEAVES     (PAGE_SIZE / sizeof(void *)) /* and a map so many pages: 64 GiB */

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
    uint64_t *root[HV_MAX_VCPUS][2]; /* kernel's, user's */
};

void dirty_set(struct domain *d, mfn_t mfn) REQUIRES(d->dirty->lock);
void shadow_drop_all(struct domain *d) REQUIRES(d->dirty->lock);
/* -XEN_ENOMEM, -XEN_ERESTART; what is there already stays. */
int shadow_start(struct domain *d);
void shadow_stop(struct domain *d) REQUIRES(d->pt_lock);

#endif
