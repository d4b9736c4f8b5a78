/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame table: the slow ends of references, sharing of hypervisor pages, iteration. */
#include "frame_int.h"

uint64_t frame_end;
unsigned frame_region_shift;
void (*frame_last_gone)(struct domain *d);
void (*frame_given)(struct domain *d, mfn_t mfn, unsigned order);

bool frame_get_named(struct frame *f, const struct domain *d)
{
    uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed);
    do {
        if (((r >> FRAME_OWNER_SHIFT) & 0x7FFF) != d->id || !(r & FRAME_REF_MASK) ||
            (r & FRAME_REF_MASK) >= FRAME_REF_LIMIT)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&f->ref, &r, r + 1, memory_order_acquire,
                                                    memory_order_relaxed));
    return true;
}

bool frame_lose(struct frame *f, const struct domain *d)
{
    uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed);
    do {
        if (((r >> FRAME_OWNER_SHIFT) & 0x7FFF) != d->id)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&f->ref, &r, r | FRAME_LOST,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static void unlock_and_free_regions(struct domain *d, bool empty) RELEASE(d->page_lock)
{
    uint64_t *regions = empty ? d->regions : NULL;

    if (empty)
        d->regions = NULL;
    unlock(&d->page_lock);
    hv_free(regions);
}

/* n frames less of d's; when they were the last, tell the domain room. */
static void uncount(struct domain *d, uint64_t *counter, uint64_t n)
{
    lock(&d->page_lock);
    *counter -= n;
    bool gone = !d->tot_pages && !d->shared_pages;
    unlock_and_free_regions(d, gone && d->dying);
    if (gone)
        frame_last_gone(d);
}

void frame_last_put(struct frame *f, uint64_t word)
{
    domid_t id = (word >> FRAME_OWNER_SHIFT) & 0x7FFF;

    CHECK(!(word & FRAME_ALLOCATED));
    if (id >= DOMID_FIRST_RESERVED)
        return; /* hv_domain's pages stay the hypervisor's */
    struct domain *d = domain_find(id);
    CHECK(d);
    if (word & FRAME_HV) {
        uncount(d, &d->shared_pages, 1);
        return;
    }
    arch_m2p_set(frame_mfn(f), PFN_NONE);
    if (unlikely(word & FRAME_LOST))
        frame_retire(frame_mfn(f), 0);
    else
        buddy_free(frame_mfn(f), 0, true);
    frame_uncount(d, 1);
}

void frame_retire(mfn_t mfn, unsigned order)
{
    for (uint64_t i = mfn.n; i < mfn.n + (1UL << order); i++) {
        struct frame *f = frame_of(MFN(i));
        type_private(f, 0);
        atomic_store(&f->ref, FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM | FRAME_LOST);
    }
}

void frame_uncount(struct domain *d, uint64_t n)
{
    uncount(d, &d->tot_pages, n);
}

static void mark_regions(struct domain *d, mfn_t mfn, unsigned order) REQUIRES(d->page_lock)
{
    for (uint64_t r = mfn.n >> frame_region_shift;
         r <= (mfn.n + (1UL << order) - 1) >> frame_region_shift; r++)
        bit_set(d->regions, (unsigned)r);
}

int frame_assign(struct domain *d, mfn_t mfn, unsigned order, bool counted)
{
    const uint64_t n = 1UL << order, word = frame_owner_word(d) | FRAME_RAM | 1;
    int rc = 0;

    lock(&d->page_lock);
    if (d->dying) /* its teardown may be past these frames */
        rc = -XEN_ESRCH;
    else if (counted && (n > d->max_pages || d->tot_pages > d->max_pages - n))
        rc = -XEN_ENOMEM;
    if (likely(!rc)) {
        if (counted)
            d->tot_pages += n;
        mark_regions(d, mfn, order);
        for (uint64_t i = 0; i < n; i++) {
            struct frame *f = frame_of(MFN(mfn.n + i));
            type_hand_over(f, 0);
            atomic_store_explicit(&f->ref, word, memory_order_release);
        }
    }
    unlock(&d->page_lock);
    if (unlikely(d->logging) && !rc)
        frame_given(d, mfn, order);
    return rc;
}

int frame_alloc_domain(struct domain *d, unsigned order, unsigned flags, mfn_t *out)
{
    return frame_alloc_at(d, order, flags, PFN_NONE, out);
}

int frame_alloc_at(struct domain *d, unsigned order, unsigned flags, pfn_t pfn, mfn_t *out)
{
    if (unlikely(d->tot_pages + (1UL << order) > d->max_pages)) /* cheap; frame_assign decides */
        return refuse(XEN_ENOMEM);
    mfn_t mfn = buddy_alloc(order, flags, d);
    if (mfn_eq(mfn, MFN_INVALID))
        return -XEN_ENOMEM;
    frame_blank(mfn, order, pfn);
    int rc = frame_assign(d, mfn, order, true);
    if (rc) {
        frame_unblank(mfn, order);
        return rc;
    }
    *out = mfn;
    return 0;
}

/* `kind`: FRAME_HV for a hypervisor page, so that mappings by others are all that keeps d. */
static bool release(struct domain *d, struct frame *f, uint64_t kind)
{
    const uint64_t want = frame_owner_mark(d);
    uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed), left;
    do {
        if (r >> FRAME_OWNER_SHIFT != want || (r & FRAME_HV) != kind)
            return false;
        left = (r & ~FRAME_ALLOCATED) - 1;
    } while (!atomic_compare_exchange_weak(&f->ref, &r, left));
    if (!(left & FRAME_REF_MASK))
        frame_last_put(f, left);
    return true;
}

