/* SPDX-License-Identifier: BSD-2-Clause */
/* The size of a grant table, its frames, and the room's life cycle. */
#include "table.h"

int grant_domain_init(struct domain *d)
{
    const unsigned max_frames = d->max_grant_frames, max_maptrack_frames = d->max_maptrack_frames;

    if (!max_frames || max_frames > FRAMES_LIMIT || max_maptrack_frames > FRAMES_LIMIT)
        return refuse(XEN_EINVAL);
    struct grant_domain *g = hv_alloc(sizeof(*g));
    if (!g)
        return -XEN_ENOMEM;
    lock_init(&g->lock, LOCK_GRANT);
    lock_init(&g->map_lock, LOCK_MAPTRACK);
    g->version = 1;
    g->max_frames = max_frames;
    g->shared = hv_alloc(max_frames * sizeof(*g->shared));
    g->active = hv_alloc(max_frames * sizeof(*g->active));
    g->status = hv_alloc(STATUS_FRAMES(max_frames) * sizeof(*g->status));
    d->grant = g;
    if (!g->shared || !g->active || !g->status || maptrack_init(g, max_maptrack_frames) ||
        table_grow(d, 1)) {
        while (grant_domain_free(d)) /* a frame at most */
            ;
        return -XEN_ENOMEM;
    }
    return 0;
}

static void free_shared(struct domain *d, void *page)
{
    mfn_t mfn = arch_ptr_mfn(page);

    CHECK(frame_unshare(d, mfn) == 0);
    frame_free(mfn, 0);
}

int grant_domain_free(struct domain *d)
{
    struct grant_domain *g = d->grant;

    if (!g)
        return 0;
    while (g->frames) {
        if (budget_look())
            return -XEN_ERESTART;
        budget_draw(BUDGET_OP);
        g->frames--;
        free_shared(d, g->shared[g->frames]);
        hv_free_pages(g->active[g->frames], ACTIVE_ORDER);
        if (g->status_frames) /* there are fewer */
            free_shared(d, g->status[--g->status_frames]);
    }
    if (maptrack_free(g))
        return -XEN_ERESTART;
    hv_free(g->shared);
    hv_free(g->active);
    hv_free(g->status);
    hv_free(g);
    d->grant = NULL;
    return 0;
}

/* Adds one frame of empty entries. */
static int add_frame(struct domain *d, struct grant_domain *g) REQUIRES(g->lock)
{
    int rc = g->version == 2 ? status_grow(d, g, g->frames + 1) : 0;
    if (rc)
        return rc;
    struct active *active = hv_alloc_pages(ACTIVE_ORDER);
    mfn_t mfn = active ? frame_alloc(0, ALLOC_ZERO) : MFN_INVALID;

    if (mfn_eq(mfn, MFN_INVALID)) {
        hv_free_pages(active, ACTIVE_ORDER);
        return refuse(XEN_ENOMEM);
    }
    frame_share(d, mfn);
    g->active[g->frames] = active;
    g->shared[g->frames] = arch_frame_ptr(mfn);
    if (g->usable == g->frames++) /* else the version is changing, which comes to it later */
        table_use(g);
    return 0;
}

int table_grow(struct domain *d, unsigned n)
{
    struct grant_domain *g = d->grant;
    int rc = 0;

    if (n > g->max_frames)
        return refuse(XEN_EINVAL);
    lock(&g->lock);
    while (!rc && g->frames < n) {
        rc = d->dying ? refuse(XEN_EINVAL) : add_frame(d, g);
        if (!rc && budget_spent() && g->frames < n)
            rc = -XEN_ERESTART;
    }
    unlock(&g->lock);
    return rc;
}

int grant_frame(struct domain *d, unsigned i, mfn_t *out)
{
    int rc = i < d->grant->max_frames ? table_grow(d, i + 1) : refuse(XEN_EINVAL);

    if (!rc)
        *out = arch_ptr_mfn(d->grant->shared[i]);
    return rc;
}
