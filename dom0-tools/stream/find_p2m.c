/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a guest's p2m table is: linear in its kernel's address space (p2m_vaddr below p2m_cr3, what
 * current kernels have), or a tree of two levels (frame_list_list).
 */
#include <stdint.h>
#include <stdlib.h>

#include <xen/xen.h>

#include "lib/xalloc.h"
#include "stream/p2m.h"
#include "stream/table.h"

/* The guest's half of the upper addresses: above what is the hypervisor's */
#define KERNEL_FIRST 0xffff880000000000ull

static uint64_t entry_of(const struct guest *g, uint64_t table, unsigned int index)
{
    const uint64_t *at = guest_map(g, table, false, "a page table");
    uint64_t frame = NO_FRAME, entry;

    if (!at)
        return NO_FRAME;
    entry = at[index];
    guest_unmap(g, at);
    if (!table_names(entry, &frame) || entry & PTE_PSE) {
        fail(g->fail, "the guest's p2m table is not mapped where the guest says");
        return NO_FRAME;
    }
    return frame;
}

/* The L1 table that maps @vaddr. */
static uint64_t find_l1(const struct guest *g, uint64_t cr3, uint64_t vaddr)
{
    uint64_t table = xen_cr3_to_pfn(cr3);

    for (int shift = 39; shift > 12 && table != NO_FRAME; shift -= 9)
        table = entry_of(g, table, vaddr >> shift & (PAGE_ENTRIES - 1));
    return table;
}

static int find_linear(const struct guest *g, uint64_t cr3, uint64_t vaddr, uint64_t *mfn,
                       uint64_t n)
{
    const uint64_t *l1 = NULL;
    int ret = 0;

    if (vaddr % PAGE_BYTES || vaddr < KERNEL_FIRST || vaddr + n * PAGE_BYTES - 1 < vaddr)
        return fail(g->fail, "the guest's p2m table is not where one can be (%#llx)",
                    (unsigned long long)vaddr);
    for (uint64_t i = 0; !ret && i < n; i++, vaddr += PAGE_BYTES) {
        unsigned int index = vaddr >> 12 & (PAGE_ENTRIES - 1);

        if (!l1 || index == 0) {
            uint64_t table = find_l1(g, cr3, vaddr);

            if (l1)
                guest_unmap(g, l1);
            l1 = table == NO_FRAME ? NULL : guest_map(g, table, false, "a page table");
            if (!l1)
                return -1;
        }
        if (!table_names(l1[index], &mfn[i]))
            ret = fail(g->fail, "the guest's p2m table has a gap");
    }
    guest_unmap(g, l1);
    return ret;
}

static int find_tree(const struct guest *g, uint64_t top_mfn, uint64_t *mfn, uint64_t n)
{
    const uint64_t *top = guest_map(g, top_mfn, false, "the p2m table's root");
    int ret = top ? 0 : -1;

    if (n > PAGE_ENTRIES * PAGE_ENTRIES)
        ret = fail(g->fail, "the guest's p2m table has too few levels for its size");
    for (uint64_t i = 0; !ret && i < n; i += PAGE_ENTRIES) {
        const uint64_t *mid = guest_map(g, top[i / PAGE_ENTRIES], false, "the p2m table");

        ret = mid ? 0 : -1;
        for (uint64_t j = 0; mid && j < PAGE_ENTRIES && i + j < n; j++)
            mfn[i + j] = mid[j];
        if (mid)
            guest_unmap(g, mid);
    }
    if (top)
        guest_unmap(g, top);
    return ret;
}

uint64_t *p2m_find(const struct guest *g, uint64_t cr3, uint64_t vaddr, uint64_t frame_list_list,
                   uint64_t n)
{
    uint64_t *mfn = xcalloc(n, sizeof(*mfn));

    if (cr3 ? find_linear(g, cr3, vaddr, mfn, n) : find_tree(g, frame_list_list, mfn, n)) {
        free(mfn);
        return NULL;
    }
    return mfn;
}
