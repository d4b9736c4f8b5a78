/* SPDX-License-Identifier: BSD-2-Clause */
/* What RAM there is, and memory from it before there is a frame allocator. */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/kexec.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/port.h>

#define MAX_RESERVED 32
#define LOW_END      (1UL << 20)
#define CRASH_ALIGN                                                                                \
    (16UL << 20) /* what Linux' protected-mode kernel likes (its boot protocol, kernel_alignment) */

struct boot_info boot_info = {.ramdisk = 1};
static struct ram_range reserved[MAX_RESERVED];
static unsigned reserved_count;
static uint64_t boot_top = 4UL << 30; /* memory above is not mapped yet */

__init void boot_reserve(uint64_t start, uint64_t end)
{
    CHECK(reserved_count < MAX_RESERVED);
    reserved[reserved_count++] = (struct ram_range){start & PAGE_MASK, ROUND_UP(end, PAGE_SIZE), 0};
}

__init const struct ram_range *boot_reserved(uint64_t start, uint64_t end)
{
    const struct ram_range *hit = NULL;

    for (unsigned i = 0; i < reserved_count; i++)
        if (reserved[i].start < end && reserved[i].end > start &&
            (!hit || reserved[i].start < hit->start))
            hit = &reserved[i];
    return hit;
}

/* Top-down first fit in RAM of [from, to). */
static __init uint64_t find_hole(uint64_t size, uint64_t align, uint64_t from, uint64_t to)
{
    for (unsigned i = boot_info.map_count; i-- > 0;) {
        const struct ram_range *r = &boot_info.map[i];
        uint64_t end = min(r->end, to);

        if (r->type != 1)
            continue;
        while (end >= size && (end = (end - size) & ~(align - 1)) >= max(r->start, from)) {
            const struct ram_range *hit = boot_reserved(end, end + size);
            if (!hit)
                return end;
            end = hit->start;
        }
    }
    return 0;
}

__init paddr_t boot_find_low(uint64_t size)
{
    uint64_t at = find_hole(size, PAGE_SIZE, PAGE_SIZE, LOW_END);

    if (!at)
        panic("no %lu KiB of free RAM below 1 MiB\n", size >> 10);
    return PADDR(at);
}

__init paddr_t boot_alloc(uint64_t size, uint64_t align)
{
    uint64_t at;

    size = ROUND_UP(size, PAGE_SIZE);
    at = find_hole(size, max(align, PAGE_SIZE), LOW_END, boot_top);
    if (!at)
        panic("out of memory while booting (%lu KiB wanted)\n", size >> 10);
    /* grow a neighbouring reservation rather than take a new slot */
    for (unsigned i = 0; i < reserved_count; i++) {
        if (reserved[i].start == at + size && reserved[i].type == 1) {
            reserved[i].start = at;
            goto out;
        }
    }
    boot_reserve(at, at + size);
    reserved[reserved_count - 1].type = 1;
out:
    for (uint64_t p = at; p < at + size; p += PAGE_SIZE)
        clear_page(phys_to_virt(PADDR(p)));
    return PADDR(at);
}

__init void boot_keep_crash_area(void)
{
    const uint64_t size = ROUND_UP((uint64_t)cmdline.crash_size, PAGE_SIZE);
    const uint64_t exact = (uint64_t)cmdline.crash_at, below = (uint64_t)cmdline.crash_below;
    uint64_t at;

    if (!size)
        return;
    at = exact ? find_hole(size, PAGE_SIZE, exact, exact + size)
               : find_hole(size, CRASH_ALIGN, LOW_END, below ? below : 4UL << 30);
    if (!at) {
        log_warn("crashkernel: there are no %lu MiB; crash images cannot be loaded\n", size >> 20);
        return;
    }
    boot_reserve(at, at + size);
    kexec_crash_area = (struct kexec_area){at, size};
    log_info("crashkernel: %lu MiB at %lx\n", size >> 20, at);
}

unsigned arch_machine_map(struct hv_e820 *out, unsigned max_entries)
{
    unsigned n = min(boot_info.map_count, max_entries);

    for (unsigned i = 0; i < n; i++) {
        const struct ram_range *r = &boot_info.map[i];
        out[i] = (struct hv_e820){r->start, r->end - r->start, r->type};
    }
    return n;
}
