/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table helpers of the tests. */
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/env.h>
#include <front/hcall.h>
#include <front/lib.h>

void *page_get(void)
{
    void *page = env_page_alloc();

    if (!page)
        error("out of pages");
    return page;
}

uint64_t pte_of(const void *va, uint64_t flags)
{
    return boot_mfn(va) << PAGE_SHIFT | flags;
}

long pt_ro(void *page)
{
    return hc_update_va_mapping(U64(page), pte_of(page, PT_RO), UVMF_INVLPG);
}

long pt_rw(void *page)
{
    return hc_update_va_mapping(U64(page), pte_of(page, PT_RW), UVMF_INVLPG);
}

uint64_t *pt_page_with(const uint64_t *entries)
{
    uint64_t *page = page_get();

    if (entries)
        memcpy(page, entries, PAGE_SIZE);
    if (pt_ro(page))
        error("cannot make a page read-only");
    return page;
}

uint64_t *pt_page(void)
{
    return pt_page_with(NULL);
}

long pt_update(uint64_t ptr, uint64_t value)
{
    struct mmu_update u = {.ptr = ptr, .val = value};

    return hc_mmu_update(&u, 1, NULL, DOMID_SELF);
}

long pt_write(uint64_t *slot, uint64_t value)
{
    return pt_update(boot_mfn(slot) << PAGE_SHIFT | (U64(slot) & ~PAGE_MASK), value);
}

long pt_ext(unsigned cmd, uint64_t arg1, uint64_t arg2)
{
    struct mmuext_op op = {.cmd = cmd};

    op.arg1.mfn = arg1;
    op.arg2.nr_ents = 0;
    memcpy(&op.arg2, &arg2, sizeof(arg2));
    return hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long pt_pin(unsigned level, const void *table)
{
    return pt_ext(MMUEXT_PIN_L1_TABLE + level - 1, boot_mfn(table), 0);
}

long pt_unpin(const void *table)
{
    return pt_ext(MMUEXT_UNPIN_TABLE, boot_mfn(table), 0);
}

struct pt_region pt_region(unsigned l4_slot)
{
    struct pt_region r = {.l3 = pt_page(), .l2 = pt_page(), .l1 = pt_page()};

    r.va = (uint64_t)l4_slot << 39;
    if (l4_slot >= 256)
        r.va |= 0xffff000000000000;
    r.l4e = (uint64_t *)boot_info->pt_base + l4_slot;
    if (pt_write(r.l4e, pte_of(r.l3, PT_RW)) || pt_write(r.l3, pte_of(r.l2, PT_RW)) ||
        pt_write(r.l2, pte_of(r.l1, PT_RW)))
        error("cannot build page tables for slot %u", l4_slot);
    return r;
}

void *pt_region_va(const struct pt_region *r, unsigned i)
{
    return (void *)(r->va + (uint64_t)i * PAGE_SIZE);
}
