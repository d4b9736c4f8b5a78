/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of written pages: its map, and what tools ask of them. */
#include "dirty_int.h"
#include "ptype_int.h"

void dirty_set(struct domain *d, mfn_t mfn)
{
    struct dirty_log *l = d->dirty;

    if (frame_owner_id(frame_find(mfn)) != d->id) /* no RAM of d: it may have no entry */
        return;
    const uint64_t pfn = arch_m2p_get(mfn).n;
    if (pfn >= (uint64_t)l->leaves * LEAF_PAGES)
        return;
    uint64_t *leaf = l->live[index_nospec(pfn / LEAF_PAGES, LEAVES)];
    if (!bit_test(leaf, pfn % LEAF_PAGES)) {
        bit_set(leaf, pfn % LEAF_PAGES);
        l->dirty++;
    }
}

void dirty_frames(struct domain *d, mfn_t mfn, unsigned order)
{
    budget_draw((1 << order) / BUDGET_WORDS);
    lock(&d->dirty->lock);
    for (uint64_t i = 0; d->logging && i < 1UL << order; i++)
        dirty_set(d, MFN(mfn.n + i));
    unlock(&d->dirty->lock);
}

void dirty_mark(struct domain *d, mfn_t mfn)
{
    dirty_frames(d, mfn, 0);
}

static int make_map(struct domain *d, struct dirty_log *l)
{
    const uint64_t said = shared_load(&d->shared_info->arch.max_pfn);
    const uint64_t most = max(min(said, LEAVES * LEAF_PAGES), d->tot_pages);

    if (most > LEAVES * LEAF_PAGES)
        return -XEN_ENOMEM;
    for (; (uint64_t)l->leaves * LEAF_PAGES < most; l->leaves++) {
        if (budget_spent())
            return -XEN_ERESTART;
        if (!(l->live[l->leaves] = hv_alloc_pages(0)))
            return -XEN_ENOMEM;
        budget_draw(BUDGET_PAGE);
    }
    return 0;
}

int dirty_start(struct domain *d)
{
    if (d->logging)
        return refuse(XEN_EINVAL);
    if (!d->dirty) {
        d->dirty = hv_alloc(sizeof(*d->dirty));
        if (!d->dirty)
            return -XEN_ENOMEM;
        lock_init(&d->dirty->lock, LOCK_DIRTY);
        d->dirty->pool = MFN_INVALID;
    }
    int rc = make_map(d, d->dirty);
    if (!rc)
        rc = shadow_start(d);
    if (rc && rc != -XEN_ERESTART)
        dirty_stop(d);
    return rc;
}

void dirty_stop(struct domain *d)
{
    struct dirty_log *l = d->dirty;

    if (!l)
        return;
    lock(&d->pt_lock);
    lock(&d->dirty->lock);
    d->logging = 0; /* whoever comes by a grant from now on sees that it is over */
    unlock(&d->dirty->lock);
    shadow_stop(d);
    budget_draw((int)l->leaves * BUDGET_FREE);
    while (l->leaves)
        hv_free_pages(l->live[--l->leaves], 0);
    l->reported = l->faults = l->dirty = 0;
    unlock(&d->pt_lock);
}

void dirty_free(struct domain *d)
{
    dirty_stop(d);
    hv_free(d->dirty);
}

/* Copies leaf i; `clean`: its pages are written to no more until they are in it again. */
static void take_leaf(struct domain *d, unsigned i, bool clean)
{
    struct dirty_log *l = d->dirty;
    const struct vcpu *v;

    lock(&d->dirty->lock);
    if (!i) /* what the hypervisor writes at any time is dirty in each report */
        for_each_vcpu(d, v) dirty_set(d, v->info_mfn);
    if (clean)
        shadow_drop_all(d);
    memcpy(l->taken, l->live[i], PAGE_SIZE);
    if (clean)
        memset(l->live[i], 0, PAGE_SIZE);
    unlock(&d->dirty->lock);
    budget_draw(2 * BUDGET_PAGE);
}

int dirty_report(struct domain *d, bool clean, gva_t bitmap, uint64_t *pages,
                 struct xen_domctl_shadow_op_stats *stats)
{
    struct dirty_log *l = d->dirty;

    if (!d->logging)
        return refuse(XEN_EINVAL);
    *pages = min(*pages, (uint64_t)l->leaves * LEAF_PAGES);
    for (; (uint64_t)l->reported * LEAF_PAGES < *pages; l->reported++) {
        const uint64_t left = *pages - (uint64_t)l->reported * LEAF_PAGES;

        if (budget_spent())
            return -XEN_ERESTART;
        take_leaf(d, l->reported, clean);
        if (bitmap.a && guest_write(gva_add(bitmap, l->reported * PAGE_SIZE), l->taken,
                                    (min(left, LEAF_PAGES) + 7) / 8)) {
            l->reported = 0;
            return refuse(XEN_EFAULT);
        }
    }
    l->reported = 0;
    *stats = (struct xen_domctl_shadow_op_stats){.fault_count = l->faults, .dirty_count = l->dirty};
    if (clean)
        l->faults = l->dirty = 0;
    return 0;
}
