/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot loader told us, in one form for both Multiboot versions; and boot-time memory. */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H

#include <hv/abi.h>
#include <hv/types.h>

struct ram_range {
    uint64_t start, end; /* bytes */
    uint32_t type;       /* e820 type: 1 RAM, 2 reserved, 3 ACPI data, 4 ACPI NVS, 5 bad */
};
#define BOOT_MAX_RANGES  128
#define BOOT_MAX_MODULES 4

struct boot_module {
    uint64_t start, end;
    const char *cmdline;
};

/* A framebuffer in either Multiboot's information (0.6.96, 3.3; 2.0, 3.6.12). */
struct __attribute__((packed)) boot_framebuffer {
    uint64_t addr;
    uint32_t pitch, width, height;
    uint8_t bpp, type;
#define FRAMEBUFFER_RGB  1
#define FRAMEBUFFER_TEXT 2
};

struct boot_info {
    const char *cmdline, *loader;
    struct ram_range map[BOOT_MAX_RANGES];
    unsigned map_count;
    struct boot_module module[BOOT_MAX_MODULES];
    unsigned module_count, ramdisk;             /* 0 is dom0's kernel; which one its ramdisk is */
    paddr_t rsdp;                               /* of a copy of the RSDP, or 0 */
    paddr_t efi_system;                         /* of UEFI's system table, or 0 */
    const struct boot_framebuffer *framebuffer; /* the loader's word, or NULL */
    const uint8_t *colours;                     /* of its pixels */
    struct dom0_vga_console_info screen;        /* video_type 0: nothing is known */
};
extern struct boot_info boot_info;
/* Linker-script symbols. */
extern char image_start[], text_start[], text_end[], rodata_end[], init_start[], init_end[],
    bss_keep_end[], image_end[];
extern uint64_t hv_l4[512], hv_l3[512], direct_l3[512];

/* The first C function, from head.S: magic and information as the loader left them in EAX and
 * EBX. */
void boot_main(uint32_t magic, uint32_t info);

/* Fills boot_info; panics on a magic it does not know or information it cannot use. */
void multiboot_parse(uint32_t magic, uint32_t info);

/* Puts the *count ranges of a map in order, without overlaps, in place; false if they are more then
 * than BOOT_MAX_RANGES, the highest of which are left out. */
bool ranges_tidy(struct ram_range *map, unsigned *count);

/*
 * Describe the screen to the control domain (xen.h), or leave *out as it was: text by the BIOS' data
 * area, which is at BIOS_DATA (false: it is not text of 80x25); a picture by the loader's word (the
 * result says why not, or is NULL; colours: position and size of red, green and blue in a pixel).
 */
#define BIOS_DATA 0x400
bool screen_text(const uint8_t *bios, struct dom0_vga_console_info *out);
const char *screen_picture(const struct boot_framebuffer *fb, const uint8_t *colours,
                           uint8_t video_type, struct dom0_vga_console_info *out);
/* Fills boot_info.screen; begins to write there if that is wanted and possible. */
void screen_init(void);

/* Keep [start, end) out of the allocators (modules, image, loader's data). */
void boot_reserve(uint64_t start, uint64_t end);
/* Lowest reserved range that meets [start, end), or NULL. */
const struct ram_range *boot_reserved(uint64_t start, uint64_t end);
/* Zeroed, page-aligned memory that is never given back; size and align in bytes. Panics when out of
 * memory. */
paddr_t boot_alloc(uint64_t size, uint64_t align);
/* Keeps crashkernel='s memory; tells if it cannot be had. */
void boot_keep_crash_area(void);
/* Page-aligned memory below 1 MiB, which no allocator gives out.  Panics when there is none. */
paddr_t boot_find_low(uint64_t size);
/* Direct map, frame table, M2P; hands free RAM to the frame allocator. */
void memory_init(void);
void memory_share_m2p(void); /* after domain_table_init */
/* Image pages get their final permissions; the identity map goes. */
void memory_protect(void);
/* After dom0 is built: init text/data and modules become free RAM. */
void memory_release_boot(void);
/* Last, on a stack and in code that stay: the init sections become free RAM. */
void memory_release_init(void);
/* A command line without the file name that most loaders put first. */
const char *skip_file_name(const char *text);
void cpu_setup_boot(void);
/* Creates the control domain from the modules; panics with a reason. It is left paused. */
void build_dom0(void);

#endif
