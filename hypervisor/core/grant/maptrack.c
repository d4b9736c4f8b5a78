/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles of a domain's grant mappings, and dropping them all when it dies. */
#include "table.h"

int maptrack_init(struct grant_domain *g, unsigned max_frames)
{
    unsigned pages = max_frames * PAGES_PER_MAPTRACK_FRAME;

    g->free_handle = HANDLE_NONE;
    g->max_handles = pages * HANDLES_PER_PAGE;
    g->map = pages ? hv_alloc(pages * sizeof(*g->map)) : NULL;
    return pages && !g->map ? -XEN_ENOMEM : 0;
}

int maptrack_free(struct grant_domain *g)
{
    while (g->handles) {
        if (budget_look())
            return -XEN_ERESTART;
        const uint32_t page = (g->handles - 1) / HANDLES_PER_PAGE;
        g->handles = page * HANDLES_PER_PAGE;
        hv_free_pages(g->map[page], 0);
    }
    hv_free(g->map);
    g->map = NULL;
    return 0;
}

/* Adds a page of free handles, lowest first. */
static bool maptrack_grow(struct grant_domain *g) REQUIRES(g->map_lock)
{
    if (g->handles >= g->max_handles)
        return false;
    struct maptrack *page = hv_alloc_pages(0);
    if (!page)
        return false;
    g->map[g->handles / HANDLES_PER_PAGE] = page;
    for (uint32_t i = 0; i < HANDLES_PER_PAGE; i++)
        page[i].ref = g->handles + i + 1;
    page[HANDLES_PER_PAGE - 1].ref = g->free_handle;
    g->free_handle = g->handles;
    /* unmap looks handles up without the lock */
    shared_store_release(&g->handles, g->handles + HANDLES_PER_PAGE);
    return true;
}

grant_handle_t handle_alloc_grown(struct grant_domain *g, struct maptrack **m)
{
    if (maptrack_grow(g))
        return handle_take(g, m);
    unlock(&g->map_lock);
    return HANDLE_NONE;
}

/* Ends the mapping of a dying domain, none of whose vCPUs runs again.  References of a host mapping
 * belong to the page-table entry and go with the page tables. */
static void release_handle(struct grant_domain *g, grant_handle_t h)
{
    struct maptrack *m = handle_of(g, h);
    struct domain *rd = domain_find(m->granter);

    CHECK(rd && !(m->flags & (MAP_BOTH << MAP_LEAVING)));
    if (m->flags & GNTMAP_device_map)
        mapping_put(m->frame, m->flags & GNTMAP_readonly);
    entry_unpin(rd, m->ref, handle_pins(m->flags, m->flags & MAP_BOTH));
    handle_free(g, h);
}

int grant_domain_release_mappings(struct domain *d)
{
    struct grant_domain *g = d->grant;

    lock(&g->lock); /* a growth of the table that saw d alive is over after this */
    unlock(&g->lock);
    for (; !grant_idle(d) && g->release_cursor < g->handles; g->release_cursor++) {
        if (!(g->release_cursor % HANDLES_PER_PAGE))
            budget_draw((int)(HANDLES_PER_PAGE / BUDGET_WORDS));
        if (budget_look())
            return -XEN_ERESTART;
        if (!handle_of(g, g->release_cursor)->flags)
            continue;
        budget_draw(BUDGET_OP);
        release_handle(g, g->release_cursor);
    }
    g->release_cursor = 0; /* what this pass missed, the next one finds */
    return grant_idle(d) ? 0 : -XEN_ERESTART;
}

bool grant_idle(const struct domain *d)
{
    return !d->grant->in_use;
}
