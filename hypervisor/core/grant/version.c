/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_set_version.  It is done frame by frame, as a table may be large: first the entries of the
 * last frames cannot be used any more, when none of them is in use; then the reserved entries are
 * translated, and frame after frame is cleared and can be used.  Whoever does not come back on the
 * way has a smaller table until he does, and loses what it offered.
 *
 * Status frames are shared with the guest, which may map them at any time; so they stay with the
 * table, whatever its version, until the domain has ended.
 */
#include "table.h"

int status_grow(struct domain *d, struct grant_domain *g, unsigned n)
{
    const unsigned needed = STATUS_FRAMES(n);

    while (g->status_frames < needed) {
        mfn_t mfn = frame_alloc(0, ALLOC_ZERO);
        if (mfn_eq(mfn, MFN_INVALID))
            return refuse(XEN_ENOMEM);
        frame_share(d, mfn);
        g->status[g->status_frames++] = arch_frame_ptr(mfn);
        if (budget_spent() && g->status_frames < needed)
            return -XEN_ERESTART;
    }
    return 0;
}

void table_use(struct grant_domain *g)
{
    g->usable++;
    if (g->version == 1)
        g->entries += ENTRIES_PER_FRAME;
    else
        g->entries_v2 += ENTRIES_V2;
}

/* The same of a frame that has something of the version before in it. */
static void clear_and_use(struct grant_domain *g) REQUIRES(g->lock)
{
    clear_page(g->shared[g->usable]);
    if (g->version == 2 && !(g->usable % FRAMES_PER_STATUS))
        clear_page(g->status[g->usable / FRAMES_PER_STATUS]);
    budget_draw(2 * BUDGET_PAGE);
    table_use(g);
}

/* Is it in use, and not a reserved whole page, which keeps its use? */
static bool keeps_version(const struct grant_domain *g, grant_ref_t ref) REQUIRES(g->lock)
{
    if (g->version == 1)
        return active_of(g, ref)->pin && ref >= GNTTAB_NR_RESERVED_ENTRIES;
    const struct active_v2 *e = active_v2_of(g, ref);
    return e->a.pin && (ref >= GNTTAB_NR_RESERVED_ENTRIES || e->kind != KIND_PAGE);
}

/* Takes all frames but the first out of use, from the last on, while they are in no use. */
static int retire(struct grant_domain *g) REQUIRES(g->lock)
{
    uint32_t *entries = g->version == 1 ? &g->entries : &g->entries_v2;
    const uint32_t each = g->version == 1 ? ENTRIES_PER_FRAME : ENTRIES_V2;

    for (;;) {
        for (grant_ref_t ref = *entries - each; ref < *entries; ref++) {
            if (keeps_version(g, ref))
                return refuse(XEN_EBUSY);
        }
        budget_draw((int)(ENTRIES_PER_FRAME * sizeof(struct active) / 8 / BUDGET_WORDS));
        if (g->usable == 1)
            return 0;
        *entries -= each;
        g->usable--;
        if (budget_spent())
            return -XEN_ERESTART;
    }
}

/* A reserved entry as version 1 says it, read once; false: it has no words for that. */
static bool translated(const grant_entry_v2_t *s, grant_status_t status, grant_entry_v1_t *out)
{
    const grant_entry_v2_t e = *(const volatile grant_entry_v2_t *)s;
    const uint16_t type = e.hdr.flags & GTF_type_mask;

    *out = (grant_entry_v1_t){(uint16_t)((e.hdr.flags & ~USE_FLAGS) | (status & USE_FLAGS)),
                              e.hdr.domid, (uint32_t)e.full_page.frame};
    if (type == GTF_invalid)
        *out = (grant_entry_v1_t){0};
    return type != GTF_transitive && (type != GTF_permit_access || !(e.hdr.flags & GTF_sub_page)) &&
           (type == GTF_invalid || e.full_page.frame <= UINT32_MAX);
}

/* The first frame, the only one in use, to the other version, with its reserved entries. */
static int translate(struct grant_domain *g) REQUIRES(g->lock)
{
    const bool to_v2 = g->version == 1;
    grant_entry_v1_t kept[GNTTAB_NR_RESERVED_ENTRIES];
    struct active active[GNTTAB_NR_RESERVED_ENTRIES];

    for (grant_ref_t i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++) {
        active[i] = to_v2 ? *active_of(g, i) : active_v2_of(g, i)->a;
        if (to_v2)
            kept[i] = *shared_of(g, i);
        else if (!translated(shared_v2_of(g, i), *status_of(g, i), &kept[i]))
            return refuse(XEN_ERANGE);
    }
    g->version = to_v2 ? 2 : 1;
    g->usable = g->entries = g->entries_v2 = 0;
    clear_and_use(g);
    memset(g->active[0], 0, 2 * sizeof(active));
    for (grant_ref_t i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++) {
        if (to_v2) {
            active_v2_of(g, i)->a = active[i];
            *status_of(g, i) = kept[i].flags & USE_FLAGS;
            *shared_v2_of(g, i) = (grant_entry_v2_t){
                .full_page = {.hdr = {(uint16_t)(kept[i].flags & ~USE_FLAGS), kept[i].domid},
                              .frame = kept[i].frame}};
        } else {
            *active_of(g, i) = active[i];
            *shared_of(g, i) = kept[i];
        }
    }
    return 0;
}

int table_set_version(struct domain *d, unsigned version)
{
    struct grant_domain *g = d->grant;

    lock(&g->lock);
    int rc = version == 2 ? status_grow(d, g, g->frames) : 0;
    if (!rc && version != g->version) {
        rc = retire(g);
        if (!rc)
            rc = translate(g);
        while (rc && rc != -XEN_ERESTART && g->usable < g->frames)
            table_use(g); /* as before: nothing has been cleared */
    }
    while (!rc && g->usable < g->frames) {
        clear_and_use(g);
        if (budget_spent())
            rc = -XEN_ERESTART;
    }
    unlock(&g->lock);
    return rc;
}

int status_frame(struct domain *d, unsigned i, mfn_t *out)
{
    struct grant_domain *g = d->grant;

    lock(&g->lock);
    const unsigned n = g->version == 2 ? STATUS_FRAMES(g->frames) : 0;
    if (i < n)
        *out = arch_ptr_mfn(g->status[index_nospec(i, n)]);
    unlock(&g->lock);
    return i < n ? 0 : refuse(XEN_EINVAL);
}

int grant_status_frame(struct domain *d, unsigned i, mfn_t *out)
{
    const struct grant_domain *g = d->grant;

    if (g->version != 2 || i >= STATUS_FRAMES(g->max_frames))
        return refuse(XEN_EINVAL);
    int rc = table_grow(d, i * FRAMES_PER_STATUS + 1);
    return rc ? rc : status_frame(d, i, out);
}
