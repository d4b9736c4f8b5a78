/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine frames: who owns one and how often it is referenced; the allocator.
 *
 * 16 bytes a frame (0.4 % of RAM), two atomic words:
 *   ref   63 allocated | 62..48 owner domid | 43 lost | 42 RAM | 41 free | 40 hypervisor's
 *         | 31..0 references
 *   type  63..60 type | 59 pinned | 58 validated | 57 partial | 56 undo | 55 foreign
 *         | 51..32 stamp, progress or owner | 31..0 count
 * The owner sits in the same word as the count, so "owned by d, and one more
 * reference" is a single compare-and-swap.  While a domain owns the frame, only core/ptype writes
 * its type word.  Of a frame that is not in use by a domain both words are the allocator's, owner
 * FRAME_NOBODY and type FRAME_TYPE_HV, which nobody can take for a table's (PT-7):
 *   free    ref: RAM | free if head of a block | 39..32 order | 31..0 previous block of the list
 *           type: 55 may be in a TLB | 51..32 TLB stamp | 31..0 next block
 *   in use by the hypervisor  ref: RAM | see core/frame/slab.c, as for the type
 *   lost its contents, and given back  ref: RAM | lost; nobody gets it again
 *   on its way (exchange)     ref: RAM | 31..0 next such frame; type: a domain's or the allocator's
 * A word that is 0 (the table starts so) is no RAM that was given to us.
 *
 * Invariants (tests/audit/frame.c recomputes them):
 *   F-1 an allocated frame's reference count >= 1 (the allocation itself, FRAME_ALLOCATED flag)
 *   F-2 a frame with references is on no free list
 *   F-3 d->tot_pages == number of frames that name d as owner and are not FRAME_HV, whether the
 *       guest has given them back or not (else mappings would hoard beyond max_pages);
 *       d->shared_pages == number of FRAME_HV frames that name d and have references
 *   F-4 type count > 0 implies reference count > 0, and each type reference holds a reference
 *   F-5 a freed frame is scrubbed, and gone from every TLB, before another domain can see it
 *   F-6 every number below frame_end has an entry; frame 0 and holes in RAM have one that reads
 *       as 0
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <hv/check.h>
#include <hv/domain.h>
#include <hv/type_word.h>

struct frame {
    union {
        _Atomic uint64_t ref;
        _Atomic uint32_t count; /* of it */
    };
    _Atomic uint64_t type;
};

#define FRAME_ALLOCATED   (1UL << 63)
#define FRAME_OWNER_SHIFT 48
#define FRAME_NOBODY      0x7FFFUL    /* owner of the hypervisor's own frames */
#define FRAME_LOST        (1UL << 43) /* its contents, as a machine check said */
#define FRAME_RAM         (1UL << 42) /* was given to frame_add_region; never changes after boot */
#define FRAME_FREE        (1UL << 41) /* head of a free block */
#define FRAME_HV                                                                                   \
    (1UL << 40) /* hypervisor memory shown to its owner (shared info, grant frames):
                                        not counted in tot_pages, freed by the hypervisor only */
#define FRAME_REF_MASK  0xFFFFFFFFUL
#define FRAME_REF_LIMIT 0x7FFFFFFFUL /* a guest asking for more gets -XEN_EBUSY */

/* The machine is cut in at most FRAME_REGIONS regions of 2^shift frames (256 or more), so that one
 * page of bits can say where a domain's frames may be. */
#define FRAME_REGIONS 32768
extern uint64_t frame_end; /* one past the highest RAM frame */
extern unsigned frame_region_shift;

/* Is there an entry for this number?  Any mfn is safe to ask. */
static inline bool frame_backed(mfn_t mfn)
{
    return mfn.n < frame_end;
}
/* Its table entry, for numbers that guests give.  Of what is no RAM of ours both words are 0, and
 * may only be read (F-6): no domain owns it, and no type fits.  Beyond the table it is frame 0's,
 * whether the CPU predicts that or not. */
