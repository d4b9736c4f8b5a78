/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a guest's own page tables in software. */
#include "ptype_int.h"

/* Canonical, and not in the hypervisor's part of the address space. */
bool ptype_guest_address(gva_t gva)
{
    return gva.a < 1UL << 47 || gva.a >= HYPERVISOR_VIRT_END;
}

uint64_t *ptype_walk(mfn_t root, gva_t gva)
{
    if (unlikely(!ptype_guest_address(gva) || mfn_eq(root, MFN_INVALID)))
        return NULL;
    uint64_t *table = arch_frame_ptr(root);
#pragma GCC unroll 3
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t e = pte_read(&table[gva.a >> shift & (PT_ENTRIES - 1)]);
        if (unlikely(!(e & PTE_PRESENT)))
            return NULL;
        table = arch_frame_ptr(MFN(pte_mfn(e)));
    }
    return &table[gva.a >> 12 & (PT_ENTRIES - 1)];
}

bool ptype_lookup_table(const struct vcpu *v, gva_t gva, mfn_t *table, uint64_t *entry)
{
    struct domain *d = v->domain;
    bool found = false;

    lock(&d->pt_lock);
    const uint64_t *slot = ptype_walk(v->in_user ? v->user_cr3 : v->cr3, gva);
    const uint64_t e = slot ? pte_read(slot) : 0;
    *table = MFN(pte_mfn(e));
    if ((e & (PTE_PRESENT | PTE_RW)) == PTE_PRESENT)
        found = ptype_is_l1(d, *table);
    if (found)
        *entry = pte_read((uint64_t *)arch_frame_ptr(*table) + (gva.a & (PAGE_SIZE - 1)) / 8);
    unlock(&d->pt_lock);
    return found;
}

/* As the CPU walks: without a lock.  Frames of a table in use do not become others' before this CPU
 * has flushed, and whatever is read leads to RAM or nowhere. */
bool ptype_allows(mfn_t root, gva_t gva, bool write)
{
    uint64_t need = PTE_PRESENT | (write ? PTE_RW : 0);
    mfn_t table = root;

    if (!ptype_guest_address(gva))
        return false;
    for (unsigned shift = 39;; shift -= 9) {
        uint64_t e;

        if (!frame_valid(table))
            return false;
        e = pte_read((uint64_t *)arch_frame_ptr(table) + (gva.a >> shift & (PT_ENTRIES - 1)));
        if ((e & need) != need)
            return false;
        if (shift == 12)
            return true;
        table = MFN(pte_mfn(e));
    }
}

uint64_t ptype_lookup_l1e(const struct vcpu *v, gva_t gva, mfn_t *table, unsigned *index)
{
    struct domain *d = v->domain;
    uint64_t e = 0;

    lock(&d->pt_lock); /* the tables stay tables while we look */
    uint64_t *slot = ptype_walk(v->cr3, gva);
    if (slot) {
        e = pte_read(slot);
        *table = arch_ptr_mfn(slot);
        *index = (unsigned)(((uintptr_t)slot & (PAGE_SIZE - 1)) / 8);
    }
    unlock(&d->pt_lock);
    return e;
}
