/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page types: the heart of a PV hypervisor.  A frame is at any time used as at
 * most one of: page table of level 1..4, descriptor-table page, writable page.
 * The type can change only when its type count is zero, and a page table
 * only becomes one after every entry of it was checked.
 *
 * Invariants (tests/audit/ptype.c recomputes them):
 *   PT-1 no frame with type L1..L4 or SEGDESC has a writable mapping in any validated page table
 *   PT-2 a validated Ln table's present entries each hold one reference and (for n > 1) one type
 *        reference of level n-1 on what they map; writable L1 entries one WRITABLE type reference
 *   PT-3 type count == number of those references + pins + base pointers + descriptor uses
 *   PT-4 every validated L4 has the hypervisor's slots installed
 *   PT-5 before a frame leaves WRITABLE for another type, no TLB of any CPU can hold a writable
 *        mapping of it, whoever's: the type word keeps the stamp of the last one's end until then,
 *        and FOREIGN says whether others than the owner mapped it (hv/tlb.h: the order)
 *   PT-6 a guest entry never maps: the hypervisor's frames, another domain's without its grant or
 *        privilege, reserved bits, or a super page
 *   PT-7 what a type word says of a frame is believed only by who holds a reference on the frame,
 *        or from one load that proves all: ptype_is_table().  Frames of the hypervisor have
 *        FRAME_TYPE_HV there, which is no type
 * Locking: table contents and types L1..L4/SEGDESC change under the owner's pt_lock; WRITABLE
 * counts are atomic and may be taken without it.
 */
#ifndef HV_PTYPE_H
#define HV_PTYPE_H

#include <hv/frame.h>

/* The caller holds a reference (PT-7). */
static inline enum ptype ptype_of(const struct frame *f)
{
    return (enum ptype)(atomic_load_explicit(&f->type, memory_order_relaxed) >> PTYPE_SHIFT);
}

/* PT-7: is this the word of a validated table of level 1..4 of d?  Under d's pt_lock it stays one,
 * and its type count holds the frame. */
static inline bool ptype_is_table(uint64_t word, const struct domain *d)
{
    return (word & (PTYPE_VALIDATED | PTYPE_STAMP_MASK)) ==
               (PTYPE_VALIDATED | (uint64_t)d->id << PTYPE_STAMP_SHIFT) &&
           (word >> PTYPE_SHIFT) - PT_L1 <= PT_L4 - PT_L1;
}

/* The same of level 1 only, by one comparison. */
static inline bool ptype_is_l1(const struct domain *d, mfn_t mfn)
{
    const uint64_t word = atomic_load_explicit(&frame_find(mfn)->type, memory_order_relaxed),
                   l1 = (uint64_t)PT_L1 << PTYPE_SHIFT | PTYPE_VALIDATED | PTYPE_PINNED;
    return (word | PTYPE_PINNED) >> PTYPE_STAMP_SHIFT == (l1 >> PTYPE_STAMP_SHIFT | d->id);
}

/* One reference of kind WRITABLE: -XEN_EBUSY if f is in use as a table. No lock. Caller holds a
 * frame reference.  foreign: PTYPE_FOREIGN for an entry in page tables of others than the owner. */
int ptype_get_writable_slow(struct frame *f, uint64_t seen, uint64_t foreign);
static inline int ptype_get_writable_as(struct frame *f, uint64_t foreign)
{
    uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    /* one signed comparison: WRITABLE is the largest type, and FRAME_TYPE_HV negative */
    if (likely((int64_t)t >= (int64_t)PT_WRITABLE << PTYPE_SHIFT) &&
        likely(atomic_compare_exchange_strong_explicit(&f->type, &t, (t + 1) | foreign,
                                                       memory_order_acquire, memory_order_relaxed)))
        return 0;
    return ptype_get_writable_slow(f, t, foreign);
}
static inline int ptype_get_writable(struct frame *f)
{
    return ptype_get_writable_as(f, 0);
}
/* After the mapping's entry was overwritten.  The last one leaves a stamp: until every TLB was
 * flushed, some may still hold the mapping (PT-5).  False: f is no RAM of ours, its words are 0
 * (F-6) and nothing was held. */
bool ptype_put_writable_slow(struct frame *f, uint64_t seen);
static inline bool ptype_put_writable(struct frame *f)
{
    uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    if (likely((uint32_t)t > 1) &&
        likely(atomic_compare_exchange_strong_explicit(&f->type, &t, t - 1, memory_order_release,
                                                       memory_order_relaxed)))
        return true;
    return ptype_put_writable_slow(f, t);
}
/* As above for page tables and SEGDESC, with the owner's pt_lock held inside pt_begin/pt_end
 * (core/ptype/ptype_int.h): validates on first use. -XEN_EINVAL (bad entry or in use otherwise),
 * -XEN_ERESTART (preempted: progress is kept in the frame, call again). put never fails: what takes
 * long is left to later operations on d's tables. */