static inline struct frame *frame_find(mfn_t mfn)
{
    return frame_of(MFN(index_nospec(mfn.n, frame_end)));
}
/* Is there RAM behind this machine frame number?  Any mfn is safe to ask. */
static inline bool frame_valid(mfn_t mfn)
{
    return atomic_load_explicit(&frame_find(mfn)->ref, memory_order_relaxed) & FRAME_RAM;
}
static inline domid_t frame_owner_id(const struct frame *f)
{
    return (domid_t)((atomic_load_explicit(&f->ref, memory_order_relaxed) >> FRAME_OWNER_SHIFT) &
                     0x7FFF);
}
/* What a frame of d that d may still get references to has in its upper 16 bits. */
static inline uint64_t frame_owner_mark(const struct domain *d)
{
    return (FRAME_ALLOCATED >> FRAME_OWNER_SHIFT) + d->id;
}
static inline uint64_t frame_owner_word(const struct domain *d)
{
    return frame_owner_mark(d) << FRAME_OWNER_SHIFT;
}
/* One more reference if f is allocated and owned by d; false otherwise or at the limit.  _owned: by
 * whom this frame_owner_mark() names. */
static inline bool frame_get_owned(struct frame *f, uint64_t owner)
{
    uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed);
    do {
        if (unlikely(r >> FRAME_OWNER_SHIFT != owner || (r & FRAME_REF_MASK) >= FRAME_REF_LIMIT))
            return false;
    } while (unlikely(!atomic_compare_exchange_weak_explicit(
        &f->ref, &r, r + 1, memory_order_acquire, memory_order_relaxed)));
    return true;
}
static inline bool frame_get(struct frame *f, const struct domain *d)
{
    return frame_get_owned(f, frame_owner_mark(d));
}
/* One more reference for whoever owns it, given that the caller already knows one is held. */
static inline bool frame_get_held(struct frame *f)
{
    uint64_t r = atomic_load_explicit(&f->ref, memory_order_relaxed);
    do {
        CHECK(r & FRAME_REF_MASK);
        if (unlikely((r & FRAME_REF_MASK) >= FRAME_REF_LIMIT))
            return false;
    } while (unlikely(!atomic_compare_exchange_weak_explicit(
        &f->ref, &r, r + 1, memory_order_acquire, memory_order_relaxed)));
    return true;
}
/* One more reference if f names d as owner and has any, though d may have given it back. */
bool frame_get_named(struct frame *f, const struct domain *d);
/* The last reference of f went away, `word` is what is left of its reference word. */
void frame_last_put(struct frame *f, uint64_t word);
/* The contents of f, which names d as owner, are lost: with its last reference it goes for good, and
 * not to the allocator.  False: it is d's no more. */
bool frame_lose(struct frame *f, const struct domain *d);
/* Drops a reference; the last one frees the frame.  Subtracted is from the count alone, so that the
 * CPU's flags tell the last one.  What is read after that stays: a frame without references is not
 * allocated (F-1), those who take one want it allocated or referenced, and frame_unshare is legal
 * only before the hypervisor's reference goes or after frame_last_gone. */
static inline void frame_put(struct frame *f)
{
    if (unlikely(atomic_fetch_sub_explicit(&f->count, 1, memory_order_acq_rel) == 1))
        frame_last_put(f, atomic_load_explicit(&f->ref, memory_order_relaxed));
}
/* Valid RAM owned by d -> its frame with a reference, else NULL. */
static inline struct frame *frame_get_mfn(mfn_t mfn, const struct domain *d)
{
    struct frame *f = frame_find(mfn);
    return likely(frame_get(f, d)) ? f : NULL;
}

/* ---- allocator: buddy, orders 0..18, per-machine ---- */
/* end: one past the highest RAM frame.  Arch has backed the table with zeroes for all of [0, end)
 * rounded up to 256 frames, of which those that frame_add_region will not name may be read-only. */
