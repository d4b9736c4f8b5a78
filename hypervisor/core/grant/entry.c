/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place that reads and writes shared grant entries.
 *
 * The granter may change an entry at any time, but must not while GTF_reading or GTF_writing is
 * set; the hypervisor sets these with a compare-and-swap over flags and domid together, and only
 * then reads the frame, once.  From there on the active entry counts, whatever the guest writes.
 */
#include <hv/dirty.h>

#include "table.h"

/* Flags and domid of a shared entry as one word. */
typedef uint32_t __attribute__((may_alias)) entry_head_t;
STATIC_CHECK(offsetof(grant_entry_v1_t, domid) == 2 && offsetof(grant_entry_v1_t, frame) == 4,
             "flags and domid share an aligned word");

#define HEAD_TRIES 5 /* a granter that keeps changing the entry is refused, not waited for */

/* Sets GTF_reading, and GTF_writing if `write`; an entry not yet pinned must grant access to `by`.
 */
static int head_claim(grant_entry_v1_t *s, domid_t by, bool write, bool pinned)
{
    entry_head_t *head = (entry_head_t *)s;
    uint32_t old = shared_load(head);

    for (unsigned i = 0; i < HEAD_TRIES; i++) {
        if (!pinned && ((old & GTF_type_mask) != GTF_permit_access || old >> 16 != by))
            return GNTST_general_error;
        if (write && (old & GTF_readonly))
            return GNTST_general_error;
        uint32_t val = old | GTF_reading | (write ? GTF_writing : 0);
        if (likely(shared_cas(head, &old, val)))
            return GNTST_okay;
    }
    return GNTST_general_error;
}

static void head_clear(grant_entry_v1_t *s, uint32_t flags)
{
    shared_fetch_and((entry_head_t *)s, ~flags);
}

/* An entry that is pinned: by the same domain only, and for writing only if its head says so. */
static __attribute__((noinline)) int pin_again(grant_entry_v1_t *s, struct active *a, domid_t by,
                                               uint32_t pins)
{
    const bool write = pins & PIN_WRITERS;

    if (a->by != by || (a->pin & PIN_FULL(pins)))
        return GNTST_general_error;
    if (write && !(a->pin & PIN_WRITERS) && head_claim(s, by, write, true))
        return GNTST_general_error;
    a->pin += pins;
    return GNTST_okay;
}

static inline int pin_locked(struct domain *rd, struct grant_domain *g, grant_ref_t ref, domid_t by,
                             uint32_t pins, struct frame **out) REQUIRES(g->lock)
{
    if (unlikely(ref >= g->entries))
        return GNTST_bad_gntref;
    ref = (grant_ref_t)index_nospec(ref, g->entries);
    struct active *a = active_of(g, ref);
    grant_entry_v1_t *s = shared_of(g, ref);
    if (unlikely(a->pin)) {
        int rc = pin_again(s, a, by, pins);
        *out = a->frame;
        return rc;
    }
    int rc = head_claim(s, by, pins & PIN_WRITERS, false);
    if (unlikely(rc))
        return rc;
    /* The frame number is read once, after the claim. */
    uint32_t mfn = shared_load((const entry_head_t *)&s->frame);
    struct frame *f = frame_get_mfn(MFN(mfn), rd);
    if (unlikely(!f)) {
        head_clear(s, GTF_reading | GTF_writing);
        return GNTST_bad_page;
    }
    a->frame = f;
    a->by = by;
    a->pin = pins;
    *out = f;
    return GNTST_okay;
}

int entry_pin(struct domain *rd, grant_ref_t ref, domid_t by, uint32_t pins, struct frame **out)
{
    struct grant_domain *g = rd->grant;

    lock(&g->lock);
    int rc = pin_locked(rd, g, ref, by, pins, out);
    unlock(&g->lock);
    return rc;
}

void entry_unpin(struct domain *rd, grant_ref_t ref, uint32_t pins)
{
    struct grant_domain *g = rd->grant;
    struct frame *f = NULL;

    lock(&g->lock);
    struct active *a = active_of(g, ref);
    const uint32_t before = a->pin, after = before - pins;
    CHECK(before && !(after & PIN_FULL(pins)));
    if (pins & PIN_WRITERS)
        dirty_frame(rd, a->frame);
    a->pin = after;
    if (likely(!after)) {
        head_clear(shared_of(g, ref),
                   before & PIN_WRITERS ? GTF_reading | GTF_writing : GTF_reading);
        f = a->frame;
        a->frame = NULL;
    } else if (before & PIN_WRITERS && !(after & PIN_WRITERS)) {
        head_clear(shared_of(g, ref), GTF_writing);
    }
    unlock(&g->lock);
    if (f)
        frame_put(f);
}

/* GNTTABOP_swap_grant_ref: the shared contents change places; neither may be in use. */
int entry_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
    struct grant_domain *g = d->grant;
    int rc = GNTST_okay;

    lock(&g->lock);
    if (a >= g->entries || b >= g->entries) {
        rc = GNTST_bad_gntref;
    } else if (a != b) {
        a = (grant_ref_t)index_nospec(a, g->entries);
        b = (grant_ref_t)index_nospec(b, g->entries);
        grant_entry_v1_t *sa = shared_of(g, a), *sb = shared_of(g, b), keep = *sa;
        if (active_of(g, a)->pin || active_of(g, b)->pin) {
            rc = GNTST_eagain;
        } else {
            *sa = *sb;
            *sb = keep;
        }
    }
    unlock(&g->lock);
    return rc;
}
