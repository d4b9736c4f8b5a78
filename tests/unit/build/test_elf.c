/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF kernels and their Xen notes: what is accepted, and every way of refusing. */
#include <criterion/criterion.h>
#include <string.h>
#include <xen/elfnote.h>
#include <xen/features.h>
#include "hv/build.h"
#include "kernel.h"

static struct kernel k;
static struct elf_image elf;
static struct xen_notes notes;

static enum build_error parse(void)
{
    return elf_parse(k.bytes, k.len, &elf);
}

static enum build_error parse_notes(void)
{
    cr_assert_eq(parse(), BUILD_OK);
    return elf_notes(&elf, 1u << XENFEAT_pae_pgdir_above_4gb, &notes);
}

Test(elf, segments_of_a_good_kernel)
{
    struct elf_segment seg;

    kernel_linux(&k, 0x5000);
    cr_assert_eq(parse(), BUILD_OK);
    cr_assert_eq(elf.pstart, KERNEL_PADDR);
    cr_assert_eq(elf.pend, KERNEL_PADDR + 0x5000);
    cr_assert(elf_segment(&elf, 0, &seg));
    cr_assert_eq(seg.filesz, 4096);
    cr_assert_eq(seg.memsz, 0x5000);
    cr_assert_eq(seg.data, k.bytes + 4096);
    cr_assert_not(elf_segment(&elf, 1, &seg), "a PT_NOTE is not loadable");
}

Test(elf, refuses_other_files)
{
    kernel_linux(&k, 0x5000);
    cr_assert_eq(elf_parse(k.bytes, 63, &elf), BUILD_NOT_KERNEL);
    k.bytes[0] = 0;
    cr_assert_eq(parse(), BUILD_NOT_KERNEL);
    kernel_linux(&k, 0x5000);
    kernel_ehdr(&k)->e_ident[EI_CLASS] = ELFCLASS32;
    cr_assert_eq(parse(), BUILD_ELF_CLASS);
    kernel_linux(&k, 0x5000);
    kernel_ehdr(&k)->e_machine = EM_AARCH64;
    cr_assert_eq(parse(), BUILD_ELF_CLASS);
}

Test(elf, refuses_headers_outside_the_file)
{
    kernel_linux(&k, 0x5000);
    kernel_ehdr(&k)->e_phoff = UINT64_MAX - 8;
    cr_assert_eq(parse(), BUILD_ELF_HEADERS);
    kernel_linux(&k, 0x5000);
    kernel_ehdr(&k)->e_phnum = 0xffff;
    cr_assert_eq(parse(), BUILD_ELF_HEADERS);
    kernel_linux(&k, 0x5000);
    kernel_ehdr(&k)->e_phentsize = 1;
    cr_assert_eq(parse(), BUILD_ELF_HEADERS);
}

Test(elf, refuses_segments_that_lie)
{
    kernel_linux(&k, 0x5000);
    kernel_phdr(&k, 0)->p_offset = UINT64_MAX - 100;
    cr_assert_eq(parse(), BUILD_ELF_SEGMENT);
    kernel_linux(&k, 0x5000);
    kernel_phdr(&k, 0)->p_filesz = 0x6000;
    cr_assert_eq(parse(), BUILD_ELF_SEGMENT, "filesz above memsz");
    kernel_linux(&k, 0x5000);
    kernel_phdr(&k, 0)->p_paddr = UINT64_MAX - 0x1000;
    cr_assert_eq(parse(), BUILD_ELF_SEGMENT, "wraps around");
    kernel_linux(&k, BUILD_KERNEL_MAX + 1);
    cr_assert_eq(parse(), BUILD_ELF_SIZE);
    kernel_linux(&k, 0);
    cr_assert_eq(parse(), BUILD_ELF_EMPTY);
}

