/* SPDX-License-Identifier: BSD-2-Clause */
/* Host mappings on behalf of core/grant: level-1 entries whose references the grant room took. */

#include <hv/dirty.h>

#include "l1.h"

/* The level-1 slot that a map or unmap names; pt_lock held. NULL: none. */
static inline __attribute__((always_inline)) uint64_t *find_slot(struct vcpu *cur, uint64_t addr,
                                                                 unsigned flags)
{
    if (!(flags & GNTMAP_contains_pte))
        return ptype_walk(cur->cr3, GVA(addr));
    const mfn_t mfn = paddr_mfn(PADDR(addr));
    if (addr % 8 || !ptype_is_l1(cur->domain, mfn))
        return NULL;
    return (uint64_t *)arch_frame_ptr(mfn) + (addr & (PAGE_SIZE - 1)) / 8;
}

static uint64_t make_entry(mfn_t mfn, unsigned flags)
{
    uint64_t e = mfn_paddr(mfn).a | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_NX;

    if (!(flags & GNTMAP_readonly))
        e |= PTE_RW;
    e |= flags & GNTMAP_application_map ? PTE_USER : PTE_USER | PTE_KERNEL;
    return e | ((uint64_t)(flags >> _GNTMAP_guest_avail0) << 9 & PTE_AVAIL);
}

int ptype_grant_install(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags)
{
    struct domain *d = cur->domain;
    uint64_t old = 0;

    lock(&d->pt_lock);
    uint64_t *slot = find_slot(cur, addr, flags);
    if (likely(slot)) {
        old = pte_read(slot);
        shared_store(slot, make_entry(mfn, flags));
        dirty_entry(d, slot);
        if (unlikely(old & PTE_PRESENT))
            l1_put(old);
    }
    unlock(&d->pt_lock);
    return likely(slot) ? 0 : refuse(XEN_EINVAL);
}

/* What replaces the entry: nothing, or the entry of another address, which is taken from there. */
static int replacement(struct vcpu *cur, const uint64_t *slot, gva_t new_addr, uint64_t *e)
{
    *e = 0;
    if (!new_addr.a)
        return 0;
    uint64_t *from = ptype_walk(cur->cr3, new_addr);
    if (!from || from == slot)
        return refuse(XEN_EINVAL);
    *e = pte_read(from);
    shared_store(from, 0);
    dirty_entry(cur->domain, from);
    return 0;
}

static inline __attribute__((always_inline)) int
remove_entry(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags, gva_t new_addr)
{
    struct domain *d = cur->domain;
    const uint64_t want = PTE_PRESENT | (flags & GNTMAP_readonly ? 0 : PTE_RW);
    uint64_t e;

    if (new_addr.a && flags & GNTMAP_contains_pte)
        return refuse(XEN_EINVAL);
    lock(&d->pt_lock);
    uint64_t *slot = find_slot(cur, addr, flags);
    int rc = slot && pte_mfn(*slot) == mfn.n && (*slot & (PTE_PRESENT | PTE_RW)) == want
                 ? replacement(cur, slot, new_addr, &e)
                 : refuse(XEN_EINVAL);
    if (likely(!rc)) {
        shared_store(slot, e);
        dirty_entry(d, slot);
    }
    unlock(&d->pt_lock);
    return rc;
}

/* Apart: what is not replaced saves no registers for it. */
static __attribute__((noinline)) int replace_entry(struct vcpu *cur, uint64_t addr, mfn_t mfn,
                                                   unsigned flags, gva_t new_addr)
{
    return remove_entry(cur, addr, mfn, flags, new_addr);
}

int ptype_grant_remove(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags, gva_t new_addr)
{
    if (unlikely(new_addr.a))
        return replace_entry(cur, addr, mfn, flags, new_addr);
    return remove_entry(cur, addr, mfn, flags, GVA(0));
}
