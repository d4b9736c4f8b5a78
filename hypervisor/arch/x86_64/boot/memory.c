/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot-time memory: what is RAM, what is taken, the hypervisor's own mappings
 * of it, and the hand-over to the frame allocator.
 */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/kexec.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/cpu.h>
#include <asm/paging.h>
#include <asm/port.h>

#define IMAGE_ALIAS (2UL << 30) /* unused part of slot 261 above the image */
#define ONE_GB      (1UL << 30)
/* One 2 MiB page of the frame table describes this much RAM. */
#define FRAME_CHUNK (TWO_MB / sizeof(struct frame) << PAGE_SHIFT)

/* Applies fn to each maximal piece of RAM, trimmed to whole pages. */
static __init void for_each_ram(void (*fn)(uint64_t start, uint64_t end))
{
    for (unsigned i = 0; i < boot_info.map_count; i++) {
        const struct ram_range *r = &boot_info.map[i];
        uint64_t start = ROUND_UP(r->start, PAGE_SIZE), end = r->end & PAGE_MASK;

        if (r->type == 1 && end > start)
            fn(start, end);
    }
}

static __init void map_direct(uint64_t start, uint64_t end)
{
    start = max(start, 4 * ONE_GB);
    if (start < end)
        hv_map(DIRECT_BASE + (start & ~(TWO_MB - 1)), PADDR(start & ~(TWO_MB - 1)),
               ROUND_UP(end, TWO_MB) - (start & ~(TWO_MB - 1)), PTE_HV_DATA);
}

/* Backs the piece of a table that describes [start, end) with 2 MiB pages not mapped before. */
static __init void back_table(uint64_t base, unsigned shift, uint64_t chunk, uint64_t start,
                              uint64_t end, uint8_t fill, uint64_t ro_base)
{
    for (uint64_t p = start & ~(chunk - 1); p < end; p += chunk) {
        uint64_t va = base + (p >> shift);
        paddr_t pa;

        if (hv_lookup(va))
            continue;
        pa = boot_alloc(TWO_MB, TWO_MB);
        memset(phys_to_virt(pa), fill, TWO_MB);
        hv_map(va, pa, TWO_MB, PTE_HV_DATA);
        if (ro_base)
            hv_map(ro_base + (p >> shift), pa, TWO_MB, PTE_P | PTE_US | PTE_A | PTE_NX);
    }
}

static __init void back_tables(uint64_t start, uint64_t end)
{
    back_table(FRAME_TABLE, 8, FRAME_CHUNK, start, end, 0, 0);
    back_table(M2P_RW_BASE, 9, M2P_CHUNK, start, end, 0xff, M2P_RO_BASE);
}

/* F-6: where no RAM is, the frame table is one page of zeroes, read-only. */
static __init void back_holes(uint64_t end)
{
    const paddr_t zeroes = boot_alloc(PAGE_SIZE, PAGE_SIZE), l1 = boot_alloc(PAGE_SIZE, PAGE_SIZE);

    for (unsigned i = 0; i < 512; i++)
        ((uint64_t *)phys_to_virt(l1))[i] = zeroes.a | (PTE_HV_DATA & ~(PTE_RW | PTE_D));
    for (uint64_t p = 0; p < end; p += FRAME_CHUNK)
        if (!hv_lookup(FRAME_TABLE + (p >> 8)))
            hv_map_table(FRAME_TABLE + (p >> 8), l1);
}

static __init void give_ram(uint64_t start, uint64_t end)
{
    start = max(start, 1UL << 20); /* below 1 MiB: firmware data, AP trampoline */
    while (start < end) {
        const struct ram_range *hit = boot_reserved(start, end);
        uint64_t stop = hit ? max(hit->start, start) : end;

        if (stop > start)
            frame_add_region(paddr_mfn(PADDR(start)), paddr_mfn(PADDR(stop)));
        start = hit ? hit->end : end;
    }
}

static uint64_t ram_end;
static __init void note_end(uint64_t, uint64_t end)
{
    ram_end = max(ram_end, end);
}

__init void memory_init(void)
{
    boot_keep_crash_area();
    for_each_ram(note_end);
    for_each_ram(map_direct);
    for_each_ram(back_tables);
    back_holes(ram_end);
    frame_table_init(paddr_mfn(PADDR(ram_end)));
    for_each_ram(give_ram);
    kexec_hv_area =
        (struct kexec_area){virt_to_phys(image_start).a, (uint64_t)(image_end - image_start)};
    log_info("memory: %lu MiB of RAM usable, ends at %lx\n", frame_free_count() >> 8, ram_end);
}

/* The control domain's tools map the table read-only as DOMID_XEN's (machphys_mfn_list). */
__init void memory_share_m2p(void)
{
    uint64_t chunks = (ram_end + M2P_CHUNK - 1) / M2P_CHUNK;

    for (uint64_t i = 0; i < chunks; i++) {
        uint64_t pte = hv_lookup(M2P_RW_BASE + i * TWO_MB);
        uint64_t mfn = (pte & PTE_ADDR) >> PAGE_SHIFT;

        if (!pte)
            continue;
        for (uint64_t n = mfn; n < mfn + TWO_MB / PAGE_SIZE; n++)
            if (!atomic_load(&frame_of(MFN(n))->ref)) /* the boot's own, as all of them are */
                frame_share(hv_domain, MFN(n));
    }
}

/* Maps a piece of the image where memory_protect prepares the new tables. */
static __init void map_image(const char *from, const char *to, uint64_t flags)
{
    hv_map((uint64_t)from + IMAGE_ALIAS, virt_to_phys(from), (uint64_t)(to - from), flags);
}

__init void memory_protect(void)
{
    unsigned slot = (HV_BASE >> 30) & 511, alias = ((HV_BASE + IMAGE_ALIAS) >> 30) & 511;

    map_image(image_start, text_end, PTE_HV_CODE);
    map_image(text_end, rodata_end, PTE_HV_CODE | PTE_NX);
    map_image(rodata_end, init_start, PTE_HV_DATA);
    map_image(init_start, init_end, PTE_HV_CODE | PTE_RW | PTE_D);
    map_image(init_end, image_end, PTE_HV_DATA);
    hv_l3[slot] = hv_l3[alias];
    hv_l3[alias] = 0;
    percpu_guard_boot_stacks();
    hv_l4[0] = 0;
    for (unsigned i = 0; i < 4; i++) /* the first 4 GiB were mapped executable by head.S */
        direct_l3[i] |= PTE_NX;
    write_cr3(read_cr3()); /* nothing of this was global before */
}

/* Frees what __init code and data occupied, and their mappings; so no such code itself. */
void memory_release_init(void)
{
    hv_map((uint64_t)init_start, PADDR(0), (uint64_t)(init_end - init_start), 0);
    for (const char *page = init_start; page < init_end; page += PAGE_SIZE)
        arch_tlb_flush_page(all_cpus(), (uint64_t)page); /* they were global */
    frame_add_region(paddr_mfn(virt_to_phys(init_start)), paddr_mfn(virt_to_phys(init_end)));
}

__init void memory_release_boot(void)
{
    for (unsigned i = 0; i < boot_info.module_count; i++)
        frame_add_region(paddr_mfn(PADDR(boot_info.module[i].start)),
                         paddr_mfn(PADDR(ROUND_UP(boot_info.module[i].end, PAGE_SIZE))));
}
