/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a guest's own page tables in software. */
#include "ptype_int.h"

/* Canonical, and not in the hypervisor's part of the address space. */
bool ptype_guest_address(uint64_t gva)
{
    return gva < 1UL << 47 || gva >= HYPERVISOR_VIRT_END;
}

uint64_t *ptype_walk(mfn_t root, uint64_t gva)
{
    if (unlikely(!ptype_guest_address(gva) || mfn_eq(root, MFN_INVALID)))
        return NULL;
    uint64_t *table = arch_frame_ptr(root);
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t e = pte_read(&table[gva >> shift & (PT_ENTRIES - 1)]);
        if (unlikely(!(e & PTE_PRESENT)))
            return NULL;
        table = arch_frame_ptr(MFN(pte_mfn(e)));
    }
    return &table[gva >> 12 & (PT_ENTRIES - 1)];
}

uint64_t ptype_lookup_l1e(const struct vcpu *v, uint64_t gva, mfn_t *table, unsigned *index)
{
    struct domain *d = v->domain;
    uint64_t e = 0;

    lock(&d->pt_lock); /* the tables stay tables while we look */
    uint64_t *slot = ptype_walk(v->in_user ? v->user_cr3 : v->cr3, gva);
    if (slot) {
        e = pte_read(slot);
        *table = arch_ptr_mfn(slot);
        *index = (unsigned)(((uintptr_t)slot & (PAGE_SIZE - 1)) / 8);
    }
    unlock(&d->pt_lock);
    return e;
}
