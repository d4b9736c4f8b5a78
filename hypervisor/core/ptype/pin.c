/* SPDX-License-Identifier: BSD-2-Clause */
/* Pins: the guest's own hold on a table's type; and the end of all tables of a domain. */
#include <hv/dirty.h>

#include "ptype_int.h"

static int pin_locked(struct domain *d, mfn_t mfn, enum ptype level) REQUIRES(d->pt_lock)
{
    struct frame *f;

    if (d->dying)
        return refuse(XEN_EINVAL);
    int rc = ptype_table_ref(d, mfn, level, &f);
    if (rc)
        return rc;
    if (atomic_load_explicit(&f->type, memory_order_relaxed) & PTYPE_PINNED) {
        ptype_table_unref(d, f);
        return refuse(XEN_EINVAL);
    }
    atomic_fetch_or_explicit(&f->type, PTYPE_PINNED, memory_order_relaxed);
    dirty_frame(d, f);
    return 0;
}

int ptype_pin(struct domain *d, mfn_t mfn, enum ptype level)
{
    int rc = pt_begin(d);
    if (rc)
        return rc;
    rc = pin_locked(d, mfn, level);
    pt_end(d);
    return rc;
}

/* f is any frame; false: no pinned table of d. */
static bool unpin_locked(struct domain *d, struct frame *f) REQUIRES(d->pt_lock)
{
    const uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    if (!ptype_is_table(t, d) || !(t & PTYPE_PINNED))
        return false;
    atomic_fetch_and_explicit(&f->type, ~PTYPE_PINNED, memory_order_relaxed);
    dirty_frame(d, f);
    ptype_table_unref(d, f);
    return true;
}

int ptype_unpin(struct domain *d, mfn_t mfn)
{
    int rc = pt_begin(d);
    if (rc)
        return rc;
    if (!unpin_locked(d, frame_find(mfn)))
        rc = refuse(XEN_EINVAL);
    pt_end(d); /* what is left over is done first by the next operation */
    return rc;
}

/* Lets go of one frame's own hold on its type: its pin, or a validation that was never finished. */
static void release_type(struct domain *d, struct frame *f) REQUIRES(d->pt_lock)
{
    budget_draw(BUDGET_ENTRY);
    if (!frame_get_named(f, d)) /* gone meanwhile: somebody else's mapping was the last */
        return;
    const uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    if (!unpin_locked(d, f) && t & PTYPE_PARTIAL)
        ptype_defer_undo(d, f, t, (t & PTYPE_STAMP_MASK) >> PTYPE_STAMP_SHIFT);
    frame_put(f);
}

int ptype_relinquish(struct domain *d)
{
    struct frame *f;
    bool left;

    do {
        left = pt_begin(d);
        if (!left) {
            while (!budget_spent() && (f = frame_next(d, &d->region_cursor)))
                release_type(d, f);
            left = pt_end(d) || d->region_cursor < frame_end;
        }
        if (left && budget_look())
            return -XEN_ERESTART;
    } while (left);
    d->region_cursor = 0; /* frame_relinquish goes the same way */
    return 0;
}