Test(notes, of_linux)
{
    kernel_linux(&k, 0x5000);
    cr_assert_eq(parse_notes(), BUILD_OK);
    cr_assert_eq(notes.entry, KERNEL_ENTRY);
    cr_assert_eq(notes.virt_base, KERNEL_BASE);
    cr_assert_eq(notes.init_p2m, UINT64_C(0x8000000000));
    cr_assert_eq(notes.hypercall_page, KERNEL_BASE + KERNEL_PADDR + 0x1000);
    cr_assert(notes.unmapped_ramdisk);
    cr_assert_str_eq(notes.guest_os, "linux");
    cr_assert_eq(notes.features_required, 0);
    cr_assert_eq(notes.features_supported, 0x8801 | 1u << XENFEAT_pae_pgdir_above_4gb);
}

Test(notes, entry_defaults_to_the_elf_header)
{
    kernel_init(&k, 0x5000);
    kernel_note_u64(&k, XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE);
    cr_assert_eq(parse_notes(), BUILD_OK);
    cr_assert_eq(notes.entry, KERNEL_ENTRY);
    cr_assert_eq(notes.hypercall_page, BUILD_UNSET);
}

Test(notes, are_found_in_sections_too)
{
    Elf64_Shdr sh = {.sh_type = SHT_NOTE, .sh_offset = 1024};

    kernel_linux(&k, 0x5000);
    sh.sh_size = kernel_phdr(&k, 1)->p_filesz;
    kernel_ehdr(&k)->e_phnum = 1;
    kernel_ehdr(&k)->e_shnum = 1;
    kernel_ehdr(&k)->e_shentsize = sizeof(sh);
    kernel_ehdr(&k)->e_shoff = 512;
    memcpy(k.bytes + 512, &sh, sizeof(sh));
    cr_assert_eq(parse_notes(), BUILD_OK);
    cr_assert_str_eq(notes.guest_os, "linux");
}

Test(notes, refuses_a_kernel_without)
{
    kernel_init(&k, 0x5000);
    cr_assert_eq(parse_notes(), BUILD_NOTE_NONE);
}

Test(notes, refuses_damaged_ones)
{
    uint32_t *header;

    kernel_linux(&k, 0x5000);
    header = (uint32_t *)(k.bytes + 1024);
    header[1] = UINT32_MAX;
    cr_assert_eq(parse_notes(), BUILD_NOTE_FORMAT);
    kernel_linux(&k, 0x5000);
    kernel_phdr(&k, 1)->p_filesz = UINT64_MAX;
    cr_assert_eq(parse_notes(), BUILD_NOTE_FORMAT);
}

Test(notes, refuses_what_it_cannot_honour)
{
    kernel_linux(&k, 0x5000);
    kernel_note(&k, XEN_ELFNOTE_XEN_VERSION, "xen-2.0", 8);
    cr_assert_eq(parse_notes(), BUILD_NOTE_VERSION);
    kernel_linux(&k, 0x5000);
    kernel_note(&k, XEN_ELFNOTE_LOADER, "grub", 5);
    cr_assert_eq(parse_notes(), BUILD_NOTE_LOADER);
    kernel_linux(&k, 0x5000);
    kernel_note(&k, XEN_ELFNOTE_FEATURES, "!supervisor_mode_kernel", 23);
    cr_assert_eq(parse_notes(), BUILD_NOTE_FEATURE);
    kernel_linux(&k, 0x5000);
    kernel_note_u64(&k, XEN_ELFNOTE_ENTRY, KERNEL_BASE + KERNEL_PADDR + 0x5000);
    cr_assert_eq(parse_notes(), BUILD_NOTE_ENTRY);
    kernel_linux(&k, 0x5000);
    kernel_note_u64(&k, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_BASE + KERNEL_PADDR + 0x10);
    cr_assert_eq(parse_notes(), BUILD_NOTE_HCALL);
    kernel_linux(&k, 0x5000);
    kernel_note_u64(&k, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_BASE + KERNEL_PADDR + 0x5000);
    cr_assert_eq(parse_notes(), BUILD_NOTE_HCALL);
}

Test(errors, every_one_has_words)
{
    for (int i = 0; i <= BUILD_PLAN_MEMORY; i++)
        cr_assert_gt(strlen(build_strerror(i)), 5);
    cr_assert_str_eq(build_strerror(BUILD_PLAN_MEMORY + 1), "unknown error");
}