int ptype_get_table(struct domain *d, struct frame *f, enum ptype level) REQUIRES(d->pt_lock);
void ptype_put_table(struct domain *d, struct frame *f) REQUIRES(d->pt_lock);

/* Frame reference + type reference (PT_NONE: none), with owner check; and the drop of both.  `d`
 * must own it.
 * Take pt_lock themselves for tables and SEGDESC. -XEN_EINVAL, -XEN_EBUSY, -XEN_ERESTART. */
int ptype_get_frame(struct domain *d, mfn_t mfn, enum ptype type, struct frame **out);
void ptype_put_frame(struct domain *d, struct frame *f, enum ptype type);

/* The tables that a vCPU's context names: first `bases` of level 4 (the kernel's, and user mode's
 * if it has its own), then those of its GDT. */
#define PTYPE_GDT_FRAMES 14 /* FIRST_RESERVED_GDT_PAGE */
struct ptype_context {
    mfn_t table[2 + PTYPE_GDT_FRAMES];
    unsigned bases, count, gdt_entries;
};
/* Validates and holds them all, or none: -XEN_EINVAL, or -XEN_ERESTART (call again: what was done
 * is kept in the tables, so that every turn gets on, and whoever never does leaves nothing but
 * that). */
int ptype_hold_context(struct domain *d, const struct ptype_context *c);
void ptype_release_context(struct domain *d, const struct ptype_context *c);
/* Makes them v's, which is not running; lets go of those it had. */
void ptype_use_context(struct vcpu *v, const struct ptype_context *c);
/* v's base pointer, or (mfn 0: none) that of its user mode, while it runs: -XEN_EINVAL,
 * -XEN_ERESTART when preempted. */
int ptype_switch_base(struct vcpu *v, mfn_t mfn, bool user);
void ptype_drop_base(struct vcpu *v); /* both pointers; never preempted */
void ptype_drop_gdt(struct vcpu *v);
/* May this 8-byte descriptor be in a guest's GDT/LDT? Adjusts DPL as the ABI says; false:
 * refuse. */
bool ptype_check_descriptor(uint64_t *desc);

/* A guest wrote to a page table it maps read-only (VMASST writable_pagetables): the value `new`
 * (old value `old` if compare) is to be stored, as by mmu_update NORMAL. pte_mfn/offset located by
 * arch.
 * *old gets what was there; with compare, nothing is stored (and 0 returned) if that differs from
 * *old on entry.
 * -XEN_EINVAL, -XEN_EBUSY: the value may not be stored, -XEN_ERESTART: let the guest try again. */
int ptype_emulate_write(struct vcpu *cur, mfn_t table, unsigned offset, uint64_t val,
                        unsigned bytes, bool compare, uint64_t *old);
/* Walks the guest kernel's tables in software: the L1 entry for a guest address (0: none). */
uint64_t ptype_lookup_l1e(const struct vcpu *v, gva_t gva, mfn_t *table, unsigned *index);
/* Is a level-1 table of v's domain mapped read-only at gva, so that a write there may be emulated?
 * Which, and its entry there. */
bool ptype_lookup_table(const struct vcpu *v, gva_t gva, mfn_t *table, uint64_t *entry);

/* Do the tables under root let the hypervisor read (write) at gva?  No lock; for a root that is
 * loaded here. */
bool ptype_allows(mfn_t root, gva_t gva, bool write);

/* Grant mappings: install / remove a host mapping on behalf of a guest (used by core/grant).
 * flags are GNTMAP_*; addr is a guest virtual address or, with GNTMAP_contains_pte, the machine
 * address of a PTE.  The caller holds the frame and type references that the new entry stands for.
 * destroy: the entry must map `mfn` (-XEN_EINVAL otherwise) and is zeroed or, if new_addr != 0,
 * gets the entry of new_addr, which is zeroed (unmap_and_replace).  The caller flushes TLBs before
 * it drops the references. */
int ptype_grant_install(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags);
int ptype_grant_remove(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags, gva_t new_addr);

/* The guest's own hold on a table's type, as MMUEXT_PIN_*: -XEN_EINVAL, -XEN_EBUSY, -XEN_ERESTART.
 * No lock held. */
int ptype_pin(struct domain *d, mfn_t mfn, enum ptype level);
/* Teardown: unpins and drops every table of d; -XEN_ERESTART. */
int ptype_relinquish(struct domain *d);
/* Boot: whose not-present entries may not name RAM below ram_end (pv-l1tf=).  cache_mask: the
 * address bits that the first-level cache looks at. */
void ptype_l1tf_init(uint64_t cache_mask, uint64_t ram_end, bool for_dom0, bool for_domu);

#endif
