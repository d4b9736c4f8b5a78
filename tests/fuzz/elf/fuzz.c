/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile ELF kernel: parse, read notes, plan, and fill every page table of the plan.
 * Besides memory errors, checks that no table refers to a frame the domain does not own.
 */
#include <stdlib.h>
#include "hv/build.h"
#include <xen/xen.h>

/* Enough for two p2m levels, few enough tables to fill them all */
#define NR_PAGES (UINT64_C(512) << 8)

static uint64_t mfn_of(void *ctx, uint64_t pfn)
{
    (void)ctx;
    if (pfn >= NR_PAGES)
        abort();
    return pfn;
}

/* Reads every byte that would be copied into the guest. */
static uint64_t touch_segments(const struct elf_image *elf, const struct build_plan *plan)
{
    struct elf_segment seg;
    uint64_t sum = 0;

    for (unsigned int i = 0; i < elf->phnum; i++) {
        uint64_t at;

        if (!elf_segment(elf, i, &seg))
            continue;
        at = build_kernel_paddr(plan, seg.paddr);
        if (at + seg.memsz > (plan->kernel.pfn + plan->kernel.pages) * BUILD_PAGE_SIZE)
            abort();
        for (uint64_t j = 0; j < seg.filesz; j += 64)
            sum += seg.data[j];
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint64_t entries[512];
    static struct start_info si;
    struct elf_image elf;
    struct xen_notes notes;
    struct build_plan plan;
    struct build_request req = {.elf = &elf, .notes = &notes, .nr_pages = NR_PAGES};

    if (len < 2)
        return 0;
    req.ramdisk_len = (uint64_t)data[len - 1] << 12;
    req.dom0 = data[len - 2] & 1;
    if (elf_parse(data, len, &elf) != BUILD_OK || elf_notes(&elf, ~0u, &notes) != BUILD_OK ||
        build_plan(&req, &plan) != BUILD_OK)
        return 0;
    touch_segments(&elf, &plan);
    build_start_info(&plan, &si);
    for (uint64_t n = 0; n < build_table_count(&plan); n++) {
        struct build_table table = build_table_get(&plan, n);

        if (table.pfn >= NR_PAGES)
            abort();
        build_table_fill(&plan, &table, mfn_of, NULL, entries);
    }
    return 0;
}
