/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes small ELF kernels for tests; see kernel.h. */
#include <string.h>
#include <xen/elfnote.h>
#include "kernel.h"

#define NOTES 1024u

Elf64_Ehdr *kernel_ehdr(struct kernel *k)
{
    return (Elf64_Ehdr *)k->bytes;
}

Elf64_Phdr *kernel_phdr(struct kernel *k, unsigned int i)
{
    return (Elf64_Phdr *)(k->bytes + sizeof(Elf64_Ehdr)) + i;
}

void kernel_init(struct kernel *k, uint64_t memsz)
{
    memset(k, 0, sizeof(*k));
    k->len = sizeof(k->bytes);
    k->note_end = NOTES;
    *kernel_ehdr(k) = (Elf64_Ehdr){
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_entry = KERNEL_ENTRY,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2,
    };
    *kernel_phdr(k, 0) = (Elf64_Phdr){
        .p_type = PT_LOAD,
        .p_offset = 4096,
        .p_vaddr = KERNEL_BASE + KERNEL_PADDR,
        .p_paddr = KERNEL_PADDR,
        .p_filesz = memsz < 4096 ? memsz : 4096,
        .p_memsz = memsz,
    };
    *kernel_phdr(k, 1) = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = NOTES};
}

void kernel_note(struct kernel *k, uint32_t type, const void *desc, uint32_t len)
{
    uint32_t header[3] = {4, len, type};

    memcpy(k->bytes + k->note_end, header, sizeof(header));
    memcpy(k->bytes + k->note_end + 12, "Xen", 4);
    memcpy(k->bytes + k->note_end + 16, desc, len);
    k->note_end += 16 + ((len + 3) & ~3u);
    kernel_phdr(k, 1)->p_filesz = k->note_end - NOTES;
}

void kernel_note_u64(struct kernel *k, uint32_t type, uint64_t value)
{
    kernel_note(k, type, &value, sizeof(value));
}

void kernel_linux(struct kernel *k, uint64_t memsz)
{
    static const char features[] = "!writable_page_tables|pae_pgdir_above_4gb";
    uint32_t supported = 0x8801;

    kernel_init(k, memsz);
    kernel_note(k, XEN_ELFNOTE_GUEST_OS, "linux", 6);
    kernel_note(k, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    kernel_note_u64(k, XEN_ELFNOTE_VIRT_BASE, KERNEL_BASE);
    kernel_note_u64(k, XEN_ELFNOTE_INIT_P2M, UINT64_C(0x8000000000));
    kernel_note_u64(k, XEN_ELFNOTE_ENTRY, KERNEL_ENTRY);
    kernel_note(k, XEN_ELFNOTE_FEATURES, features, sizeof(features) - 1);
    kernel_note(k, XEN_ELFNOTE_SUPPORTED_FEATURES, &supported, 4);
    kernel_note(k, XEN_ELFNOTE_LOADER, "generic", 8);
    kernel_note_u64(k, XEN_ELFNOTE_MOD_START_PFN, 1);
    kernel_note_u64(k, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_BASE + KERNEL_PADDR + 0x1000);
}
