/* SPDX-License-Identifier: BSD-2-Clause */
/* One level-1 entry, inline for those who change many: its references, its change. */
#ifndef PTYPE_L1_H
#define PTYPE_L1_H

#include "ptype_int.h"

/* Cache attributes only for domains that may touch devices. */
static inline uint64_t l1_disallowed(const struct domain *d)
{
    return d->privileged ? 0 : PTE_CACHE;
}
static inline uint64_t l1_adjust(uint64_t e)
{
    if (!(e & PTE_USER))
        e |= PTE_KERNEL | PTE_USER;
    return e & ~PTE_GLOBAL;
}

/* For an entry of d's tables: f is pg's. */
static inline int get_writable(const struct domain *d, const struct domain *pg, struct frame *f)
{
    return ptype_get_writable_as(f, likely(pg == d) ? 0 : PTYPE_FOREIGN);
}

/* The references of a present entry of frame f whose flags are all right; owner: pg's mark. */
static inline __attribute__((always_inline)) int l1_reference(const struct domain *d,
                                                              const struct domain *pg,
                                                              uint64_t owner, struct frame *f,
                                                              uint64_t e)
{
    if (unlikely(!frame_get_owned(f, owner)))
        return ptype_get_device(d, pg, MFN(pte_mfn(e)));
    if (e & PTE_RW && unlikely(get_writable(d, pg, f))) {
        frame_put(f);
        return refuse(XEN_EBUSY);
    }
    return 0;
}

static inline void l1_put(uint64_t e)
{
    struct frame *f = frame_find(MFN(pte_mfn(e)));
    if (likely(e & PTE_RW ? ptype_put_writable(f)
                          : atomic_load_explicit(&f->ref, memory_order_relaxed) & FRAME_RAM))
        frame_put(f); /* else a device's memory */
}
static inline void store(struct domain *d, uint64_t *slot, uint64_t old, uint64_t val, unsigned how)
    REQUIRES(d->pt_lock)
{
    if (likely(!how))
        shared_store(slot, val);
    else
        ptype_store_how(d, slot, old, val, how);
}

/* Changes entry `slot` of a validated table of d.  how: MMU_PT_UPDATE_PRESERVE_AD, if ACCESSED and
 * DIRTY of the old entry survive, and d->logging; so that the usual is one test. */
static inline __attribute__((always_inline)) int
update_l1(struct domain *d, const struct domain *pg, uint64_t *slot, uint64_t val, unsigned how)
    REQUIRES(d->pt_lock)
{
    const uint64_t old = pte_read(slot);

    if (!(val & PTE_PRESENT)) {
        if (unlikely(val) && unlikely(ptype_l1tf_leaks(d, val)))
            return refuse(XEN_EINVAL);
        store(d, slot, old, val, how);
        if (old & PTE_PRESENT)
            l1_put(old);
        return 0;
    }
    if (unlikely(val & l1_disallowed(d)))
        return refuse(XEN_EINVAL);
    val = l1_adjust(val);
    const uint64_t changed = (old ^ val) & ~PTE_HARMLESS; /* PRESENT, too, unless old is */
    if (!changed) {
        store(d, slot, old, val, how);
        return 0;
    }
    /* Only write access changes: one type reference more or less.  Not of a grant's or a foreign
     * frame, or a device. */
    struct frame *f = frame_find(MFN(pte_mfn(val)));
    if (changed == PTE_RW &&
        atomic_load_explicit(&f->ref, memory_order_relaxed) >> FRAME_OWNER_SHIFT ==
            frame_owner_mark(pg)) {
        if (val & PTE_RW && unlikely(get_writable(d, pg, f)))
            return refuse(XEN_EBUSY);
        store(d, slot, old, val, how);
        if (old & PTE_RW)
            ptype_put_writable(f);
        return 0;
    }
    int rc = l1_reference(d, pg, frame_owner_mark(pg), f, val);
    if (unlikely(rc))
        return rc;
    store(d, slot, old, val, how);
    if (old & PTE_PRESENT)
        l1_put(old);
    return 0;
}

#endif
