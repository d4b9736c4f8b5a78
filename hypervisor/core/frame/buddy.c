/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator.  Blocks are kept by zone and order; a frame's zone is the
 * number of significant bits of its number, so a wish for addresses below 2^n
 * is a wish for a zone, and low memory is used last.  Lists are first in, first
 * out: what was freed long ago needs no TLB flush any more.  Single frames rest
 * in a small ring before they are merged, as guests often want one again soon.
 */
#include "frame_int.h"

#define ZONES 33 /* frame numbers of up to 32 bits: 16 TiB, the width of a list link */

static struct spinlock heap_lock;
/* first block; its predecessor is the last */
static uint32_t lists[ZONES][FRAME_MAX_ORDER + 1] GUARDED_BY(heap_lock);
static uint32_t nonempty[ZONES] GUARDED_BY(heap_lock); /* bit per order */
static uint64_t free_frames GUARDED_BY(heap_lock), claimed_frames GUARDED_BY(heap_lock);
static uint64_t total_frames; /* of boot */

#define RING_SIZE  32
#define RING_ORDER 0x1Fu /* in place of an order, in the words of the ring's frames */
static uint32_t ring[RING_SIZE] GUARDED_BY(heap_lock);
static unsigned ring_first GUARDED_BY(heap_lock), ring_count GUARDED_BY(heap_lock);

static unsigned zone_of(uint64_t mfn)
{
    return mfn ? 64 - (unsigned)__builtin_clzl(mfn) : 0;
}
static uint64_t word_get(uint64_t mfn)
{
    return atomic_load_explicit(&frame_of(MFN(mfn))->ref, memory_order_relaxed);
}
static void word_set(uint64_t mfn, uint64_t word)
{
    atomic_store_explicit(&frame_of(MFN(mfn))->ref, word, memory_order_relaxed);
}
/* A free frame keeps its stamp in its own word, whatever block it is part of. */
static uint64_t type_get(uint64_t mfn)
{
    return atomic_load_explicit(&frame_of(MFN(mfn))->type, memory_order_relaxed);
}
static uint32_t next_of(uint64_t mfn)
{
    return (uint32_t)type_get(mfn);
}
static uint32_t prev_of(uint64_t mfn)
{
    return (uint32_t)word_get(mfn);
}
static void link_set(uint64_t mfn, uint32_t prev, uint32_t next)
{
    word_set(mfn, (word_get(mfn) & ~0xFFFFFFFFUL) | prev);
    type_private(frame_of(MFN(mfn)), (type_get(mfn) & ~0xFFFFFFFFUL) | next);
}
static uint64_t head_word(unsigned order)
{
    return FRAME_FREE | (uint64_t)order << FRAME_ORDER_SHIFT;
}
static void mark_head(uint64_t mfn, unsigned order)
{
    word_set(mfn, word_get(mfn) | head_word(order));
}
static void unmark_head(uint64_t mfn)
{
    word_set(mfn, word_get(mfn) & ~(FRAME_FREE | FRAME_ORDER_MASK));
}

static void list_insert(uint64_t mfn, unsigned order) REQUIRES(heap_lock)
{
    unsigned z = zone_of(mfn);
    mark_head(mfn, order);
    const uint32_t new = (uint32_t)mfn;
    if (!(nonempty[z] >> order & 1)) {
        nonempty[z] |= 1u << order;
        lists[z][order] = new;
        link_set(mfn, new, new);
        return;
    }
    uint32_t first = lists[z][order], last = prev_of(first);
    link_set(mfn, last, first);
    if (first == last) {
        link_set(first, new, new);
    } else {
        link_set(first, new, next_of(first));
        link_set(last, prev_of(last), new);
    }
}

static void list_remove(uint64_t mfn, unsigned order) REQUIRES(heap_lock)
{
    unsigned z = zone_of(mfn);
    uint32_t next = next_of(mfn), prev = prev_of(mfn);

    unmark_head(mfn);
    if (next == mfn) {
        nonempty[z] &= ~(1u << order);
        return;
    }
    if (next == prev) {
        link_set(next, next, next);
    } else {
        link_set(prev, prev_of(prev), next);
        link_set(next, prev, next_of(next));
    }
    if (lists[z][order] == mfn)
        lists[z][order] = next;
}

