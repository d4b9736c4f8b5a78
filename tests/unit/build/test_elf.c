/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF kernels and their Xen notes: what is accepted, and every way of refusing. */
#include <criterion/criterion.h>
#include <stdlib.h>
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

/* The image ends after each of its bytes: ASan sees whoever looks behind its end. */
Test(elf, cut_short)
{
    Elf64_Shdr sh = {.sh_type = SHT_NOTE, .sh_offset = 1024};

    kernel_linux(&k, 0x5000);
    sh.sh_size = kernel_phdr(&k, 1)->p_filesz;
    kernel_ehdr(&k)->e_shnum = 2;
    kernel_ehdr(&k)->e_shentsize = sizeof(sh);
    kernel_ehdr(&k)->e_shoff = 8192 - 2 * sizeof(sh); /* the last bytes of the file */
    memcpy(k.bytes + 8192 - sizeof(sh), &sh, sizeof(sh));
    for (size_t len = 0; len < sizeof(k.bytes); len += len < 2000 ? 1 : 61) {
        uint8_t *image = malloc(len);

        memcpy(image, k.bytes, len);
        if (elf_parse(image, len, &elf) == BUILD_OK)
            elf_notes(&elf, 0, &notes);
        kernel_phdr(&k, 0)->p_filesz = kernel_phdr(&k, 0)->p_offset =
            0; /* now the headers alone are what counts */
        memcpy(image, k.bytes, len);
        if (elf_parse(image, len, &elf) == BUILD_OK)
            elf_notes(&elf, 0, &notes);
        kernel_phdr(&k, 1)->p_type = PT_NULL;
        memcpy(image, k.bytes, len);
        if (elf_parse(image, len, &elf) == BUILD_OK)
            elf_notes(&elf, 0, &notes);
        kernel_phdr(&k, 0)->p_filesz = kernel_phdr(&k, 0)->p_offset = 4096;
        kernel_phdr(&k, 1)->p_type = PT_NOTE;
        free(image);
    }
}

Test(elf, empty_segments_are_nobodys)
{
    struct elf_segment seg;

    kernel_linux(&k, 0x5000);
    *kernel_phdr(&k, 1) = (Elf64_Phdr){
        .p_type = PT_LOAD, .p_offset = UINT64_MAX, .p_paddr = UINT64_MAX, .p_filesz = UINT64_MAX};
    cr_assert_eq(parse(), BUILD_OK, "nothing of it is loaded");
    cr_assert_not(elf_segment(&elf, 1, &seg));
}

Test(elf, more_in_the_file_than_in_memory)
{
    kernel_linux(&k, 0x100);
    kernel_phdr(&k, 0)->p_filesz = 0x101;
    cr_assert_eq(parse(), BUILD_ELF_SEGMENT);
}

Test(notes, at_the_very_end)
{
    for (uint64_t len = 0; len < 12; len++) {
        kernel_init(&k, 0x5000);
        kernel_phdr(&k, 0)->p_filesz = kernel_phdr(&k, 0)->p_offset = 0;
        kernel_phdr(&k, 1)->p_filesz = len;
        uint8_t *image = malloc(1024 + len);
        memcpy(image, k.bytes, 1024 + len);
        cr_assert_eq(elf_parse(image, 1024 + len, &elf), BUILD_OK);
        cr_assert_eq(elf_notes(&elf, 0, &notes), BUILD_NOTE_NONE);
        free(image);
    }
}

Test(notes, a_long_name)
{
    static char name[1000];

    memset(name, 'x', sizeof(name));
    kernel_init(&k, 0x5000);
    kernel_note_u64(&k, XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE);
    kernel_note(&k, XEN_ELFNOTE_GUEST_OS, name, sizeof(name));
    struct xen_notes *heap = malloc(sizeof(*heap)); /* ASan sees one byte too far */
    cr_assert_eq(parse(), BUILD_OK);
    cr_assert_eq(elf_notes(&elf, 0, heap), BUILD_OK);
    cr_assert_eq(strlen(heap->guest_os), sizeof(heap->guest_os) - 1);
    cr_assert_eq(heap->entry, KERNEL_ENTRY);
    free(heap);
}

