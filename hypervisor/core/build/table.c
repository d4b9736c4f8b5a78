/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Content of the initial page tables that a plan calls for, one table page at a time, so that the
 * caller decides how a page is reached (foreign mapping or direct map).
 */
#include "hv/build.h"

#define PTE_PRESENT  UINT64_C(0x001)
#define PTE_WRITE    UINT64_C(0x002)
#define PTE_USER     UINT64_C(0x004) /* a 64-bit PV kernel runs in ring 3 */
#define PTE_ACCESSED UINT64_C(0x020)
#define PTE_DIRTY    UINT64_C(0x040)
#define PTE_FLAGS    (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define ENTRIES      512u

static uint64_t sign_extend(uint64_t vaddr48)
{
    return (uint64_t)((int64_t)(vaddr48 << 16) >> 16);
}

uint64_t build_table_count(const struct build_plan *plan)
{
    uint64_t count = 0;

    for (unsigned int i = 0; i < plan->run_count; i++)
        count += plan->runs[i].count;
    return count;
}

struct build_table build_table_get(const struct build_plan *plan, uint64_t n)
{
    const struct build_table_run *run = plan->runs;

    for (; n >= run->count; run++)
        n -= run->count;
    return (struct build_table){
        .level = run->level,
        .block = run->block + n,
        .vaddr = (run->block + n) << (BUILD_PAGE_SHIFT + 9 * run->level),
        .pfn = run->pfn + n,
    };
}

/* pfn of the level-@level table that covers @block, or BUILD_UNSET */
static uint64_t table_pfn(const struct build_plan *plan, unsigned int level, uint64_t block)
{
    for (unsigned int i = 0; i < plan->run_count; i++) {
        const struct build_table_run *run = &plan->runs[i];

        if (run->level == level && block - run->block < run->count)
            return run->pfn + (block - run->block);
    }
    return BUILD_UNSET;
}

static bool is_table(const struct build_plan *plan, uint64_t pfn)
{
    return pfn - plan->tables.pfn < plan->tables.pages ||
           pfn - plan->p2m_tables.pfn < plan->p2m_tables.pages;
}

void build_table_fill(const struct build_plan *plan, const struct build_table *table,
                      build_mfn_of mfn_of, void *ctx, uint64_t entries[ENTRIES])
{
    unsigned int child_shift = BUILD_PAGE_SHIFT + 9 * (table->level - 1);

    for (unsigned int i = 0; i < ENTRIES; i++) {
        uint64_t vaddr = table->vaddr + ((uint64_t)i << child_shift);
        uint64_t flags = PTE_FLAGS | PTE_WRITE, pfn;

        if (table->level > 1) {
            pfn = table_pfn(plan, table->level - 1, vaddr >> child_shift);
        } else {
            pfn = build_pfn_at(plan, sign_extend(vaddr));
            if (is_table(plan, pfn))
                flags = PTE_FLAGS;
        }
        entries[i] = pfn == BUILD_UNSET ? 0 : mfn_of(ctx, pfn) << BUILD_PAGE_SHIFT | flags;
    }
}