/* Takes a block of 2^order frames whose frames' numbers have `bits` bits at most. */
static bool take(unsigned order, unsigned bits, uint64_t *mfn) REQUIRES(heap_lock)
{
    for (unsigned z = min(bits, ZONES - 1u) + 1; z-- > 0;) {
        uint32_t orders = nonempty[z] >> order << order;
        if (!orders)
            continue;
        unsigned o = (unsigned)__builtin_ctz(orders);
        *mfn = lists[z][o];
        list_remove(*mfn, o);
        while (o > order) {
            o--;
            list_insert(*mfn + (1UL << o), o);
        }
        return true;
    }
    return false;
}

/* Of n frames, those that the claimer has been promised. */
static uint64_t promised(uint64_t n, const struct domain *claimer)
{
    return claimer ? min(n, claimer->claim_pages) : 0;
}
static bool enough_unclaimed(uint64_t n, const struct domain *claimer) REQUIRES(heap_lock)
{
    return free_frames >= n && free_frames - n >= claimed_frames - promised(n, claimer);
}
static void count_out(uint64_t n, struct domain *claimer) REQUIRES(heap_lock)
{
    const uint64_t own = promised(n, claimer);
    free_frames -= n;
    claimed_frames -= own;
    if (own)
        claimer->claim_pages -= own;
}

static void merge_in(uint64_t mfn, unsigned order) REQUIRES(heap_lock)
{
    for (; order < FRAME_MAX_ORDER; order++) {
        uint64_t buddy = mfn ^ (1UL << order);
        if (!frame_backed(MFN(buddy)) || zone_of(buddy) != zone_of(mfn) ||
            (word_get(buddy) & (FRAME_FREE | FRAME_ORDER_MASK)) != head_word(order))
            break;
        list_remove(buddy, order);
        mfn &= ~(1UL << order);
    }
    list_insert(mfn, order);
}

/* The frame that has been in the ring longest. */
static uint64_t ring_take(void) REQUIRES(heap_lock)
{
    const uint64_t mfn = ring[ring_first];
    unmark_head(mfn);
    ring_first = (ring_first + 1) % RING_SIZE;
    ring_count--;
    return mfn;
}

static void ring_drain(unsigned leave) REQUIRES(heap_lock)
{
    while (ring_count > leave)
        merge_in(ring_take(), 0);
}

static void ring_put(uint64_t mfn) REQUIRES(heap_lock)
{
    ring_drain(RING_SIZE - 1);
    mark_head(mfn, RING_ORDER);
    ring[(ring_first + ring_count++) % RING_SIZE] = (uint32_t)mfn;
}

mfn_t buddy_alloc(unsigned order, unsigned flags, struct domain *claimer)
{
    const unsigned bits = flags >> 8 ? max(flags >> 8, 12u) - 12 : ZONES;
    uint64_t mfn;

    if (order > FRAME_MAX_ORDER)
        return MFN_INVALID;
    lock(&heap_lock);
    bool found = enough_unclaimed(1UL << order, claimer);
    if (found && order == 0 && bits >= ZONES && ring_count) {
        mfn = ring_take();
    } else if (found && !take(order, bits, &mfn)) {
        ring_drain(0);
        found = take(order, bits, &mfn);
    }
    if (found)
        count_out(1UL << order, claimer);
    unlock(&heap_lock);
    if (!found)
        return MFN_INVALID;

    uint64_t seen = 0;
    cpuset_t stale = 0;
    for (uint64_t i = mfn; i < mfn + (1UL << order); i++) {
        const uint64_t left = type_get(i) >> FRAME_STAMP_SHIFT;
        word_set(i, FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM);
        type_private(frame_of(MFN(i)), 0);
        if (left & FRAME_MAPPED >> FRAME_STAMP_SHIFT && left != seen)
            stale |= arch_tlb_stale(all_cpus(), left & TLB_STAMP_MASK);
        seen = left;
    }
    arch_tlb_flush(stale);
    return MFN(mfn);
}

void buddy_free(mfn_t mfn, unsigned order, bool mapped)
{
    const uint64_t left =
        mapped ? FRAME_MAPPED | (uint64_t)arch_tlb_stamp() << FRAME_STAMP_SHIFT : 0;

    budget_draw((int)(BUDGET_FREE + (1u << order) / BUDGET_WORDS));
    lock(&heap_lock);
    for (uint64_t i = mfn.n; i < mfn.n + (1UL << order); i++) {
        word_set(i, FRAME_NOBODY << FRAME_OWNER_SHIFT | FRAME_RAM);
        type_private(frame_of(MFN(i)), left);
    }
    free_frames += 1UL << order;
    if (order == 0)
        ring_put(mfn.n);
    else
        merge_in(mfn.n, order);
    unlock(&heap_lock);
}

