/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a 64-bit PV guest, as data.
 *
 * The same code plans dom0 inside the hypervisor and a domU inside dom0-tools, so the two cannot
 * disagree about what a kernel finds at its entry.  Nothing here performs I/O, allocates, or calls
 * libc; every input is treated as hostile (a domU kernel is chosen by whoever owns the guest).
 *
 * Life of a build:  bzimage_find -> unpack (core/build/unpack.h) -> elf_parse -> elf_notes ->
 * build_plan -> place the segments -> build_table_* for each page-table page -> build_start_info.
 *
 * Units: addresses and lengths are bytes; a pfn is a guest pseudo-physical 4 KiB frame number.
 */
#ifndef HV_BUILD_H
#define HV_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILD_PAGE_SHIFT 12
#define BUILD_PAGE_SIZE  (UINT64_C(1) << BUILD_PAGE_SHIFT)
#define BUILD_UNSET      UINT64_MAX
/* Largest unpacked kernel accepted: a kernel's link window is 1 GiB (Linux, memory map of x86-64)
 */
#define BUILD_KERNEL_MAX (UINT64_C(1) << 30)

/* X(name, message): the message completes "cannot load KERNEL: ..." */
#define BUILD_ERRORS(X)                                                                            \
    X(OK, "no error")                                                                              \
    X(NOT_KERNEL, "neither an ELF file nor a Linux bzImage")                                       \
    X(BZ_OLD, "bzImage older than boot protocol 2.08 has no payload that could be loaded")         \
    X(BZ_PAYLOAD, "bzImage payload lies outside the file (truncated?)")                            \
    X(BZ_FORMAT, "bzImage payload is compressed in an unknown format")                             \
    X(BZ_SIZE, "bzImage announces an impossible kernel size")                                      \
    X(UNPACK_DATA, "compressed data is damaged")                                                   \
    X(UNPACK_SPACE, "compressed data is larger than announced")                                    \
    X(UNPACK_MEMORY, "not enough memory to decompress")                                            \
    X(ELF_CLASS, "not a little-endian 64-bit x86-64 ELF executable")                               \
    X(ELF_HEADERS, "ELF program headers lie outside the file (truncated?)")                        \
    X(ELF_SEGMENT, "an ELF segment lies outside the file or address space")                        \
    X(ELF_EMPTY, "ELF file has no loadable segment")                                               \
    X(ELF_SIZE, "ELF file would need more than 1 GiB")                                             \
    X(NOTE_FORMAT, "damaged ELF notes")                                                            \
    X(NOTE_NONE, "no Xen ELF notes: this kernel was built without CONFIG_XEN_PV")                  \
    X(NOTE_VERSION, "XEN_VERSION note is not \"xen-3.0\"")                                         \
    X(NOTE_LOADER, "LOADER note is not \"generic\"")                                               \
    X(NOTE_BASE, "PADDR_OFFSET note without VIRT_BASE note")                                       \
    X(NOTE_ENTRY, "entry point lies outside the kernel")                                           \
    X(NOTE_HCALL, "hypercall page lies outside the kernel or is not page aligned")                 \
    X(NOTE_FEATURE, "kernel requires a feature this hypervisor does not have")                     \
    X(PLAN_RANGE, "kernel's virtual addresses are not usable by a 64-bit PV guest")                \
    X(PLAN_OVERLAP, "INIT_P2M note overlaps the kernel's own addresses")                           \
    X(PLAN_MEMORY, "domain has too little memory for kernel, ramdisk and page tables")

enum build_error {
#define X(name, text) BUILD_##name,
    BUILD_ERRORS(X)
#undef X
};

/* One sentence for a human; never NULL, also for a value out of range. */
const char *build_strerror(enum build_error err);

/* ---- bzImage ---- */

enum payload { PAYLOAD_NONE, PAYLOAD_GZIP, PAYLOAD_XZ, PAYLOAD_ZSTD, PAYLOAD_LZ4 };

struct bzimage {
    enum payload kind;   /* PAYLOAD_NONE: data is the ELF file itself */
    const uint8_t *data; /* points into the image given */
    size_t len;          /* compressed bytes, without the size word that the kernel build appends */
    size_t unpacked_len; /* bytes after decompression, as announced; at most BUILD_KERNEL_MAX */
};

/*
 * Finds the kernel in @image: a bzImage's payload, a plain ELF file, or a gzip'd one.
 * Nothing is decompressed.  Errors: NOT_KERNEL, BZ_*.
 */
enum build_error bzimage_find(const void *image, size_t len, struct bzimage *out);

/* ---- ELF ---- */

struct elf_image {
    const uint8_t *data;
    size_t len;
    uint64_t entry;
    uint64_t phoff, shoff;
    unsigned int phnum, shnum;
    uint64_t pstart, pend; /* span of all PT_LOADs, by physical address */
};

