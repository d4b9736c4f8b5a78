/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest layout: rules of "Start-of-day memory layout" (xen/xen.h) and of the page tables that
 * realise it, checked by walking the tables as the processor would.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <xen/elfnote.h>
#include "hv/build.h"
#include <xen/xen.h>
#include "kernel.h"

#define MIB_PAGES 256u
#define P2M_BASE  UINT64_C(0x8000000000)
#define MFN_SKEW  0x12345u /* so that a pfn used as mfn is noticed */

static struct kernel k;
static struct elf_image elf;
static struct xen_notes notes;
static struct build_request req;
static struct build_plan plan;

static enum build_error make_plan(uint64_t mib, uint64_t ramdisk_len)
{
    cr_assert_eq(elf_parse(k.bytes, k.len, &elf), BUILD_OK);
    cr_assert_eq(elf_notes(&elf, ~0u, &notes), BUILD_OK);
    req.elf = &elf;
    req.notes = &notes;
    req.nr_pages = mib * MIB_PAGES;
    req.ramdisk_len = ramdisk_len;
    return build_plan(&req, &plan);
}

static void old_style_kernel(uint64_t memsz)
{
    kernel_init(&k, memsz);
    kernel_note_u64(&k, XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE);
}

static uint64_t mfn_of(void *ctx, uint64_t pfn)
{
    (void)ctx;
    cr_assert_lt(pfn, plan.nr_pages);
    return pfn + MFN_SKEW;
}

/* The entry of table @pfn for @vaddr, filled on the spot; 0 when @pfn is no table of @level. */
static uint64_t entry_of(unsigned int level, uint64_t pfn, uint64_t vaddr)
{
    static uint64_t entries[512];

    for (uint64_t n = 0; n < build_table_count(&plan); n++) {
        struct build_table table = build_table_get(&plan, n);

        if (table.pfn != pfn)
            continue;
        cr_assert_eq(table.level, level);
        build_table_fill(&plan, &table, mfn_of, NULL, entries);
        return entries[(vaddr >> (12 + 9 * (level - 1))) & 511];
    }
    cr_assert_fail("pfn %#lx is not a page table", (unsigned long)pfn);
    return 0;
}

/* Walks from the root; returns the leaf entry or 0. */
static uint64_t walk(uint64_t vaddr)
{
    uint64_t pfn = plan.tables.pfn, pte = 0;

    for (unsigned int level = 4; level >= 1; level--) {
        pte = entry_of(level, pfn, vaddr);
        if (!(pte & 1))
            return 0;
        pfn = ((pte & UINT64_C(0xffffffffff000)) >> 12) - MFN_SKEW;
    }
    return pte;
}

static void check_mapped(uint64_t vaddr, uint64_t pfn, bool writable)
{
    uint64_t pte = walk(vaddr);

    cr_assert_eq((pte & UINT64_C(0xffffffffff000)) >> 12, pfn + MFN_SKEW, "vaddr %#lx",
                 (unsigned long)vaddr);
    cr_assert_eq((pte & 2) != 0, writable, "vaddr %#lx", (unsigned long)vaddr);
    cr_assert(pte & 4, "user bit at %#lx", (unsigned long)vaddr);
    cr_assert_eq(build_pfn_at(&plan, vaddr), pfn);
}

/* Point 4 and 5: packed in this order, each 1:1 from virt_base. */
static void check_order(const struct build_area *const *areas, size_t n)
{
    uint64_t pfn = areas[0]->pfn;

    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(areas[i]->pfn, pfn, "area %zu", i);
        cr_assert_eq(areas[i]->vaddr, plan.virt_base + (pfn << 12), "area %zu", i);
        pfn += areas[i]->pages;
    }
    cr_assert_eq(plan.virt_end % (4u << 20), 0);
    cr_assert_geq(plan.virt_end - (plan.virt_base + (pfn << 12)), 512u << 10);
}

