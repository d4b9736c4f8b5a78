/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * L1TF: on some CPUs a walk that ends at a not-present entry goes on speculatively with the frame
 * number in it, and reads that memory if it is in the first-level cache.  There such entries of
 * guests may not name RAM (pv-l1tf=); kernels that know invert the number.
 */
#include "ptype_int.h"

struct ptype_l1tf ptype_l1tf;

void ptype_l1tf_init(uint64_t cache_mask, uint64_t ram_end, bool for_dom0, bool for_domu)
{
    ptype_l1tf = (struct ptype_l1tf){cache_mask & PTE_MFN_MASK,
                                     {for_domu ? ram_end : 0, for_dom0 ? ram_end : 0}};
}

bool ptype_l1tf_scan(const struct domain *d, enum ptype level, const uint64_t *table)
{
    budget_draw(PT_ENTRIES / BUDGET_WORDS);
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        if (!(table[i] & PTE_PRESENT) && !(level == PT_L4 && l4_slot_is_hv(i)) &&
            ptype_l1tf_leaks(d, table[i]))
            return false;
    return true;
}
