/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One page-table entry: may it exist, what does it hold, how does it change.
 *
 * Guest kernels run in ring 3 as guest user code does, so every present entry
 * gets USER.  What the guest meant stays visible: entries it made without USER
 * carry PTE_KERNEL.  No guest entry is ever GLOBAL: flushing a guest's
 * mappings is loading CR3 (Xen instead adds GLOBAL to user entries).
 */
#include <hv/dirty.h>

#include "ptype_int.h"

/* Cache attributes only for domains that may touch devices. */
static inline uint64_t l1_disallowed(const struct domain *d)
{
    return d->privileged ? 0 : PTE_CACHE;
}
#define UPPER_DISALLOWED (PTE_CACHE | PTE_GLOBAL)

static inline uint64_t l1_adjust(uint64_t e)
{
    if (!(e & PTE_USER))
        e |= PTE_KERNEL | PTE_USER;
    return e & ~PTE_GLOBAL;
}

/* No RAM of ours: a device's memory, which has no references. */
static __attribute__((noinline)) int l1_get_device(const struct domain *d, const struct domain *pg,
                                                   mfn_t mfn)
{
    if (frame_valid(mfn))
        return refuse(XEN_EBUSY); /* RAM, but not pg's */
    if (pg == io_domain)
        pg = d;
    if (!arch_iomem_allowed(pg, mfn))
        return mfn.n == PTE_MFN_MASK >> PAGE_SHIFT ? refuse(XEN_EINVAL) : refuse(XEN_EPERM);
    return 0;
}

/* For an entry of d's tables: f is pg's. */
static inline int get_writable(const struct domain *d, const struct domain *pg, struct frame *f)
{
    if (likely(pg == d))
        return ptype_get_writable(f);
    return ptype_get_writable_slow(f, atomic_load_explicit(&f->type, memory_order_relaxed),
                                   PTYPE_FOREIGN);
}

/* The references of a present entry whose flags are all right; owner: pg's word. */
static inline __attribute__((always_inline)) int
l1_reference(const struct domain *d, const struct domain *pg, uint64_t owner, uint64_t e)
{
    struct frame *f = frame_find(MFN(pte_mfn(e)));
    if (unlikely(!frame_get_owned(f, owner)))
        return l1_get_device(d, pg, MFN(pte_mfn(e)));
    if (e & PTE_RW && unlikely(get_writable(d, pg, f))) {
        frame_put(f);
        return refuse(XEN_EBUSY);
    }
    return 0;
}

static inline void l1_put(uint64_t e)
{
    struct frame *f = frame_find(MFN(pte_mfn(e)));
    if (unlikely(!(atomic_load_explicit(&f->ref, memory_order_relaxed) & FRAME_RAM)))
        return;
    if (e & PTE_RW)
        ptype_put_writable(f);
    frame_put(f);
}
void ptype_l1_put(uint64_t e)
{
    l1_put(e);
}

int ptype_l1_get_line(const struct domain *d, uint64_t *table, unsigned *i, unsigned end)
{
    const uint64_t bad = l1_disallowed(d), owner = frame_owner_word(d);
    uint64_t *slot = table + *i;
    int rc = 0;

    for (; slot < table + end; slot++) {
        const uint64_t e = *slot;
        if (!(e & PTE_PRESENT))
            continue;
        rc = unlikely(e & bad) ? refuse(XEN_EINVAL) : l1_reference(d, d, owner, e);
        if (unlikely(rc))
            break;
        const uint64_t adjusted = l1_adjust(e);
        if (unlikely(adjusted != e))
            __atomic_store_n(slot, adjusted, __ATOMIC_RELAXED);
    }
    *i = (unsigned)(slot - table);
    return rc;
}

void ptype_l1_put_line(const uint64_t *table, unsigned from, unsigned end)
{
    while (end-- > from)
        if (table[end] & PTE_PRESENT)
            l1_put(table[end]);
}

int ptype_upper_get(struct domain *d, enum ptype level, uint64_t *e)
{
    struct frame *f;

    if (unlikely(*e & UPPER_DISALLOWED))
        return refuse(XEN_EINVAL);
    int rc = ptype_table_ref(d, MFN(pte_mfn(*e)), level - 1, &f);
    if (!rc)
        *e |= PTE_USER;
    return rc;
}

void ptype_upper_put(struct domain *d, uint64_t e)
{
    ptype_table_unref(d, frame_of(MFN(pte_mfn(e))));
}