Test(plan, linux_guest)
{
    const struct build_area *order[] = {&plan.kernel,  &plan.start_info, &plan.store,
                                        &plan.console, &plan.tables,     &plan.stack};

    kernel_linux(&k, 20 << 20);
    cr_assert_eq(make_plan(128, 3 << 20), BUILD_OK);
    check_order(order, 6);
    cr_assert_eq(plan.kernel.pfn, KERNEL_PADDR >> 12);
    cr_assert_eq(build_kernel_paddr(&plan, KERNEL_PADDR + 5), KERNEL_PADDR + 5);
    cr_assert_eq(plan.p2m.vaddr, P2M_BASE);
    cr_assert_eq(plan.p2m.pages, 128 * MIB_PAGES / 512);
    cr_assert_eq(plan.p2m.pfn, (plan.virt_end - plan.virt_base) >> 12);
    cr_assert_eq(plan.p2m_tables.pages, 3, "an L3, an L2 and an L1");
    cr_assert_eq(plan.ramdisk.vaddr, BUILD_UNSET);
    cr_assert_eq(plan.ramdisk.pfn, plan.p2m_tables.pfn + 3);
    cr_assert_eq(plan.pages_needed, plan.ramdisk.pfn + 3 * MIB_PAGES);
}

Test(plan, linux_guest_tables)
{
    kernel_linux(&k, 20 << 20);
    cr_assert_eq(make_plan(128, 0), BUILD_OK);
    cr_assert_eq(build_table_count(&plan), plan.tables.pages + plan.p2m_tables.pages);
    check_mapped(plan.virt_base, 0, true);
    check_mapped(plan.kernel.vaddr, plan.kernel.pfn, true);
    check_mapped(plan.stack.vaddr, plan.stack.pfn, true);
    check_mapped(plan.virt_end - 4096, ((plan.virt_end - plan.virt_base) >> 12) - 1, true);
    for (uint64_t i = 0; i < plan.tables.pages; i++)
        check_mapped(plan.tables.vaddr + (i << 12), plan.tables.pfn + i, false);
    check_mapped(P2M_BASE, plan.p2m.pfn, true);
    check_mapped(P2M_BASE + ((plan.p2m.pages - 1) << 12), plan.p2m.pfn + plan.p2m.pages - 1, true);
    cr_assert_eq(walk(plan.virt_end), 0);
    cr_assert_eq(walk(P2M_BASE + (plan.p2m.pages << 12)), 0);
    cr_assert_eq(walk(0), 0);
    cr_assert_eq(build_pfn_at(&plan, plan.virt_end), BUILD_UNSET);
}

Test(plan, guest_without_init_p2m_has_mapped_ramdisk)
{
    const struct build_area *order[] = {&plan.kernel, &plan.ramdisk, &plan.p2m,    &plan.start_info,
                                        &plan.store,  &plan.console, &plan.tables, &plan.stack};

    old_style_kernel(1 << 20);
    cr_assert_eq(make_plan(64, 5000), BUILD_OK);
    check_order(order, 8);
    cr_assert_eq(plan.ramdisk.pages, 2);
    cr_assert_eq(plan.p2m_tables.pages, 0);
    check_mapped(plan.p2m.vaddr, plan.p2m.pfn, true);
}

Test(plan, dom0_has_no_rings)
{
    const struct build_area *order[] = {&plan.kernel, &plan.start_info, &plan.tables, &plan.stack};

    kernel_linux(&k, 1 << 20);
    req.dom0 = true;
    cr_assert_eq(make_plan(64, 0), BUILD_OK);
    check_order(order, 4);
}

Test(plan, big_p2m_spans_several_tables)
{
    kernel_linux(&k, 1 << 20);
    cr_assert_eq(make_plan(1024 * 1024, 0), BUILD_OK); /* 1 TiB: a p2m of 2 GiB */
    cr_assert_eq(plan.p2m_tables.pages, 1 + 2 + 1024);
    check_mapped(P2M_BASE + ((plan.p2m.pages - 1) << 12), plan.p2m.pfn + plan.p2m.pages - 1, true);
}

Test(plan, p2m_beside_the_kernel_shares_tables)
{
    old_style_kernel(1 << 20);
    /* Same L3 and L2, next L1 but one. */
    kernel_note_u64(&k, XEN_ELFNOTE_INIT_P2M, KERNEL_BASE + (64 << 20));
    cr_assert_eq(make_plan(64, 0), BUILD_OK);
    cr_assert_eq(plan.p2m_tables.pages, 1);
    check_mapped(plan.p2m.vaddr, plan.p2m.pfn, true);
    check_mapped(plan.virt_base, 0, true);
}

