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
#define PTYPE_PARTIAL   (1UL << 57)
#define PTYPE_COUNT     0xFFFFFFFFUL

static inline enum ptype ptype_of(const struct frame *f)
{
    return (enum ptype)(atomic_load_explicit(&f->type, memory_order_relaxed) >> PTYPE_SHIFT);
}

/* One reference of kind WRITABLE: -XEN_EBUSY if f is in use as a table. No lock. Caller holds a frame reference. */
int ptype_get_writable(struct frame *f);
void ptype_put_writable(struct frame *f);
/* As above for page tables: validates on first use. pt_lock of the owner held. -XEN_EINVAL (bad entry), -XEN_EBUSY,
 * -XEN_ERESTART (preempted: progress kept in the frame, call again). */
int ptype_get_table(struct domain *d, struct frame *f, enum ptype level);
int ptype_put_table(struct domain *d, struct frame *f);

/* Frame reference + type reference, with owner check; and the drop of both.  `d` must own it. */
int ptype_get_frame(struct domain *d, mfn_t mfn, enum ptype type, struct frame **out);
void ptype_put_frame(struct domain *d, struct frame *f, enum ptype type);

/* Kernel base pointer at boot/restore: validates mfn as L4 and holds it (v->cr3). */
int ptype_set_base(struct vcpu *v, mfn_t l4, bool user);
int ptype_drop_base(struct vcpu *v);            /* both pointers; -XEN_ERESTART */
int ptype_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned entries);
void ptype_drop_gdt(struct vcpu *v);
/* May this 8-byte descriptor be in a guest's GDT/LDT? Adjusts DPL as the ABI says; false: refuse. */
bool ptype_check_descriptor(uint64_t *desc);

/* A guest wrote to a page table it maps read-only (VMASST writable_pagetables): the value `new`
 * (old value `old` if compare) is to be stored, as by mmu_update NORMAL. pte_mfn/offset located by arch. */
int ptype_emulate_write(struct vcpu *cur, mfn_t table, unsigned offset, uint64_t val, unsigned bytes,
                        bool compare, uint64_t *old);
/* Walks the guest's current tables in software: the L1 entry for a guest address (0: none). */
uint64_t ptype_lookup_l1e(const struct vcpu *v, uint64_t gva, mfn_t *table, unsigned *index);

/* Grant mappings: install / remove a host mapping on behalf of a guest (used by core/grant).
 * flags are GNTMAP_*; addr is a guest virtual address or, with GNTMAP_contains_pte, the machine address
 * of a PTE.  The caller holds the frame and type references that the new entry stands for.
 * destroy: the entry must map `mfn` (-XEN_EINVAL otherwise) and is zeroed or set to new_pte (unmap_and_replace). */
int ptype_grant_install(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags);
int ptype_grant_remove(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags, uint64_t new_addr);

/* Teardown: unpins and drops every table of d; -XEN_ERESTART. */
int ptype_relinquish(struct domain *d);
int ptype_audit(const struct domain *d);

/* ---- hypercalls ---- */
long op_mmu_update(struct vcpu *cur, uint64_t ureqs, uint64_t count, uint64_t pdone, uint64_t foreigndom);
long op_mmuext_op(struct vcpu *cur, uint64_t uops, uint64_t count, uint64_t pdone, uint64_t foreigndom);
long op_update_va_mapping(struct vcpu *cur, uint64_t va, uint64_t val, uint64_t flags);
long op_update_va_mapping_otherdomain(struct vcpu *cur, uint64_t va, uint64_t val, uint64_t flags, uint64_t domid);
long op_set_gdt(struct vcpu *cur, uint64_t frames, uint64_t entries);
long op_update_descriptor(struct vcpu *cur, uint64_t pa, uint64_t desc);

#endif
