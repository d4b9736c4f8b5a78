/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page types: the heart of a PV hypervisor.  A frame is at any time used as at
 * most one of: page table of level 1..4, descriptor-table page, writable page.
 * The type can change only when its type count is zero, and a page table
 * only becomes one after every entry of it was checked.
 *
 * Invariants (ptype_audit recomputes them):
 *   PT-1 no frame with type L1..L4 or SEGDESC has a writable mapping in any validated page table
 *   PT-2 a validated Ln table's present entries each hold one reference and (for n > 1) one type
 *        reference of level n-1 on what they map; writable L1 entries one WRITABLE type reference
 *   PT-3 type count == number of those references + pins + base pointers + descriptor uses
 *   PT-4 every validated L4 has the hypervisor's slots installed
 *   PT-5 before a frame leaves WRITABLE for another type, no TLB can hold a writable mapping of it
 *   PT-6 a guest entry never maps: the hypervisor's frames, another domain's without its grant or
 *        privilege, reserved bits, or a super page
 * Locking: table contents and types L1..L4/SEGDESC change under the owner's pt_lock; WRITABLE
 * counts are atomic and may be taken without it.
 */
#ifndef HV_PTYPE_H
#define HV_PTYPE_H

#include <hv/frame.h>

enum ptype {
    PT_NONE = 0,
    PT_L1 = 1,
    PT_L2 = 2,
    PT_L3 = 3,
    PT_L4 = 4,
    PT_SEGDESC = 5,
    PT_WRITABLE = 7,
};
#define PTYPE_SHIFT     60
#define PTYPE_PINNED    (1UL << 59)
#define PTYPE_VALIDATED (1UL << 58)
#define PTYPE_PARTIAL   (1UL << 57)  /* validation was preempted: entries below the progress hold references */
#define PTYPE_UNDO      (1UL << 56)  /* waiting to be taken apart; the count is the next such table's mfn */
#define PTYPE_COUNT     0xFFFFFFFFUL
/* TLB stamp of the moment the count became 0; progress while PARTIAL or UNDO. */
#define PTYPE_STAMP_SHIFT 32
#define PTYPE_STAMP_MASK  (0xFFFFFUL << PTYPE_STAMP_SHIFT)

static inline enum ptype ptype_of(const struct frame *f)
{
    return (enum ptype)(atomic_load_explicit(&f->type, memory_order_relaxed) >> PTYPE_SHIFT);
}

/* One reference of kind WRITABLE: -XEN_EBUSY if f is in use as a table. No lock. Caller holds a frame reference. */
int ptype_get_writable_slow(struct frame *f, uint64_t seen);
static inline int ptype_get_writable(struct frame *f)
{
    uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    if (likely(t >> PTYPE_SHIFT == PT_WRITABLE) &&
        likely(atomic_compare_exchange_strong_explicit(&f->type, &t, t + 1, memory_order_acquire,
                                                       memory_order_relaxed)))
        return 0;
    return ptype_get_writable_slow(f, t);
}
/* The last one leaves a stamp: until every TLB was flushed, some may still hold the mapping (PT-5). */
static inline void ptype_put_writable(struct frame *f)
{
    uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed), left;
    do {
        left = t - 1;
        if (!(left & PTYPE_COUNT))
            left = (left & ~PTYPE_STAMP_MASK) | (uint64_t)arch_tlb_stamp() << PTYPE_STAMP_SHIFT;
    } while (unlikely(!atomic_compare_exchange_weak_explicit(
        &f->type, &t, left, memory_order_release, memory_order_relaxed)));
}
/* As above for page tables and SEGDESC, with the owner's pt_lock held inside pt_begin/pt_end
 * (core/ptype/ptype_int.h): validates on first use. -XEN_EINVAL (bad entry or in use otherwise), -XEN_ERESTART
 * (preempted: progress is kept in the frame, call again). put never fails: what takes long is left to later
 * operations on d's tables. */
int ptype_get_table(struct domain *d, struct frame *f, enum ptype level);
void ptype_put_table(struct domain *d, struct frame *f);

/* Frame reference + type reference (PT_NONE: none), with owner check; and the drop of both.  `d` must own it.
 * Take pt_lock themselves for tables and SEGDESC. -XEN_EINVAL, -XEN_EBUSY, -XEN_ERESTART. */
int ptype_get_frame(struct domain *d, mfn_t mfn, enum ptype type, struct frame **out);
void ptype_put_frame(struct domain *d, struct frame *f, enum ptype type);

/* Base pointer at boot/restore: validates mfn as L4, however long that takes, and holds it (v->cr3, v->user_cr3). */
int ptype_set_base(struct vcpu *v, mfn_t l4, bool user);
/* The same on behalf of a running guest (mfn 0 with user: none): -XEN_ERESTART when preempted. */
int ptype_switch_base(struct vcpu *v, mfn_t mfn, bool user);
void ptype_drop_base(struct vcpu *v);           /* both pointers; never preempted */
int ptype_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned entries);
void ptype_drop_gdt(struct vcpu *v);
/* May this 8-byte descriptor be in a guest's GDT/LDT? Adjusts DPL as the ABI says; false: refuse. */
bool ptype_check_descriptor(uint64_t *desc);

/* A guest wrote to a page table it maps read-only (VMASST writable_pagetables): the value `new`
 * (old value `old` if compare) is to be stored, as by mmu_update NORMAL. pte_mfn/offset located by arch.
 * *old gets what was there; with compare, nothing is stored (and 0 returned) if that differs from *old on entry.
 * -XEN_EINVAL, -XEN_EBUSY: the value may not be stored, -XEN_ERESTART: let the guest try again. */
int ptype_emulate_write(struct vcpu *cur, mfn_t table, unsigned offset, uint64_t val, unsigned bytes,
                        bool compare, uint64_t *old);
/* Walks the guest kernel's tables in software: the L1 entry for a guest address (0: none). */
uint64_t ptype_lookup_l1e(const struct vcpu *v, uint64_t gva, mfn_t *table, unsigned *index);

/* Do the tables under root let the hypervisor read (write) at gva?  No lock; for a root that is loaded here. */
bool ptype_allows(mfn_t root, uint64_t gva, bool write);

/* Grant mappings: install / remove a host mapping on behalf of a guest (used by core/grant).
 * flags are GNTMAP_*; addr is a guest virtual address or, with GNTMAP_contains_pte, the machine address
 * of a PTE.  The caller holds the frame and type references that the new entry stands for.
 * destroy: the entry must map `mfn` (-XEN_EINVAL otherwise) and is zeroed or, if new_addr != 0, gets the entry
 * of new_addr, which is zeroed (unmap_and_replace).  The caller flushes TLBs before it drops the references. */
int ptype_grant_install(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags);
int ptype_grant_remove(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags, uint64_t new_addr);

/* The guest's own hold on a table's type, as MMUEXT_PIN_*: -XEN_EINVAL, -XEN_EBUSY, -XEN_ERESTART. No lock held. */
int ptype_pin(struct domain *d, mfn_t mfn, enum ptype level);
/* Teardown: unpins and drops every table of d; -XEN_ERESTART. */
int ptype_relinquish(struct domain *d);
int ptype_audit(const struct domain *d);

#endif