Test(plan, says_how_much_memory_is_needed)
{
    uint64_t needed;

    kernel_linux(&k, 20 << 20);
    cr_assert_eq(make_plan(16, 4 << 20), BUILD_PLAN_MEMORY);
    needed = plan.pages_needed;
    cr_assert_eq(make_plan(needed / MIB_PAGES + 1, 4 << 20), BUILD_OK);
    cr_assert_eq(make_plan(needed / MIB_PAGES - 1, 4 << 20), BUILD_PLAN_MEMORY);
}

Test(plan, refuses_addresses_a_guest_may_not_use)
{
    static const uint64_t bad[] = {
        UINT64_C(0xffff800000000000),
        UINT64_C(0xffff87ffff000000),
        UINT64_C(0x0000800000000000),
        UINT64_C(0x00007fffff000000),
        UINT64_C(0x123),
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        kernel_linux(&k, 1 << 20);
        kernel_note_u64(&k, XEN_ELFNOTE_INIT_P2M, bad[i]);
        cr_assert_eq(make_plan(64 * 1024, 0), BUILD_PLAN_RANGE, "%#lx", (unsigned long)bad[i]);
    }
    kernel_linux(&k, 1 << 20);
    kernel_note_u64(&k, XEN_ELFNOTE_INIT_P2M, KERNEL_BASE + KERNEL_PADDR);
    cr_assert_eq(make_plan(64, 0), BUILD_PLAN_OVERLAP);
}

/* The kernel's first frame is its address less the offset: that must not wrap, nor be half a page.
 */
Test(plan, offsets_that_make_no_frame)
{
    static const uint64_t bad[] = {KERNEL_PADDR + 0x1000, KERNEL_PADDR + 0x200000, 0x10, 0x801};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        old_style_kernel(1 << 20);
        kernel_note_u64(&k, XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE + (bad[i] & ~UINT64_C(0xfff)));
        kernel_note_u64(&k, XEN_ELFNOTE_PADDR_OFFSET, bad[i]);
        cr_assert_eq(make_plan(64, 0), BUILD_PLAN_RANGE, "%#lx", (unsigned long)bad[i]);
    }
    old_style_kernel(1 << 20);
    kernel_note_u64(&k, XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE + KERNEL_PADDR);
    kernel_note_u64(&k, XEN_ELFNOTE_PADDR_OFFSET, KERNEL_PADDR);
    cr_assert_eq(make_plan(64, 0), BUILD_OK);
    cr_assert_eq(plan.kernel.pfn, 0);
}

/* Tables map themselves, the stack and half a megabyte more, whatever the kernel's size. */
Test(plan, tables_map_themselves)
{
    for (uint64_t size = 1 << 20; size < 24 << 20; size += 112 << 10) {
        kernel_linux(&k, size);
        cr_assert_eq(make_plan(128, 0), BUILD_OK);
        cr_assert_geq(plan.virt_end - (plan.stack.vaddr + 4096), 512u << 10, "kernel of %#lx",
                      (unsigned long)size);
    }
}

Test(plan, sizes_that_overflow)
{
    kernel_linux(&k, 1 << 20);
    cr_assert_eq(make_plan(UINT64_MAX / MIB_PAGES, 0), BUILD_PLAN_RANGE);
    cr_assert_eq(make_plan(64, UINT64_MAX), BUILD_PLAN_RANGE);
    cr_assert_eq(make_plan(64, (UINT64_C(1) << 32) + 1), BUILD_PLAN_RANGE);
}

Test(plan, start_info)
{
    struct start_info *si = malloc(sizeof(*si));

    kernel_linux(&k, 1 << 20);
    cr_assert_eq(make_plan(64, 4097), BUILD_OK);
    build_start_info(&plan, si);
    cr_assert_str_eq(si->magic, "xen-3.0-x86_64");
    cr_assert_eq(si->nr_pages, 64 * MIB_PAGES);
    cr_assert_eq(si->pt_base, plan.tables.vaddr);
    cr_assert_eq(si->nr_pt_frames, plan.tables.pages);
    cr_assert_eq(si->mfn_list, P2M_BASE);
    cr_assert_eq(si->first_p2m_pfn, plan.p2m.pfn);
    cr_assert_eq(si->nr_p2m_frames, plan.p2m.pages + plan.p2m_tables.pages);
    cr_assert_eq(si->mod_start, plan.ramdisk.pfn);
    cr_assert_eq(si->mod_len, 4097);
    cr_assert(si->flags & SIF_MOD_START_PFN);
    free(si);
}
