/* SPDX-License-Identifier: BSD-2-Clause */
/* The jump into another kernel (arch/x86_64/kexec). */
#ifndef ASM_KEXEC_H
#define ASM_KEXEC_H

#ifdef __ASSEMBLER__
#define KEXEC_CS32 24
#else
#include <hv/types.h>
#include <asm/regs.h>

/* Of each NMI: a CPU that is to stop for an image notes its registers, and stays here. */
void kexec_nmi(const struct regs *r);

/* leave.S: code that runs at any address; the first instruction is entered with the addresses of the tables that map all
 * one to one, of the first page of copies (struct kexec_list) and of the entry, and whether that is 32-bit code. */
extern const char kexec_jump[], kexec_jump_end[];
typedef void kexec_jump_fn(uint64_t l4, uint64_t list, uint64_t entry, bool is_32bit);
#endif

#endif
