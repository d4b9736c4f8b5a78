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

#include "l1.h"

#define UPPER_DISALLOWED (PTE_CACHE | PTE_GLOBAL)

/* No RAM of ours: a device's memory, which has no references. */
int ptype_get_device(const struct domain *d, const struct domain *pg, mfn_t mfn)
{
    if (frame_valid(mfn))
        return refuse(XEN_EBUSY); /* RAM, but not pg's */
    if (pg == io_domain)
        pg = d;
    if (!arch_iomem_allowed(pg, mfn))
        return mfn.n == PTE_MFN_MASK >> PAGE_SHIFT ? refuse(XEN_EINVAL) : refuse(XEN_EPERM);
    return 0;
}

/* The hardware may set ACCESSED and DIRTY at any moment; nobody else writes (pt_lock, PT-1). */
void ptype_store_how(struct domain *d, uint64_t *slot, uint64_t old, uint64_t val, unsigned how)
{
    const uint64_t kept = (how & 3) == MMU_PT_UPDATE_PRESERVE_AD ? PTE_ACCESSED | PTE_DIRTY : 0;

    while (!pte_cmpxchg(slot, &old, val | (old & kept)))
        ;
    dirty_entry(d, slot);
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

/* Entries [*slot, end), which begin and end in one line; *slot tells how far it came. */
static inline __attribute__((always_inline)) int
get_line(const struct domain *d, uint64_t **slot, const uint64_t *end, uint64_t bad, uint64_t owner)
{
    for (; *slot < end; (*slot)++) {
        const uint64_t e = **slot;
        if (!(e & PTE_PRESENT))
            continue;
        int rc = unlikely(e & bad) ? refuse(XEN_EINVAL)
                                   : l1_reference(d, d, owner, frame_find(MFN(pte_mfn(e))), e);
        if (unlikely(rc))
            return rc;
        if (unlikely((e & (PTE_USER | PTE_GLOBAL)) != PTE_USER))
            shared_store(*slot, l1_adjust(e));
    }
    return 0;
}

int ptype_l1_get(const struct domain *d, uint64_t *table, unsigned *i)
{
    const uint64_t bad = l1_disallowed(d), owner = frame_owner_mark(d);
    const int most = arch_budget()->left;
    uint64_t *slot = table + *i, *line = table + (*i & ~(LINE - 1u));
    int used = 0, rc = 0;

    for (; !rc && line < table + PT_ENTRIES; line += LINE) {
        if (line_empty(line))
            continue;
        slot = max(slot, line);
        rc = used < most ? get_line(d, &slot, line + LINE, bad, owner) : -XEN_ERESTART;
        used += LINE * BUDGET_ENTRY;
    }
    budget_draw(used + SCAN_COST);
    *i = (unsigned)(slot - table);
    return rc;
}

unsigned ptype_l1_drop(const uint64_t *table, unsigned n)
{
    const int most = arch_budget()->left;
    int used = 0;

    while (n && used < most) {
        const unsigned line = (n - 1) & ~(LINE - 1u);
        if (!line_empty(&table[line])) {
            used += LINE * BUDGET_ENTRY;
            for (const uint64_t *e = table + n; e-- > table + line;)
                if (*e & PTE_PRESENT)
                    l1_put(*e);
        }
        n = line;
    }
    budget_draw(used + SCAN_COST);
    return n;
}

int ptype_update_table(struct domain *d, enum ptype level, uint64_t *slot, uint64_t val,
                       unsigned how)
{
    const uint64_t old = pte_read(slot);
    const bool same = old & val & PTE_PRESENT && !((old ^ val) & PTE_MFN_MASK);
    int rc = 0;

    if (level == PT_L4 && l4_slot_is_hv(((uintptr_t)slot & (PAGE_SIZE - 1)) / 8))
        return refuse(XEN_EINVAL);
    if (level == PT_L4 && budget_spent())
        return -XEN_ERESTART; /* each store may call other CPUs */
    if (same)
        rc = val & UPPER_DISALLOWED ? refuse(XEN_EINVAL) : 0;
    else if (val & PTE_PRESENT)
        rc = ptype_upper_get(d, level, &val);
    else if (ptype_l1tf_leaks(d, val))
        rc = refuse(XEN_EINVAL);
    if (rc)
        return rc;
    store(d, slot, old, val & PTE_PRESENT ? val | PTE_USER : val, how);
    if (level == PT_L4) /* before the old table may be something else */
        arch_l4_stored(d, arch_ptr_mfn(slot));
    if (old & PTE_PRESENT && !same)
        ptype_table_unref(d, frame_of(MFN(pte_mfn(old))));
    return 0;
}
