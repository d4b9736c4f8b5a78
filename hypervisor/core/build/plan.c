/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lays out a 64-bit PV guest's first memory, as data.
 *
 * The order is that of "Start-of-day memory layout" in xen/xen.h:
 *
 *   virt_base                                                            virt_end (4 MiB aligned)
 *   | gap | kernel | ramdisk | p2m | start_info | store | console | tables | stack | >= 512 KiB |
 *
 * mapped 1:1 from pfn 0.  A kernel may ask for the p2m list at an address of its own (INIT_P2M) and
 * for an unmapped ramdisk (MOD_START_PFN); their frames then follow virt_end's.
 */
#include "hv/build.h"

#define PAGES(bytes)   (((bytes) + BUILD_PAGE_SIZE - 1) >> BUILD_PAGE_SHIFT)
#define REGION_ALIGN   (UINT64_C(4) << 20)   /* xen.h, start-of-day layout, point 2 */
#define REGION_PADDING (UINT64_C(512) << 10) /* point 7 */
#define VADDR_BITS     48
#define VADDR_MASK     ((UINT64_C(1) << VADDR_BITS) - 1)
#define P2M_ENTRY      8u
/* HYPERVISOR_VIRT_START/END of xen/arch-x86/xen-x86_64.h, as 48-bit addresses */
#define HOLE_START (UINT64_C(0xffff800000000000) & VADDR_MASK)
#define HOLE_END   (UINT64_C(0xffff880000000000) & VADDR_MASK)
/* 16 TiB of guest memory: keeps every sum below far from overflow */
#define NR_PAGES_MAX (UINT64_C(1) << 32)

static bool range_usable(uint64_t start, uint64_t len)
{
    uint64_t top = start >> (VADDR_BITS - 1);
    uint64_t low = start & VADDR_MASK;

    if ((top != 0 && top != UINT64_MAX >> (VADDR_BITS - 1)) || start % BUILD_PAGE_SIZE != 0)
        return false;
    /* A range may end at the very top, but neither wrap nor cross the canonical hole. */
    if (len > (top ? VADDR_MASK + 1 : HOLE_START) - low)
        return false;
    return low + len <= HOLE_START || low >= HOLE_END;
}

static unsigned int block_shift(unsigned int level)
{
    return BUILD_PAGE_SHIFT + 9 * level;
}

static void add_run(struct build_plan *plan, unsigned int level, uint64_t first, uint64_t last,
                    uint64_t *pfn)
{
    plan->runs[plan->run_count++] = (struct build_table_run){
        .level = level,
        .block = first,
        .count = last - first + 1,
        .pfn = *pfn,
    };
    *pfn += last - first + 1;
}

/* Tables for the 1:1 region of @len bytes, root first; returns how many. */
static uint64_t main_tables(struct build_plan *plan, uint64_t len, uint64_t pfn)
{
    uint64_t start = plan->virt_base & VADDR_MASK, end = start + len - 1, next = pfn;

    plan->run_count = 0;
    for (unsigned int level = 4; level >= 1; level--)
        add_run(plan, level, start >> block_shift(level), end >> block_shift(level), &next);
    return next - pfn;
}

/*
 * Tables for a p2m list of its own, less those the 1:1 region has already; returns how many.
 * The ranges do not overlap, so at each level the rest is one interval.
 */
static uint64_t p2m_tables(struct build_plan *plan, uint64_t pfn)
{
    uint64_t start = plan->p2m.vaddr & VADDR_MASK, next = pfn;
    uint64_t end = start + plan->p2m.pages * BUILD_PAGE_SIZE - 1;

    for (unsigned int level = 3; level >= 1; level--) {
        const struct build_table_run *have = &plan->runs[4 - level];
        uint64_t first = start >> block_shift(level), last = end >> block_shift(level);
        uint64_t have_last = have->block + have->count - 1;

        if (first >= have->block && first <= have_last)
            first = have_last + 1;
        if (last >= have->block && last <= have_last)
            last = have->block - 1;
        if (first <= last && first <= end >> block_shift(level))
            add_run(plan, level, first, last, &next);
    }
    return next - pfn;
}

/* Takes @pages frames at *@pfn, not mapped anywhere. */
static struct build_area take_unmapped(uint64_t *pfn, uint64_t pages)
{
    struct build_area area = {.vaddr = BUILD_UNSET, .pfn = *pfn, .pages = pages};

    *pfn += pages;
    return area;
}

/* The same for an area of the 1:1 region. */
static struct build_area take(const struct build_plan *plan, uint64_t *pfn, uint64_t pages)
{
    struct build_area area = take_unmapped(pfn, pages);

    area.vaddr = plan->virt_base + (area.pfn << BUILD_PAGE_SHIFT);
    return area;
}

