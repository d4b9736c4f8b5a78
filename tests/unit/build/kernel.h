/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes small ELF kernels with chosen segments and Xen notes, for tests. */
#ifndef TEST_KERNEL_H
#define TEST_KERNEL_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_BASE  UINT64_C(0xffffffff80000000)
#define KERNEL_PADDR UINT64_C(0x1000000)
#define KERNEL_ENTRY (KERNEL_BASE + KERNEL_PADDR + 0x40)

struct kernel {
    uint8_t bytes[8192];
    size_t len;
    size_t note_end; /* notes grow from 1024 */
};

/* An ELF file with one PT_LOAD of @memsz bytes at KERNEL_PADDR and an empty PT_NOTE. */
void kernel_init(struct kernel *k, uint64_t memsz);

/* Linux' set of notes, INIT_P2M and MOD_START_PFN included. */
void kernel_linux(struct kernel *k, uint64_t memsz);

void kernel_note(struct kernel *k, uint32_t type, const void *desc, uint32_t len);
void kernel_note_u64(struct kernel *k, uint32_t type, uint64_t value);
Elf64_Ehdr *kernel_ehdr(struct kernel *k);
Elf64_Phdr *kernel_phdr(struct kernel *k, unsigned int i);

#endif
