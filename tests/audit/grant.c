/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recomputes GR-1, GR-2 and GR-4 (GR-3 is about guest memory, which a hostile guest may spoil at
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

static int audit_entries(const struct domain *d)
{
    int bad = 0;

    for (grant_ref_t ref = 0; ref < d->grant->entries; ref++) {
        const struct active *a = active_of(d->grant, ref);
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
        const struct active *a =
            rd && rd->grant && m->ref < rd->grant->entries ? active_of(rd->grant, m->ref) : NULL;
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
    return audit_entries(d) + audit_handles(d);
}