/* The hardware may set ACCESSED and DIRTY at any moment; nobody else writes (pt_lock, PT-1). */
static __attribute__((noinline)) void store_how(struct domain *d, uint64_t *slot, uint64_t old,
                                                uint64_t val, unsigned how) REQUIRES(d->pt_lock)
{
    const uint64_t kept = (how & 3) == MMU_PT_UPDATE_PRESERVE_AD ? PTE_ACCESSED | PTE_DIRTY : 0;

    while (!pte_cmpxchg(slot, &old, val | (old & kept)))
        ;
    dirty_entry(d, slot);
}
static inline void store(struct domain *d, uint64_t *slot, uint64_t old, uint64_t val, unsigned how)
    REQUIRES(d->pt_lock)
{
    if (likely(!how))
        __atomic_store_n(slot, val, __ATOMIC_RELAXED);
    else
        store_how(d, slot, old, val, how);
}

/* Same frame, only write access changes: one type reference more or less. False: not this way
 * (a grant's or a foreign frame, or a device). */
static inline bool l1_change_rw(const struct domain *d, const struct domain *pg, uint64_t val,
                                int *rc)
{
    struct frame *f = frame_find(MFN(pte_mfn(val)));
    if (unlikely(atomic_load_explicit(&f->ref, memory_order_relaxed) >> FRAME_OWNER_SHIFT !=
                 frame_owner_word(pg) >> FRAME_OWNER_SHIFT))
        return false;
    *rc = val & PTE_RW ? get_writable(d, pg, f) : 0;
    return true;
}

static inline int update_l1(struct domain *d, const struct domain *pg, uint64_t *slot, uint64_t val,
                            unsigned how) REQUIRES(d->pt_lock)
{
    const uint64_t old = pte_read(slot);
    int rc;

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
    if (old & PTE_PRESENT) {
        const uint64_t changed = (old ^ val) & ~PTE_HARMLESS;
        if (!changed) {
            store(d, slot, old, val, how);
            return 0;
        }
        if (changed == PTE_RW && l1_change_rw(d, pg, val, &rc)) {
            if (unlikely(rc))
                return rc;
            store(d, slot, old, val, how);
            if (old & PTE_RW)
                ptype_put_writable(frame_of(MFN(pte_mfn(old))));
            return 0;
        }
    }
    rc = l1_reference(d, pg, frame_owner_word(pg), val);
    if (unlikely(rc))
        return rc;
    store(d, slot, old, val, how);
    if (old & PTE_PRESENT)
        l1_put(old);
    return 0;
}

static int update_upper(struct domain *d, enum ptype level, uint64_t *slot, uint64_t val,
                        unsigned how) REQUIRES(d->pt_lock)
{
    const uint64_t old = pte_read(slot);

    if (val & PTE_PRESENT) {
        if (old & PTE_PRESENT && !((old ^ val) & PTE_MFN_MASK)) {
            if (val & UPPER_DISALLOWED)
                return refuse(XEN_EINVAL);
            store(d, slot, old, val | PTE_USER, how);
            return 0;
        }
        int rc = ptype_upper_get(d, level, &val);
        if (rc)
            return rc;
    } else if (ptype_l1tf_leaks(d, val)) {
        return refuse(XEN_EINVAL);
    }
    store(d, slot, old, val, how);
    if (old & PTE_PRESENT)
        ptype_upper_put(d, old);
    return 0;
}

/* Takes what its caller took, so that nothing is moved for it there. */
static __attribute__((noinline)) int update_table(struct domain *d, const struct domain *pg,
                                                  enum ptype level, uint64_t *slot, uint64_t val,
                                                  unsigned how) REQUIRES(d->pt_lock)
{
    (void)pg;
    if (level == PT_L4 && l4_slot_is_hv(((uintptr_t)slot & (PAGE_SIZE - 1)) / 8))
        return refuse(XEN_EINVAL);
    int rc = update_upper(d, level, slot, val, how);
    if (level == PT_L4 && likely(!rc))
        arch_l4_stored(d, arch_ptr_mfn(slot));
    return rc;
}

int ptype_update_entry(struct domain *d, const struct domain *pg, enum ptype level, uint64_t *slot,
                       uint64_t val, unsigned how)
{
    if (likely(level == PT_L1))
        return update_l1(d, pg, slot, val, how);
    return update_table(d, pg, level, slot, val, how);
}