void frame_table_init(mfn_t end);
void frame_add_region(mfn_t start, mfn_t end); /* [start,end) becomes free RAM (boot) */
#define ALLOC_ZERO    1u
#define ALLOC_BITS(n) ((n) << 8) /* addresses below 2^n only */
/* 2^order frames for the hypervisor's own use; MFN_INVALID when out of memory. */
mfn_t frame_alloc(unsigned order, unsigned flags);
void frame_free(mfn_t mfn, unsigned order);
/* Hypervisor data: 2^order pages, zeroed; NULL when out of memory.  NULL may be freed, too. */
void *hv_alloc_pages(unsigned order);
void hv_free_pages(void *p, unsigned order);
static inline unsigned order_for(uint64_t bytes)
{
    unsigned order = 0;

    while (PAGE_SIZE << order < bytes)
        order++;
    return order;
}
/* Small objects of any size up to 4 KiB (zeroed); larger sizes round to pages. */
void *hv_alloc(size_t size);
void hv_free(void *p);
/* Frames for a domain, counted against max_pages, zeroed, each with its allocation reference,
 * M2P entry invalid.  -XEN_ENOMEM on limit or shortage (*out untouched). */
int frame_alloc_domain(struct domain *d, unsigned order, unsigned flags, mfn_t *out);
/* Drops the allocation reference (guest gives memory back); false if already given. */
bool frame_release_domain(struct domain *d, struct frame *f);
/* Makes a hypervisor page (frame_alloc/hv_alloc_pages) visible to d's page tables (FRAME_HV),
 * writable, or read-only for everybody if d is hv_domain.  frame_unshare makes it private again,
 * legal only while nobody but the hypervisor holds a reference (-XEN_EBUSY).  frame_relinquish(d)
 * drops the hypervisor's reference, so that after frame_last_gone(d) unshare always succeeds. */
void frame_share(struct domain *d, mfn_t mfn);
int frame_unshare(struct domain *d, mfn_t mfn);
/* Set at boot by the room above: no frame names d as its owner any more.  Any context, no lock
 * needed. */
extern void (*frame_last_gone)(struct domain *d);
/* The same, of a domain whose writes are logged (hv/dirty.h): it has these cleared frames now. */
extern void (*frame_given)(struct domain *d, mfn_t mfn, unsigned order);
uint64_t frame_free_count(void);
uint64_t frame_total_count(void);
/* Teardown: releases every frame of d; -XEN_ERESTART when preempted. */
int frame_relinquish(struct domain *d);
/* Iteration over the frames that name d as owner and have references, in mfn order from *cursor
 * (start with 0); looks at no more than a region's worth of empty regions' bits.  NULL: no more, or,
 * with *cursor < frame_end, the budget is spent. */
struct frame *frame_next(const struct domain *d, uint64_t *cursor);

/* ---- memory_op (dispatch: core/hcall/memory_op.c) ---- */
/* How the ABI packs progress into the command word of a continuation. */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK     ((1UL << MEMOP_EXTENT_SHIFT) - 1)

/* memory_op's families.  Each gets the whole command word and the guest address of the argument. */
long memory_reservation(struct vcpu *cur, uint64_t cmd, gva_t arg);
long memory_exchange(struct vcpu *cur, gva_t arg);
long memory_map_get(struct vcpu *cur, gva_t arg);
long memory_map_set(struct vcpu *cur, gva_t arg);
long memory_map_machine(struct vcpu *cur, gva_t arg);
long memory_machphys(struct vcpu *cur, unsigned cmd, gva_t arg);
long memory_claim(struct vcpu *cur, gva_t arg);
/* An entry of a BIOS-style memory map, as XENMEM_memory_map passes it. */
struct hv_e820 {
    uint64_t addr, size;
    uint32_t type;
} __attribute__((packed));
#define HV_E820_MAX 128
/* Supplied by arch: the machine's map (dom0's XENMEM_machine_memory_map) and the frames of each
 * 2 MiB of the M2P table; both return how many entries they wrote, `max` at most. */
unsigned arch_machine_map(struct hv_e820 *out, unsigned max);
unsigned arch_m2p_list(uint64_t *mfns, unsigned max);

#endif
