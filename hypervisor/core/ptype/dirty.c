/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of written pages: its maps, and what tools ask of them. */
#include "dirty_int.h"
#include "ptype_int.h"

void dirty_set(struct domain *d, mfn_t mfn)
{
    struct dirty_log *l = d->dirty;
    const struct frame *f = frame_find(mfn);

    if (!f || frame_owner_id(f) != d->id)
        return;
    const uint64_t pfn = arch_m2p_get(mfn);
    if (pfn >= (uint64_t)l->leaves * LEAF_PAGES)
        return;
    uint64_t *leaf = l->live[index_nospec(pfn / LEAF_PAGES, LEAVES)];
    if (!bit_test(leaf, pfn % LEAF_PAGES)) {
        bit_set(leaf, pfn % LEAF_PAGES);
        l->dirty++;
    }
}

void dirty_mark(struct domain *d, mfn_t mfn)
{
    lock(&d->dirty->lock);
    if (d->logging)
        dirty_set(d, mfn);
    unlock(&d->dirty->lock);
}

static int make_maps(struct domain *d, struct dirty_log *l)
{
    const uint64_t said = __atomic_load_n(&d->shared_info->arch.max_pfn, __ATOMIC_RELAXED);
    const uint64_t most = max(min(said, LEAVES * LEAF_PAGES), d->tot_pages);

    if (most > LEAVES * LEAF_PAGES)
        return -XEN_ENOMEM;
    if (!l->live && !(l->live = hv_alloc_pages(0)))
        return -XEN_ENOMEM;
    if (!l->taken && !(l->taken = hv_alloc_pages(0)))
        return -XEN_ENOMEM;
    for (unsigned i = l->leaves; (uint64_t)i * LEAF_PAGES < most; l->leaves = ++i) {
        if (budget_spent())
            return -XEN_ERESTART;
        if ((!l->live[i] && !(l->live[i] = hv_alloc_pages(0))) ||
            (!l->taken[i] && !(l->taken[i] = hv_alloc_pages(0))))
            return -XEN_ENOMEM;
        budget_draw(2 * BUDGET_PAGE);
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
        lock_init(&d->dirty->lock);
        d->dirty->pool = MFN_INVALID;
    }
    int rc = make_maps(d, d->dirty);
    if (!rc)
        rc = shadow_start(d);
    if (rc && rc != -XEN_ERESTART)
        dirty_stop(d);
    return rc;
}

static void free_map(uint64_t **map)
{
    for (unsigned i = 0; map && i < LEAVES; i++)
        hv_free_pages(map[i], 0);
    hv_free_pages(map, 0);
}

void dirty_stop(struct domain *d)
{
    struct dirty_log *l = d->dirty;

    if (!l)
        return;
    lock(&d->pt_lock);
    lock(&l->lock); /* whoever comes by a grant sees that it is over */
    shadow_stop(d);
    free_map(l->live);
    free_map(l->taken);
    l->live = l->taken = NULL;
    l->leaves = l->reported = l->faults = l->dirty = 0;
    l->taking = false;
    budget_draw(LEAVES / BUDGET_WORDS);
    unlock(&l->lock);
    unlock(&d->pt_lock);
}

void dirty_free(struct domain *d)
{
    dirty_stop(d);
    hv_free(d->dirty);
}

/* What the hypervisor writes at any time is dirty in each report. */
static void begin_report(struct domain *d, bool clean)
{
    struct dirty_log *l = d->dirty;
    const struct vcpu *v;

    lock(&l->lock);
    for_each_vcpu(d, v) dirty_set(d, v->info_mfn);
    if (clean) {
        uint64_t **map = l->live;

        shadow_drop_all(d);
        l->live = l->taken;
        l->taken = map;
    }
    l->taking = true;
    unlock(&l->lock);
}

int dirty_report(struct domain *d, bool clean, uint64_t bitmap, uint64_t *pages,
                 struct xen_domctl_shadow_op_stats *stats)
{
    struct dirty_log *l = d->dirty;

    if (!d->logging)
        return refuse(XEN_EINVAL);
    if (!l->taking)
        begin_report(d, clean);
    *pages = min(*pages, (uint64_t)l->leaves * LEAF_PAGES);
    for (; (uint64_t)l->reported * LEAF_PAGES < *pages; l->reported++) {
        uint64_t *leaf = (clean ? l->taken : l->live)[l->reported];
        const uint64_t left = *pages - (uint64_t)l->reported * LEAF_PAGES;

        if (budget_spent())
            return -XEN_ERESTART;
        if (bitmap && guest_write(bitmap + l->reported * PAGE_SIZE, leaf,
                                  min(left, LEAF_PAGES) / 8 + (left < LEAF_PAGES && left % 8)))
            return refuse(XEN_EFAULT);
        if (clean)
            memset(leaf, 0, PAGE_SIZE);
        budget_draw(2 * BUDGET_PAGE);
    }
    l->taking = false;
    l->reported = 0;
    *stats = (struct xen_domctl_shadow_op_stats){.fault_count = l->faults, .dirty_count = l->dirty};
    if (clean)
        l->faults = l->dirty = 0;
    return 0;
}
