/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place that reads and writes shared grant entries of version 2: whole pages, parts of
 * pages, and transitive ones, which let another use what a third domain granted to this one.
 *
 * What the hypervisor says of an entry is in its status word, apart from what the granter writes.  A
 * granter that ends access clears the flags and then looks at the status; so the status is set
 * first, by an atomic operation, which orders memory, and what the entry says then is what counts.
 * Of it each word is read once.  From there on the active entry counts, as in version 1.
 *
 * A transitive entry is followed once, to a page or a part of one, and only to copy.  Its pins hold
 * no frame, hence end with the operation (D-1); those of the entry it leads to hold that one's.  The
 * two tables' locks are taken one after the other.
 */
#include <hv/dirty.h>

#include "table.h"

/* An entry as it is read, in words; GRANT_* says where. */
typedef uint32_t __attribute__((may_alias)) word32_t;
typedef uint64_t __attribute__((may_alias)) word64_t;
STATIC_CHECK(sizeof(grant_entry_v2_t) == 16 && offsetof(grant_entry_v2_t, full_page.frame) == 8 &&
                 offsetof(grant_entry_v2_t, sub_page.page_off) == 4 &&
                 offsetof(grant_entry_v2_t, sub_page.length) == 6 &&
                 offsetof(grant_entry_v2_t, transitive.trans_domid) == 4 &&
                 offsetof(grant_entry_v2_t, transitive.gref) == 8,
             "flags and domid, then what or whose part, then which frame or reference");

/* May `by` use an entry with this head so?  Only copies use what is no whole page. */
static bool allows(uint32_t head, domid_t by, bool write, bool copy)
{
    const uint32_t type = head & GTF_type_mask;

    if (head >> 16 != by || (write && head & GTF_readonly))
        return false;
    return type == GTF_permit_access ? copy || !(head & GTF_sub_page)
                                     : type == GTF_transitive && copy;
}

/* Sets the status while the entry allows the use; *head: what it says with the status set. */
static bool status_claim(const grant_entry_v2_t *s, grant_status_t *status, domid_t by, bool write,
                         bool copy, uint32_t *head)
{
    const grant_status_t set = write ? USE_FLAGS : GTF_reading;

    if (!allows(shared_load((const word32_t *)s), by, write, copy))
        return false;
    grant_status_t old = shared_fetch_or(status, set);
    *head = shared_load((const word32_t *)s);
    if (allows(*head, by, write, copy))
        return true;
    shared_fetch_and(status, (grant_status_t) ~(set & ~old));
    return false;
}

/* What the entry says of its frame, read once. */
static int pin_first(struct domain *rd, const grant_entry_v2_t *s, uint32_t head,
                     struct active_v2 *e)
{
    const uint32_t part = shared_load((const word32_t *)s + 1);
    const uint64_t what = shared_load((const word64_t *)s + 1);

    if ((head & GTF_type_mask) == GTF_transitive) {
        e->kind = KIND_TRANSITIVE;
        e->dom = (domid_t)part;
        e->ref = (grant_ref_t)what;
        return GNTST_okay;
    }
    e->kind = head & GTF_sub_page ? KIND_PART : KIND_PAGE;
    e->start = (uint16_t)part;
    e->length = (uint16_t)(part >> 16);
    e->a.frame = frame_get_mfn(MFN(what), rd);
    return e->a.frame ? GNTST_okay : GNTST_bad_page;
}

/* What is not pinned says nothing, whatever version its slots are looked at as. */
static void forget(struct active_v2 *e)
{
    *e = (struct active_v2){0};
}

/* *found: the entry as it was pinned, of any kind; NULL: whole pages only. */
static int pin(struct domain *rd, struct grant_domain *g, grant_ref_t ref, domid_t by,
               uint32_t pins, struct active_v2 *found) REQUIRES(g->lock)
{
    const bool write = pins & PIN_WRITERS;
    uint32_t head;

    if (ref >= g->entries_v2)
        return GNTST_bad_gntref;
    ref = (grant_ref_t)index_nospec(ref, g->entries_v2);
    struct active_v2 *e = active_v2_of(g, ref);
    const uint32_t before = e->a.pin;
    if (before && (e->a.by != by || before & PIN_FULL(pins) || (e->kind != KIND_PAGE && !found)))
        return GNTST_general_error;
    if (!before || (write && !(before & PIN_WRITERS))) {
        grant_status_t *status = status_of(g, ref);
        if (!status_claim(shared_v2_of(g, ref), status, by, write, found, &head))
            return GNTST_general_error;
        int rc = before ? GNTST_okay : pin_first(rd, shared_v2_of(g, ref), head, e);
        if (rc) {
            shared_fetch_and(status, (grant_status_t)~USE_FLAGS);
            forget(e);
            return rc;
        }
    }
    e->a.by = by;
    e->a.pin += pins;
    if (found)
        *found = *e;
    return GNTST_okay;
}