Test(elf, the_largest_kernel)
{
    kernel_linux(&k, BUILD_KERNEL_MAX);
    cr_assert_eq(parse(), BUILD_OK);
    kernel_linux(&k, 0x5000);
    kernel_ehdr(&k)->e_phoff = 4096;
    kernel_ehdr(&k)->e_phnum = 64;
    cr_assert_eq(parse(), BUILD_ELF_EMPTY, "as many headers as are looked at");
    kernel_ehdr(&k)->e_phnum = 65;
    cr_assert_eq(parse(), BUILD_ELF_HEADERS);
}

/* A note of another name is nobody's, even if it begins like ours or ends with the file. */
Test(notes, of_other_names)
{
    uint32_t other[3] = {0, 0, XEN_ELFNOTE_ENTRY};
    uint32_t longer[3] = {8, 8, XEN_ELFNOTE_ENTRY};
    uint8_t *image;

    kernel_linux(&k, 0x5000);
    memcpy(k.bytes + k.note_end, longer, 12);
    memcpy(k.bytes + k.note_end + 12, "Xen\0Xen", 8);
    kernel_phdr(&k, 1)->p_filesz += 28;
    cr_assert_eq(parse_notes(), BUILD_OK);
    cr_assert_eq(notes.entry, KERNEL_ENTRY);
    kernel_init(&k, 0x5000);
    kernel_phdr(&k, 0)->p_filesz = kernel_phdr(&k, 0)->p_offset = 0;
    kernel_phdr(&k, 1)->p_filesz = 12;
    memcpy(k.bytes + 1024, other, 12);
    image = malloc(1036);
    memcpy(image, k.bytes, 1036);
    cr_assert_eq(elf_parse(image, 1036, &elf), BUILD_OK);
    cr_assert_eq(elf_notes(&elf, 0, &notes), BUILD_NOTE_NONE);
    free(image);
}

Test(notes, the_hypercall_page_is_in_the_kernel)
{
    kernel_linux(&k, 0x4800); /* ends in the middle of a page */
    kernel_note_u64(&k, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_BASE + KERNEL_PADDR + 0x4000);
    cr_assert_eq(parse_notes(), BUILD_NOTE_HCALL);
    kernel_note_u64(&k, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_BASE + KERNEL_PADDR - 0x1000);
    cr_assert_eq(parse_notes(), BUILD_NOTE_HCALL);
    kernel_note_u64(&k, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_BASE + KERNEL_PADDR + 0x3000);
    cr_assert_eq(parse_notes(), BUILD_OK);
    kernel_note_u64(&k, XEN_ELFNOTE_ENTRY, KERNEL_BASE + KERNEL_PADDR - 1);
    cr_assert_eq(parse_notes(), BUILD_NOTE_ENTRY);
    kernel_note_u64(&k, XEN_ELFNOTE_ENTRY, KERNEL_BASE + KERNEL_PADDR + 0x47ff);
    cr_assert_eq(parse_notes(), BUILD_OK);
}

Test(notes, an_offset_needs_its_base)
{
    kernel_init(&k, 0x5000);
    kernel_note_u64(&k, XEN_ELFNOTE_PADDR_OFFSET, 0x1000);
    cr_assert_eq(parse_notes(), BUILD_NOTE_BASE);
}

Test(errors, every_one_has_words)
{
    for (int i = 0; i <= BUILD_PLAN_MEMORY; i++)
        cr_assert_gt(strlen(build_strerror(i)), 5);
    cr_assert_str_eq(build_strerror(BUILD_PLAN_MEMORY + 1), "unknown error");
}
