/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads Multiboot 1 and 2 information into struct boot_info. */
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/paging.h>
#include <asm/port.h>

#define MB1_BOOT_MAGIC 0x2BADB002
#define MB2_BOOT_MAGIC 0x36D76289

/* Multiboot 0.6.96, 3.3 */
struct mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
    uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name;
    uint32_t apm_table, vbe[4];
    struct boot_framebuffer framebuffer;
    uint8_t colours[6];
};
struct mb1_module {
    uint32_t start, end, cmdline, reserved;
};
struct __attribute__((packed)) mb1_mmap {
    uint32_t size;
    uint64_t addr, len;
    uint32_t type;
};

/* Multiboot2 2.0, 3.4 */
struct mb2_tag {
    uint32_t type, size;
};
struct mb2_module {
    struct mb2_tag tag;
    uint32_t start, end;
    char cmdline[];
};
struct mb2_mmap {
    struct mb2_tag tag;
    uint32_t entry_size, version;
};
struct mb2_mmap_entry {
    uint64_t addr, len;
    uint32_t type, reserved;
};
struct __attribute__((packed)) mb2_framebuffer {
    struct mb2_tag tag;
    struct boot_framebuffer framebuffer;
    uint16_t reserved;
    uint8_t colours[6];
};
struct mb2_efi64 {
    struct mb2_tag tag;
    uint64_t pointer;
};

static __init void add_range(uint64_t addr, uint64_t len, uint32_t type)
{
    struct boot_info *b = &boot_info;

    if (!len || addr + len < addr)
        return;
    if (b->map_count == BOOT_MAX_RANGES) {
        log_warn("memory map: more than %u ranges, the rest is ignored\n", BOOT_MAX_RANGES);
        return;
    }
    if (type < 1 || type > 5) /* GRUB has more, for UEFI's */
        type = 2;
    b->map[b->map_count++] = (struct ram_range){addr, addr + len, type};
}

static __init void add_module(uint32_t start, uint32_t end, const char *cmdline)
{
    struct boot_info *b = &boot_info;

    if (b->module_count == BOOT_MAX_MODULES || end <= start)
        return;
    b->module[b->module_count++] = (struct boot_module){start, end, cmdline};
    boot_reserve(start, end);
}

static __init void parse_mb1(const struct mb1_info *mb)
{
    if (mb->flags & 4)
        boot_info.cmdline = phys_to_virt(PADDR(mb->cmdline));
    if (mb->flags & 0x200)
        boot_info.loader = phys_to_virt(PADDR(mb->loader_name));
    if (mb->flags & 8) {
        const struct mb1_module *m = phys_to_virt(PADDR(mb->mods_addr));
        boot_reserve(mb->mods_addr, mb->mods_addr + mb->mods_count * sizeof(*m));
        for (unsigned i = 0; i < mb->mods_count; i++)
            add_module(m[i].start, m[i].end, phys_to_virt(PADDR(m[i].cmdline)));
    }
    if (mb->flags & 0x1000) {
        boot_info.framebuffer = &mb->framebuffer;
        boot_info.colours = mb->colours;
    }
    if (!(mb->flags & 0x40))
        panic("the boot loader gave no memory map\n");
    boot_reserve(mb->mmap_addr, mb->mmap_addr + mb->mmap_length);
    for (uint32_t off = 0; off + sizeof(struct mb1_mmap) <= mb->mmap_length;) {
        const struct mb1_mmap *e = phys_to_virt(PADDR(mb->mmap_addr + off));
        add_range(e->addr, e->len, e->type);
        off += e->size + 4;
    }
}

static __init void parse_mb2_mmap(const struct mb2_mmap *t)
{
    if (t->entry_size < sizeof(struct mb2_mmap_entry))
        return;
    for (uint32_t off = sizeof(*t); off + t->entry_size <= t->tag.size; off += t->entry_size) {
        const struct mb2_mmap_entry *e = (const void *)((const char *)t + off);
        add_range(e->addr, e->len, e->type);
    }
}

static __init void parse_mb2_framebuffer(const struct mb2_framebuffer *t)
{
    if (t->tag.size < sizeof(*t) && t->framebuffer.type != FRAMEBUFFER_TEXT)
        return;
    boot_info.framebuffer = &t->framebuffer;
    boot_info.colours = t->colours;
}

static __init void parse_mb2(uint32_t info)
{
    const uint32_t *head = phys_to_virt(PADDR(info));
    uint32_t total = head[0];

    boot_reserve(info, info + total);
    for (uint32_t off = 8; off + sizeof(struct mb2_tag) <= total;) {
        const struct mb2_tag *t = phys_to_virt(PADDR(info + off));
        const struct mb2_module *m = (const void *)t;

        if (t->type == 0 || t->size < sizeof(*t))
            break;
        switch (t->type) {
        case 1:
            boot_info.cmdline = (const char *)(t + 1);
            break;
        case 2:
            boot_info.loader = (const char *)(t + 1);
            break;
        case 3:
            add_module(m->start, m->end, m->cmdline);
            break;
        case 6:
            parse_mb2_mmap((const void *)t);
            break;
        case 8:
            parse_mb2_framebuffer((const void *)t);
            break;
        case 12: /* UEFI's system table, 64-bit */
            boot_info.efi_system = PADDR(((const struct mb2_efi64 *)t)->pointer);
            break;
        case 14: /* ACPI 1.0 RSDP copy */
        case 15: /* ACPI 2.0 one: preferred, comes later or earlier */
            if (t->type == 15 || !boot_info.rsdp.a)
                boot_info.rsdp = PADDR(info + off + sizeof(*t));
            break;
        }
        off += ROUND_UP(t->size, 8U);
    }
}

__init void multiboot_parse(uint32_t magic, uint32_t info)
{
    boot_info.cmdline = boot_info.loader = "";
    boot_reserve(virt_to_phys(image_start).a, virt_to_phys(image_end).a);
    boot_reserve(info & PAGE_MASK, info + PAGE_SIZE);
    if (magic == MB1_BOOT_MAGIC)
        parse_mb1(phys_to_virt(PADDR(info)));
    else if (magic == MB2_BOOT_MAGIC)
        parse_mb2(info);
    else
        panic("not started by a Multiboot loader (magic %x)\n", magic);
    if (!boot_info.map_count)
        panic("the boot loader gave no memory map\n");
    if (!ranges_tidy(boot_info.map, &boot_info.map_count))
        log_warn("memory map: overlaps make more than %u ranges, the rest is ignored\n",
                 BOOT_MAX_RANGES);
}
