/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place that reads and writes shared grant entries of version 1 (v2.c: of version 2).
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

#define HEAD_DOMID 0xFFFF0000u
#define HEAD_TRIES 5 /* a granter that keeps changing the entry is refused, not waited for */

/* Sets GTF_reading, and GTF_writing to write; bits of `mask` must be as in `must`, and for writing
 * GTF_readonly clear. */
static inline int head_claim(grant_entry_v1_t *s, uint32_t mask, uint32_t must, bool write)
{
    entry_head_t *head = (entry_head_t *)s;
    const uint32_t set = GTF_reading | (write ? GTF_writing : 0);
    uint32_t old = shared_load(head);

    mask |= write ? GTF_readonly : 0;
    for (unsigned i = 0; i < HEAD_TRIES; i++) {
        if (unlikely((old ^ must) & mask))
            return GNTST_general_error;
        if (likely(shared_cas(head, &old, old | set)))
            return GNTST_okay;
    }
    return GNTST_general_error;
}

static void head_clear(grant_entry_v1_t *s, uint32_t flags)
{
    shared_fetch_and((entry_head_t *)s, ~flags);
}

/* An entry that is pinned: by the same domain only, and for writing only if its head says so.  Lets go
 * of the lock, so that entry_pin keeps nothing in registers for what is rare. */
static __attribute__((noinline)) int pin_again(struct grant_domain *g, grant_ref_t ref, domid_t by,
                                               uint32_t pins, struct frame **out) RELEASE(g->lock)
{
    struct active *a = active_of(g, ref);
    const bool write = pins & PIN_WRITERS;
    int rc = GNTST_okay;

    if (a->by != by || (a->pin & PIN_FULL(pins)) ||
        (write && !(a->pin & PIN_WRITERS) && head_claim(shared_of(g, ref), 0, 0, write)))
        rc = GNTST_general_error;
    else
        a->pin += pins;
    *out = a->frame;
    unlock(&g->lock);
    return rc;
}

/* The first pin of an entry. */
static inline int pin_first(struct domain *rd, grant_entry_v1_t *s, struct active *a, domid_t by,
                            uint32_t pins, struct frame **out)
{
    int rc = head_claim(s, HEAD_DOMID | GTF_type_mask, (uint32_t)by << 16 | GTF_permit_access,
                        pins & PIN_WRITERS);

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
    if (unlikely(ref >= g->entries))
        return entry_v2_pin(rd, g, ref, by, pins, out);
    ref = (grant_ref_t)index_nospec(ref, g->entries);
    struct active *a = active_of(g, ref);
    if (unlikely(a->pin))
        return pin_again(g, ref, by, pins, out);
    int rc = pin_first(rd, shared_of(g, ref), a, by, pins, out);
    unlock(&g->lock);
    return rc;
}

/* The last pin of an entry goes; so does the lock. */
static inline void unpin_last(struct grant_domain *g, grant_ref_t ref) RELEASE(g->lock)
{
    struct active *a = active_of(g, ref);
    struct frame *f = a->frame;

    head_clear(shared_of(g, ref), a->pin & PIN_WRITERS ? GTF_reading | GTF_writing : GTF_reading);
    a->pin = 0;
    a->frame = NULL;
    unlock(&g->lock);
    frame_put(f);
}

/* Other pins stay, or writes are logged; or the count is wrong. */
static __attribute__((noinline)) void unpin_rare(struct domain *rd, struct grant_domain *g,
                                                 grant_ref_t ref, uint32_t pins) RELEASE(g->lock)
{
    struct active *a = active_of(g, ref);
    const uint32_t before = a->pin, after = before - pins;

    CHECK(before && !(after & PIN_FULL(pins)));
    if (pins & PIN_WRITERS)
        dirty_frame(rd, a->frame);
    if (!after)
        return unpin_last(g, ref);
    if (before & PIN_WRITERS && !(after & PIN_WRITERS))
        head_clear(shared_of(g, ref), GTF_writing);
    a->pin = after;
    unlock(&g->lock);
}

void entry_unpin(struct domain *rd, grant_ref_t ref, uint32_t pins)
{
    struct grant_domain *g = rd->grant;

    lock(&g->lock);
    if (unlikely(!g->entries))
        return entry_v2_unpin(rd, g, ref, pins);
    if (likely(active_of(g, ref)->pin == pins && !rd->logging))
        unpin_last(g, ref);
    else
        unpin_rare(rd, g, ref, pins);
}

/* GNTTABOP_swap_grant_ref: the shared contents change places; neither may be in use. */
int entry_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
    struct grant_domain *g = d->grant;
    int rc = GNTST_okay;

    lock(&g->lock);
    if (!g->entries) {
        rc = entry_v2_swap(g, a, b);
    } else if (a >= g->entries || b >= g->entries) {
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
