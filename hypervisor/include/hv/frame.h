/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine frames: who owns one and how often it is referenced; the allocator.
 *
 * 16 bytes a frame (0.4 % of RAM), two atomic words:
 *   ref   63 allocated | 62..48 owner domid | 47..40 flags | 31..0 references
 *   type  63..60 type | 59 pinned | 58 validated | 57 partial | 51..32 stamp or progress | 31..0 count
 * The owner sits in the same word as the count, so "owned by d, and one more
 * reference" is a single compare-and-swap.  Of a free frame both words are the
 * allocator's (links and order).  The type word belongs to core/ptype.
 *
 * Invariants (frame_audit recomputes them):
 *   F-1 an allocated frame's reference count >= 1 (the allocation itself, FRAME_ALLOCATED flag)
 *   F-2 a frame with references is on no free list
 *   F-3 d->tot_pages == number of frames owned by d whose allocation reference stands
 *   F-4 type count > 0 implies reference count > 0, and each type reference holds a reference
 *   F-5 a freed frame is scrubbed before another domain can see it
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <hv/domain.h>

struct frame {
    _Atomic uint64_t ref;
    _Atomic uint64_t type;
};

#define FRAME_ALLOCATED (1UL << 63)
#define FRAME_OWNER_SHIFT 48
#define FRAME_HV        (1UL << 40)  /* hypervisor memory shown to its owner (shared info, grant frames):
                                        not counted in tot_pages, freed by the hypervisor only */
#define FRAME_REF_MASK  0xFFFFFFFFUL
#define FRAME_REF_LIMIT 0x7FFFFFFFUL /* a guest asking for more gets -XEN_EBUSY */

/* Is there RAM behind this machine frame number? (bounds + region bitmap; any mfn is safe to ask) */
bool frame_valid(mfn_t mfn);

static inline domid_t frame_owner_id(const struct frame *f)
{
    return (domid_t)((atomic_load_explicit(&f->ref, memory_order_relaxed) >> FRAME_OWNER_SHIFT) & 0x7FFF);
}
/* One more reference if f is allocated and owned by d; false otherwise or at the limit. */
bool frame_get(struct frame *f, const struct domain *d);
/* One more reference for whoever owns it, given that the caller already knows one is held. */
bool frame_get_held(struct frame *f);
/* Drops a reference; the last one frees the frame. */
void frame_put(struct frame *f);
/* Convenience: valid RAM owned by d -> its frame with a reference, else NULL. */
struct frame *frame_get_mfn(mfn_t mfn, const struct domain *d);

/* ---- allocator: buddy, orders 0..18, per-machine ---- */
void frame_table_init(mfn_t end);              /* arch has backed the table; marks all frames in use */
void frame_add_region(mfn_t start, mfn_t end); /* [start,end) becomes free RAM (boot) */
#define ALLOC_ZERO  1u
#define ALLOC_DMA32 2u                          /* below 4 GiB */
/* 2^order frames for the hypervisor's own use; MFN_INVALID when out of memory. */
mfn_t frame_alloc(unsigned order, unsigned flags);
void frame_free(mfn_t mfn, unsigned order);
/* Hypervisor data: pages by size in bytes, zeroed; NULL when out of memory. */
void *hv_alloc_pages(unsigned order);
void hv_free_pages(void *p, unsigned order);
/* Small objects of any size up to 4 KiB (zeroed); larger sizes round to pages. */
void *hv_alloc(size_t size);
void hv_free(void *p);
/* Frames for a domain, counted against max_pages, zeroed, each with its allocation reference,
 * M2P entry invalid.  -XEN_ENOMEM on limit or shortage (*out untouched). */
int frame_alloc_domain(struct domain *d, unsigned order, unsigned flags, mfn_t *out);
/* Drops the allocation reference (guest gives memory back); false if already given. */
bool frame_release_domain(struct domain *d, struct frame *f);
/* Makes a hypervisor page visible to d's page tables (FRAME_HV); undo: frame_unshare, which is
 * legal only while nobody but the hypervisor holds a reference (-XEN_EBUSY). */
void frame_share(struct domain *d, mfn_t mfn);
int frame_unshare(struct domain *d, mfn_t mfn);
uint64_t frame_free_count(void);
uint64_t frame_total_count(void);
/* Teardown: releases every frame of d; -XEN_ERESTART when preempted. */
int frame_relinquish(struct domain *d);
/* Calls fn for frames owned by d in mfn order from *cursor, at most `limit`; for getmemlist. */
unsigned frame_list(struct domain *d, uint64_t *cursor, uint64_t *mfns, unsigned limit);
int frame_audit(void);                          /* number of broken invariants, logged */

/* ---- memory_op ---- */
long op_memory_op(struct vcpu *cur, uint64_t cmd, uint64_t arg);

#endif