int entry_v2_pin(struct domain *rd, struct grant_domain *g, grant_ref_t ref, domid_t by,
                 uint32_t pins, struct frame **out)
{
    int rc = pin(rd, g, ref, by, pins, NULL);

    if (!rc)
        *out = active_v2_of(g, ref)->a.frame;
    unlock(&g->lock);
    return rc;
}

void entry_v2_unpin(struct domain *rd, struct grant_domain *g, grant_ref_t ref, uint32_t pins)
{
    struct active_v2 *e = active_v2_of(g, ref);
    struct frame *f = e->a.frame;
    const uint32_t before = e->a.pin, after = before - pins;

    CHECK(before && !(after & PIN_FULL(pins)));
    if (pins & PIN_WRITERS && f)
        dirty_frame(rd, f);
    e->a.pin = after;
    if (!after)
        forget(e);
    if (before & PIN_WRITERS && !(after & PIN_WRITERS))
        shared_fetch_and(status_of(g, ref), (grant_status_t)~GTF_writing);
    if (!after)
        shared_fetch_and(status_of(g, ref), (grant_status_t)~GTF_reading);
    unlock(&g->lock);
    if (!after && f)
        frame_put(f);
}

int entry_v2_swap(struct grant_domain *g, grant_ref_t a, grant_ref_t b)
{
    if (a >= g->entries_v2 || b >= g->entries_v2)
        return GNTST_bad_gntref;
    if (a == b)
        return GNTST_okay;
    a = (grant_ref_t)index_nospec(a, g->entries_v2);
    b = (grant_ref_t)index_nospec(b, g->entries_v2);
    if (active_v2_of(g, a)->a.pin || active_v2_of(g, b)->a.pin)
        return GNTST_eagain;
    grant_entry_v2_t *sa = shared_v2_of(g, a), *sb = shared_v2_of(g, b), keep = *sa;
    grant_status_t *ta = status_of(g, a), *tb = status_of(g, b), status = *ta;
    *sa = *sb;
    *sb = keep;
    *ta = *tb;
    *tb = status;
    return GNTST_okay;
}

/* An entry of either version as a copy may use it; *e: as it was pinned. */
static int pin_any(struct domain *rd, grant_ref_t ref, domid_t by, uint32_t pins, struct reach *r,
                   struct active_v2 *e)
{
    struct grant_domain *g = rd->grant;

    lock(&g->lock);
    const bool v1 = g->entries;
    int rc = v1 ? GNTST_okay : pin(rd, g, ref, by, pins, e);
    unlock(&g->lock);
    if (v1) {
        e->kind = KIND_PAGE; /* also if it has become version 2 just now */
        rc = entry_pin(rd, ref, by, pins, &e->a.frame);
    }
    if (rc)
        return rc;
    *r = (struct reach){.frame = e->a.frame, .end = PAGE_SIZE, .owner = rd, .ref = ref};
    if (e->kind == KIND_PART) {
        r->start = e->start;
        r->end = (uint32_t)e->start + e->length;
    }
    return GNTST_okay;
}

int reach_pin(struct domain *rd, grant_ref_t ref, domid_t by, uint32_t pins, struct reach *r)
{
    NOT_ZEROED struct active_v2 e, next;
    int rc = pin_any(rd, ref, by, pins, r, &e);

    if (rc || e.kind != KIND_TRANSITIVE)
        return rc;
    struct domain *to = domain_find(e.dom);
    if (!to || to == rd || !to->grant)
        rc = GNTST_general_error;
    else
        rc = pin_any(to, e.ref, rd->id, pins, r, &next);
    if (!rc && next.kind == KIND_TRANSITIVE) { /* one step, no chains */
        entry_unpin(to, e.ref, pins);
        rc = GNTST_general_error;
    }
    if (rc)
        entry_unpin(rd, ref, pins);
    return rc;
}

void reach_unpin(struct domain *rd, grant_ref_t ref, uint32_t pins, const struct reach *r)
{
    if (r->owner != rd)
        entry_unpin(r->owner, r->ref, pins);
    entry_unpin(rd, ref, pins);
}