struct elf_segment {
    uint64_t paddr;
    const uint8_t *data;
    uint64_t filesz, memsz; /* memsz >= filesz; the rest is zero */
};

/* Checks every header of an ELF kernel once; later calls trust @out.  Errors: ELF_*. */
enum build_error elf_parse(const void *image, size_t len, struct elf_image *out);

/* Gives program header @i (0 <= i < phnum); false if it is not loadable. */
bool elf_segment(const struct elf_image *elf, unsigned int i, struct elf_segment *out);

/* ---- Xen notes (xen/elfnote.h) ---- */

struct xen_notes {
    uint64_t entry;
    uint64_t hypercall_page; /* BUILD_UNSET if absent */
    uint64_t virt_base;
    uint64_t paddr_offset;
    uint64_t init_p2m;          /* BUILD_UNSET: p2m goes after the ramdisk */
    uint32_t features_required; /* 1u << XENFEAT_* */
    uint32_t features_supported;
    bool unmapped_ramdisk; /* MOD_START_PFN */
    char guest_os[16];
};

/*
 * Reads the notes of a parsed kernel and checks those that decide whether it can run at all.
 * @hv_features: bitmap of XENFEAT_* the hypervisor offers.  Errors: NOTE_*.
 */
enum build_error elf_notes(const struct elf_image *elf, uint32_t hv_features,
                           struct xen_notes *out);

/* ---- Plan ---- */

struct build_request {
    const struct elf_image *elf;
    const struct xen_notes *notes;
    uint64_t nr_pages;    /* frames the domain owns, pfns 0..nr_pages-1 */
    uint64_t ramdisk_len; /* bytes; 0: none */
    bool dom0;            /* no store and console pages; console info in the start_info page */
};

struct build_area {
    uint64_t vaddr; /* BUILD_UNSET: owned by the guest but not mapped */
    uint64_t pfn;
    uint64_t pages;
};

/* Page tables of one level that are contiguous in virtual and pseudo-physical space */
struct build_table_run {
    unsigned int level;
    uint64_t block; /* (48-bit vaddr) >> (12 + 9 * level) of the first table */
    uint64_t count;
    uint64_t pfn;
};
#define BUILD_TABLE_RUNS 7 /* L4, and L3..L1 for each of the two mapped ranges */

struct build_plan {
    uint64_t nr_pages;
    uint64_t virt_base, virt_end; /* 1:1 region, from pfn 0; virt_end is 4 MiB aligned */
    uint64_t entry, hypercall_page;
    uint64_t ramdisk_len;
    uint64_t kernel_pstart; /* ELF physical address that lands at kernel.pfn (+ offset in page) */
    bool dom0, ramdisk_by_pfn;
    struct build_area kernel, ramdisk, p2m, start_info, store, console, tables, stack;
    struct build_area p2m_tables; /* page tables that map an INIT_P2M list; never mapped */
    uint64_t pages_needed;        /* lowest nr_pages with which this plan works */
    struct build_table_run runs[BUILD_TABLE_RUNS];
    unsigned int run_count;
};

/*
 * Lays out a guest as the "start-of-day memory layout" comment of xen/xen.h prescribes.
 * Errors: PLAN_*; after PLAN_MEMORY out->pages_needed is valid.
 */
enum build_error build_plan(const struct build_request *req, struct build_plan *out);

/* Pseudo-physical byte address at which @paddr of the ELF file is to be placed. */
uint64_t build_kernel_paddr(const struct build_plan *plan, uint64_t paddr);

/* pfn mapped at @vaddr by the initial page tables, or BUILD_UNSET. */
uint64_t build_pfn_at(const struct build_plan *plan, uint64_t vaddr);

/* ---- Initial page tables ---- */

struct build_table {
    unsigned int level; /* 4 is the root */
    uint64_t block;
    uint64_t vaddr; /* first address covered, 48-bit (not sign-extended) */
    uint64_t pfn;   /* frame that holds the table */
};

/* Number of page-table pages; table 0 is the root. */
uint64_t build_table_count(const struct build_plan *plan);

/* Describes table @n, 0 <= n < build_table_count(). */
struct build_table build_table_get(const struct build_plan *plan, uint64_t n);

/* Translates a guest pfn to the machine frame backing it. */
typedef uint64_t (*build_mfn_of)(void *ctx, uint64_t pfn);

/* Fills the 512 entries of @table.  Page tables are mapped read-only, everything else writable. */
void build_table_fill(const struct build_plan *plan, const struct build_table *table,
                      build_mfn_of mfn_of, void *ctx, uint64_t entries[512]);

/* ---- start_info ---- */

struct start_info;

/*
 * Zeroes @si and fills what the plan knows: magic, nr_pages, flags, page tables, p2m and ramdisk.
 * The caller adds shared_info, store, console, cmd_line and SIF_PRIVILEGED | SIF_INITDOMAIN.
 */
void build_start_info(const struct build_plan *plan, struct start_info *si);

#endif