bool frame_release_domain(struct domain *d, struct frame *f)
{
    return release(d, f, 0);
}

bool frame_steal(struct domain *d, mfn_t mfn)
{
    struct frame *f = frame_find(mfn);
    uint64_t word = frame_owner_word(d) | FRAME_RAM | 1;
    /* Looked at first: even a comparison that fails writes, and a hole's entry is read-only
     * (F-6). */
    return atomic_load_explicit(&f->ref, memory_order_relaxed) == word &&
           atomic_compare_exchange_strong(&f->ref, &word,
                                          FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM);
}

void frame_unsteal(struct domain *d, mfn_t mfn)
{
    struct frame *f = frame_of(mfn);

    lock(&d->page_lock);
    const bool dying = d->dying;
    if (likely(!dying))
        atomic_store_explicit(&f->ref, frame_owner_word(d) | FRAME_RAM | 1, memory_order_release);
    unlock(&d->page_lock);
    if (unlikely(dying))
        frame_last_put(f, (uint64_t)d->id << FRAME_OWNER_SHIFT | FRAME_RAM);
}

void frame_share(struct domain *d, mfn_t mfn)
{
    struct frame *f = frame_of(mfn);
    const bool readonly = d == hv_domain;

    /* ours, or RAM that was in use before the allocator began */
    CHECK(frame_backed(mfn) && (frame_owner_id(f) == FRAME_NOBODY || !atomic_load(&f->ref)));
    arch_m2p_set(mfn, PFN_NONE);
    /* A type count that nobody will ever drop fixes the type: plain page, writable or not. */
    type_hand_over(f, (readonly ? 0 : (uint64_t)PT_WRITABLE << PTYPE_SHIFT) | 1);
    if (!readonly) {
        lock(&d->page_lock);
        d->shared_pages++;
        mark_regions(d, mfn, 0);
        unlock(&d->page_lock);
    }
    atomic_store(&f->ref, frame_owner_word(d) | FRAME_RAM | FRAME_HV | 1);
}

int frame_unshare(struct domain *d, mfn_t mfn)
{
    struct frame *f = frame_of(mfn);
    uint64_t r = atomic_load(&f->ref);

    CHECK(frame_owner_id(f) == d->id && (r & FRAME_HV));
    do {
        if ((r & FRAME_REF_MASK) != (r & FRAME_ALLOCATED ? 1 : 0))
            return -XEN_EBUSY;
    } while (!atomic_compare_exchange_weak(&f->ref, &r,
                                           FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM |
                                               (r & FRAME_LOST) |
                                               (uint64_t)FRAME_PAGES << FRAME_ORDER_SHIFT));
    type_private(f, FRAME_WAS_SHARED & ~FRAME_TYPE_HV);
    if (r & FRAME_ALLOCATED && d != hv_domain)
        uncount(d, &d->shared_pages, 1);
    return 0;
}

/* The frame, if it names domain `id` and has references. */
static struct frame *owned_by(mfn_t mfn, domid_t id)
{
    struct frame *f = frame_of(mfn);
    uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed);

    return ((r >> FRAME_OWNER_SHIFT) & 0x7FFF) == id && r & FRAME_REF_MASK ? f : NULL;
}

struct frame *frame_next(const struct domain *d, uint64_t *cursor)
{
    const uint64_t regions = (frame_end + (1UL << frame_region_shift) - 1) >> frame_region_shift;
    uint64_t mfn = *cursor;

    while (mfn >> frame_region_shift < regions) {
        const uint64_t *map =
            *(uint64_t *const volatile *)&d->regions; /* goes with d's last frame */
        uint64_t region = mfn >> frame_region_shift, end = (region + 1) << frame_region_shift;
        uint64_t word = map ? map[region / 64] >> region % 64 : 0;
        if (!(word & 1) || !frame_backed(MFN(mfn))) { /* on to the next that may hold frames */
            region += word > 1 ? (uint64_t)__builtin_ctzl(word & ~1UL) : 64 - region % 64;
            mfn = region << frame_region_shift;
            continue;
        }
        end = min(end, frame_end);
        if (budget_spent()) {
            *cursor = mfn;
            return NULL;
        }
        struct frame *f = NULL;
        uint64_t from = mfn;
        for (; mfn < end && !f; mfn++)
            f = owned_by(MFN(mfn), d->id);
        budget_draw(BUDGET_ENTRY + (int)((mfn - from) / BUDGET_WORDS));
        if (f) {
            *cursor = mfn;
            return f;
        }
        if (mfn >= frame_end)
            break;
    }
    *cursor = frame_end;
    return NULL;
}

int frame_relinquish(struct domain *d)
{
    struct frame *f;

    lock(&d->page_lock); /* whoever saw d alive has finished handing it frames */
    unlock(&d->page_lock);
    buddy_claim(d, 0);
    memory_map_free(d);
    while (stash_drop(d))
        if (budget_look())
            return -XEN_ERESTART;
    while ((f = frame_next(d, &d->region_cursor)) || d->region_cursor < frame_end) {
        if (f)
            release(d, f, atomic_load_explicit(&f->ref, memory_order_relaxed) & FRAME_HV);
        if (budget_look())
            return -XEN_ERESTART;
    }
    lock(&d->page_lock);
    unlock_and_free_regions(d, !d->tot_pages && !d->shared_pages);
    return 0;
}