int buddy_claim(struct domain *d, uint64_t pages)
{
    int rc = 0;

    lock(&heap_lock);
    uint64_t want = pages > d->tot_pages ? pages - d->tot_pages : 0;
    uint64_t others = claimed_frames - d->claim_pages;
    if (pages && d->dying) { /* its teardown may have ended its claim already */
        rc = refuse(XEN_ESRCH);
    } else if (want > free_frames - min(others, free_frames)) {
        rc = -XEN_ENOMEM;
    } else {
        claimed_frames = others + want;
        d->claim_pages = want;
    }
    unlock(&heap_lock);
    return rc;
}

void frame_table_init(mfn_t end)
{
    CHECK(end.n <= 1UL << (ZONES - 1));
    frame_end = end.n;
    lock_init(&heap_lock, LOCK_HEAP);
    for (frame_region_shift = 8; end.n >> frame_region_shift >= FRAME_REGIONS;)
        frame_region_shift++;
    memset(nonempty, 0, sizeof(nonempty));
    free_frames = total_frames = claimed_frames = 0;
    ring_first = ring_count = 0;
    slab_init();
}

void frame_add_region(mfn_t start, mfn_t end)
{
    uint64_t mfn = max(start.n, 1UL); /* frame 0 stays out: 0 means "none" in several places */

    CHECK(end.n <= frame_end);
    while (mfn < end.n) {
        unsigned order = min((unsigned)__builtin_ctzl(mfn), (unsigned)FRAME_MAX_ORDER);
        while (mfn + (1UL << order) > end.n)
            order--;
        total_frames += 1UL << order;
        buddy_free(MFN(mfn), order, false);
        mfn += 1UL << order;
    }
    lock(&heap_lock);
    ring_drain(0); /* these were not freed by anybody who may want them back */
    unlock(&heap_lock);
}

mfn_t frame_alloc(unsigned order, unsigned flags)
{
    mfn_t mfn = buddy_alloc(order, flags & ~ALLOC_ZERO, NULL);
    if (!mfn_eq(mfn, MFN_INVALID) && flags & ALLOC_ZERO) {
        budget_draw(BUDGET_PAGE << order);
        for (uint64_t i = 0; i < 1UL << order; i++)
            clear_page(arch_frame_ptr(MFN(mfn.n + i)));
    }
    return mfn;
}
void frame_free(mfn_t mfn, unsigned order)
{
    bool shared = false, lost = false;
    for (uint64_t i = 0; i < 1UL << order; i++) {
        CHECK(word_get(mfn.n + i) >> FRAME_OWNER_SHIFT == FRAME_NOBODY &&
              !(word_get(mfn.n + i) & FRAME_FREE) && !(type_get(mfn.n + i) & FRAME_MAPPED));
        shared |= type_get(mfn.n + i) == FRAME_WAS_SHARED;
        lost |= word_get(mfn.n + i) & FRAME_LOST;
    }
    if (unlikely(lost))
        frame_retire(mfn, order);
    else
        buddy_free(mfn, order, shared);
}
/* As of some moment. */
uint64_t frame_free_count(void) NO_THREAD_SAFETY_ANALYSIS
{
    return free_frames;
}
uint64_t frame_total_count(void)
{
    return total_frames;
}

/* Walks every free list and the ring: links, marks, zones, alignment, and the sum.  While nobody
 * allocates. */
int buddy_audit(uint64_t *free_total) NO_THREAD_SAFETY_ANALYSIS
{
    int bad = 0;

    *free_total = ring_count;
    for (unsigned z = 0; z < ZONES; z++)
        for (unsigned o = 0; o <= FRAME_MAX_ORDER; o++) {
            if (!(nonempty[z] >> o & 1))
                continue;
            uint32_t first = lists[z][o], m = first;
            do {
                uint64_t word = word_get(m);
                bad += zone_of(m) != z || m & ((1u << o) - 1) || prev_of(next_of(m)) != m ||
                       (word & (FRAME_RAM | FRAME_FREE | FRAME_ORDER_MASK)) !=
                           (FRAME_RAM | head_word(o)) ||
                       word >> FRAME_OWNER_SHIFT != FRAME_NOBODY;
                *free_total += 1UL << o;
                m = next_of(m);
            } while (m != first && !bad);
        }
    for (unsigned i = 0; i < ring_count; i++)
        bad += (word_get(ring[(ring_first + i) % RING_SIZE]) & (FRAME_FREE | FRAME_ORDER_MASK)) !=
               head_word(RING_ORDER);
    bad += *free_total != free_frames;
    return bad;
}