/* Page tables must map themselves, so their number is found by iterating to the fixed point. */
static uint64_t place_tables(struct build_plan *plan, uint64_t *pfn)
{
    uint64_t count = 4, need, len;

    for (;;) {
        len = ((*pfn + count + 1) << BUILD_PAGE_SHIFT) + REGION_PADDING;
        len = (plan->virt_base + len + REGION_ALIGN - 1) / REGION_ALIGN * REGION_ALIGN -
              plan->virt_base;
        need = main_tables(plan, len, *pfn);
        if (need <= count)
            break;
        count = need;
    }
    plan->tables = take(plan, pfn, need);
    plan->stack = take(plan, pfn, 1);
    return len;
}

/* Areas whose frames follow the 1:1 region's. */
static enum build_error place_rest(const struct build_request *req, struct build_plan *plan,
                                   uint64_t len)
{
    uint64_t pfn = len >> BUILD_PAGE_SHIFT, p2m_pages = PAGES(req->nr_pages * P2M_ENTRY);

    if (req->notes->init_p2m != BUILD_UNSET) {
        uint64_t start = req->notes->init_p2m, bytes = p2m_pages << BUILD_PAGE_SHIFT;

        if (!range_usable(start, bytes))
            return BUILD_PLAN_RANGE;
        if (start < plan->virt_base + len && plan->virt_base < start + bytes)
            return BUILD_PLAN_OVERLAP;
        plan->p2m = take_unmapped(&pfn, p2m_pages);
        plan->p2m.vaddr = start;
        plan->p2m_tables = take_unmapped(&pfn, p2m_tables(plan, pfn));
    }
    if (plan->ramdisk_by_pfn)
        plan->ramdisk = take_unmapped(&pfn, PAGES(req->ramdisk_len));
    plan->pages_needed = pfn;
    return pfn > req->nr_pages ? BUILD_PLAN_MEMORY : BUILD_OK;
}

enum build_error build_plan(const struct build_request *req, struct build_plan *out)
{
    const struct elf_image *elf = req->elf;
    const struct xen_notes *notes = req->notes;
    uint64_t base = elf->pstart & ~(BUILD_PAGE_SIZE - 1), pfn, len;

    *out = (struct build_plan){
        .nr_pages = req->nr_pages,
        .virt_base = notes->virt_base,
        .entry = notes->entry,
        .hypercall_page = notes->hypercall_page,
        .ramdisk_len = req->ramdisk_len,
        .kernel_pstart = base,
        .dom0 = req->dom0,
        .ramdisk_by_pfn = req->ramdisk_len && notes->unmapped_ramdisk,
    };
    /* The kernel's pfn is its physical address less PADDR_OFFSET: refuse what underflows. */
    if (req->nr_pages > NR_PAGES_MAX || req->ramdisk_len > NR_PAGES_MAX ||
        base < notes->paddr_offset || base - notes->paddr_offset > NR_PAGES_MAX ||
        notes->paddr_offset % BUILD_PAGE_SIZE != 0)
        return BUILD_PLAN_RANGE;

    pfn = (base - notes->paddr_offset) >> BUILD_PAGE_SHIFT;
    out->kernel = take(out, &pfn, PAGES(elf->pend - base));
    if (req->ramdisk_len && !out->ramdisk_by_pfn)
        out->ramdisk = take(out, &pfn, PAGES(req->ramdisk_len));
    if (notes->init_p2m == BUILD_UNSET)
        out->p2m = take(out, &pfn, PAGES(req->nr_pages * P2M_ENTRY));
    out->start_info = take(out, &pfn, 1);
    if (!req->dom0) {
        out->store = take(out, &pfn, 1);
        out->console = take(out, &pfn, 1);
    }
    if (!range_usable(out->virt_base, (pfn << BUILD_PAGE_SHIFT) + 2 * REGION_ALIGN))
        return BUILD_PLAN_RANGE;
    len = place_tables(out, &pfn);
    if (!range_usable(out->virt_base, len))
        return BUILD_PLAN_RANGE;
    out->virt_end = out->virt_base + len;
    return place_rest(req, out, len);
}

uint64_t build_kernel_paddr(const struct build_plan *plan, uint64_t paddr)
{
    return (plan->kernel.pfn << BUILD_PAGE_SHIFT) + (paddr - plan->kernel_pstart);
}

uint64_t build_pfn_at(const struct build_plan *plan, uint64_t vaddr)
{
    if (vaddr - plan->virt_base < plan->virt_end - plan->virt_base)
        return (vaddr - plan->virt_base) >> BUILD_PAGE_SHIFT;
    if (vaddr - plan->p2m.vaddr < plan->p2m.pages << BUILD_PAGE_SHIFT)
        return plan->p2m.pfn + ((vaddr - plan->p2m.vaddr) >> BUILD_PAGE_SHIFT);
    return BUILD_UNSET;
}
