/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recomputes GR-1, GR-2, GR-4 and what version the table has (GR-5) (GR-3 is about guest memory, which a hostile guest may spoil at
 * any time).  Nothing else may run meanwhile.
 */
#include "../../hypervisor/core/grant/table.h"
#include "audit.h"

static int broken(const struct domain *d, const char *what, uint32_t n)
{
    log_err("grant audit: d%u %s %u\n", d->id, what, n);
    return 1;
}

/* GR-2: pins by kind that domain `by`'s handles hold on entry `ref` of d. */
static uint32_t recount(const struct domain *d, grant_ref_t ref, const struct domain *by)
{
    uint32_t pins = 0;

    for (grant_handle_t h = 0; h < by->grant->handles; h++) {
        const struct maptrack *m = handle_of(by->grant, h);
        if ((m->flags & MAP_IN_USE) && m->granter == d->id && m->ref == ref)
            pins += handle_pins(m->flags, (m->flags | m->flags >> MAP_LEAVING) & MAP_BOTH);
    }
    return pins;
}

/* The entry's, of either version; NULL: there is no such entry. */
static const struct active *active_at(const struct grant_domain *g, grant_ref_t ref)
{
    if (ref < g->entries)
        return active_of(g, ref);
    return ref < g->entries_v2 ? &active_v2_of(g, ref)->a : NULL;
}

/* GR-5: the entries that can be used are those of one version. */
static int audit_version(const struct domain *d)
{
    const struct grant_domain *g = d->grant;

    if (g->usable < 1 || g->usable > g->frames ||
        g->entries != (g->version == 1 ? g->usable * ENTRIES_PER_FRAME : 0) ||
        g->entries_v2 != (g->version == 2 ? g->usable * ENTRIES_V2 : 0))
        return broken(d, "GR-5: entries are not those of version", g->version);
    for (grant_ref_t slot = 0; slot < g->frames * ENTRIES_PER_FRAME; slot++)
        if (!active_of(g, slot)->pin && active_of(g, slot)->frame)
            return broken(d, "GR-5: something is left in slot", slot);
    if (g->version == 2 && g->status_frames < STATUS_FRAMES(g->frames))
        return broken(d, "GR-5: status frames", g->status_frames);
    return 0;
}

static int audit_entries(const struct domain *d)
{
    const struct active *a;
    int bad = 0;

    for (grant_ref_t ref = 0; (a = active_at(d->grant, ref)); ref++) {
        if (!a->pin) {
            bad += a->frame ? broken(d, "GR-2: unpinned entry holds a frame, ref", ref) : 0;
            continue;
        }
        const struct domain *by = domain_find(a->by);
        if (!by || recount(d, ref, by) != a->pin)
            bad += broken(d, "GR-2: pins are not those of the mappings, ref", ref);
        if (!a->frame || frame_owner_id(a->frame) != d->id ||
            !(atomic_load(&a->frame->ref) & FRAME_REF_MASK))
            bad += broken(d, "GR-1: pinned frame is not the granter's, ref", ref);
    }
    return bad;
}

static int audit_handles(const struct domain *d)
{
    const struct grant_domain *g = d->grant;
    uint32_t live = 0, free = 0;
    int bad = 0;

    for (grant_handle_t h = 0; h < g->handles; h++) {
        const struct maptrack *m = handle_of(g, h);
        if (!m->flags)
            continue;
        live++;
        const struct domain *rd = domain_find(m->granter);
        const struct active *a = rd && rd->grant ? active_at(rd->grant, m->ref) : NULL;
        if (!(m->flags & MAP_IN_USE) || !a || !a->pin || a->by != d->id || a->frame != m->frame)
            bad += broken(d, "GR-1: mapping without a pinned entry, handle", h);
    }
    for (grant_handle_t h = g->free_handle; h != HANDLE_NONE && free <= g->handles; free++) {
        if (h >= g->handles || handle_of(g, h)->flags)
            return bad + broken(d, "GR-4: handle in use is on the free list", h);
        h = handle_of(g, h)->ref;
    }
    return live + free == g->handles ? bad : bad + broken(d, "GR-4: handles lost or twice", live);
}

int grant_audit(const struct domain *d)
{
    return audit_version(d) + audit_entries(d) + audit_handles(d);
}
