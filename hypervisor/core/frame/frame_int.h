/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside core/frame: the buddy allocator's raw interface and the parts of memory_op. */
#ifndef FRAME_INT_H
#define FRAME_INT_H

#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/tlb.h>

#define FRAME_MAX_ORDER 18
/* In the reference word of a free block's head, or of a page of small objects. */
#define FRAME_ORDER_SHIFT 32
#define FRAME_ORDER_MASK  (0xFFUL << FRAME_ORDER_SHIFT)
/* In place of an order: whole pages of hv_alloc_pages, with their order. */
#define FRAME_PAGES 0x80u
/* Type word of a hypervisor page that guests could see until frame_unshare. */
#define FRAME_WAS_SHARED (FRAME_TYPE_HV | 1)

/* The only ways in which this room writes a type word.  A frame that is the allocator's: */
static inline void type_private(struct frame *f, uint64_t rest)
{
    atomic_store_explicit(&f->type, FRAME_TYPE_HV | rest, memory_order_relaxed);
}
/* It becomes a domain's, with the type word `first`: only from the allocator, which has seen to it
 * that no TLB holds it, so that no stamp can get lost (PT-5); or RAM that it never had. */
static inline void type_hand_over(struct frame *f, uint64_t first)
{
    const uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    CHECK(!t || (t & (FRAME_TYPE_HV | FRAME_MAPPED)) == FRAME_TYPE_HV);
    atomic_store_explicit(&f->type, first, memory_order_relaxed);
}

/* 2^order frames below 2^ALLOC_BITS, off the free lists and out of every TLB; their reference
 * words are FRAME_RAM | nobody.  With `claimer` the domain's claim is used up first, and claims of
 * others are respected.  MFN_INVALID: none. */
mfn_t buddy_alloc(unsigned order, unsigned flags, struct domain *claimer);
/* `mapped`: guests could see them, so TLBs may still. */
void buddy_free(mfn_t mfn, unsigned order, bool mapped);
/* XENMEM_claim_pages: sets d's claim to `pages` in all (0: none); -XEN_ENOMEM, -XEN_ESRCH if d is
 * dying. */
int buddy_claim(struct domain *d, uint64_t pages);
void slab_init(void);
int buddy_audit(uint64_t *free_frames);

/* M2P entries of frames from pfn on, or PFN_NONE: without a place. */
static inline void frame_place(mfn_t mfn, unsigned order, pfn_t pfn)
{
    budget_draw((1 << order) / BUDGET_WORDS);
    for (uint64_t i = 0; i < 1UL << order; i++)
        arch_m2p_set(MFN(mfn.n + i), pfn.n == PFN_NONE.n ? pfn : PFN(pfn.n + i));
}
/* Zeroes frames that a domain is to get, and gives them their place (or that later).  Before it
 * gets them: after that an M2P entry may be somebody else's. */
static inline void frame_blank(mfn_t mfn, unsigned order, pfn_t pfn)
{
    budget_draw(BUDGET_PAGE << order);
    for (uint64_t i = 0; i < 1UL << order; i++)
        clear_page(arch_frame_ptr(MFN(mfn.n + i)));
    frame_place(mfn, order, pfn);
}
/* The way back for blanked frames that nobody got. */
static inline void frame_unblank(mfn_t mfn, unsigned order)
{
    frame_place(mfn, order, PFN_NONE);
    buddy_free(mfn, order, false);
}
/* Gives d fresh frames taken from the allocator (all of 2^order, blanked by the caller):
 * -XEN_ENOMEM beyond max_pages, -XEN_ESRCH if dying.  `counted`: false for an exchange. */
int frame_assign(struct domain *d, mfn_t mfn, unsigned order, bool counted);
/* frame_alloc_domain with a place in d's physical map. */
int frame_alloc_at(struct domain *d, unsigned order, unsigned flags, pfn_t pfn, mfn_t *out);
/* An exchange.  Takes a frame of d that nothing else refers to out of d's hands but not out of its
 * count; false: in use.  Its type word, with the stamp, stays. */
bool frame_steal(struct domain *d, mfn_t mfn);
/* Gives one back as it was; a dying domain's is freed, as its teardown may be past it. */
void frame_unsteal(struct domain *d, mfn_t mfn);
/* Frames that nobody has any more, lost: they are nobody's for good. */
void frame_retire(mfn_t mfn, unsigned order);
/* n frames less in d's count. */
void frame_uncount(struct domain *d, uint64_t n);

/* stash.c: makes `blocks` cleared blocks of 2^order frames ready for d (flags: ALLOC_BITS; claimer:
 * as in buddy_alloc), however many turns that takes: -XEN_ERESTART, -XEN_ENOMEM.  On success nobody
 * else gets at them until stash_end. */
int stash_begin(struct domain *d, unsigned order, unsigned flags, uint64_t blocks,
                struct domain *claimer) TRY_ACQUIRE(false, d->stash.lock);
/* The ready blocks in the order in which stash_take hands them out. */
mfn_t stash_first(const struct domain *d) REQUIRES(d->stash.lock);
mfn_t stash_next(mfn_t mfn);
mfn_t stash_take(struct domain *d) REQUIRES(d->stash.lock);
void stash_end(struct domain *d) RELEASE(d->stash.lock);
int stash_drop(struct domain *d); /* frees them: -XEN_ERESTART */

void memory_map_free(struct domain *d);
/* Largest extent that may be asked for: Xen's 2 MiB for guests, 16 MiB for its hardware domain.  A
 * block's frames change hands in one step, which must fit a turn. */
#define MAX_ORDER_GUEST   9
#define MAX_ORDER_CONTROL 12
STATIC_CHECK((1 << MAX_ORDER_CONTROL) / BUDGET_WORDS <= BUDGET_TURN, "one step");

#endif
