/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest registers as the entry code pushes them, directly into struct vcpu, and
 * the offsets that the assembler needs (checked in cpu/offsets.c).
 */
#ifndef ASM_REGS_H
#define ASM_REGS_H

/* Offsets in struct regs. */
#define R_RBP    32
#define R_R8     72
#define R_RAX    80
#define R_RDX    96
#define R_VECTOR 120
#define R_ERROR  128
#define R_RIP    136
#define R_CS     144
#define R_RFLAGS 152
#define R_RSP    160
#define R_SIZE   176

#ifdef __ASSEMBLER__
/* clang-format off */
.macro SAVE_RDI_TO_RDX
        push %rdi
        push %rsi
        push %rdx
.endm
.macro SAVE_RCX_TO_RBP
        push %rcx
        push %rax
        push %r8
        push %r9
        push %r10
        push %r11
        push %rbx
        push %rbp
.endm

.macro SAVE_GPRS
        SAVE_RDI_TO_RDX
        SAVE_RCX_TO_RBP
        push %r12
        push %r13
        push %r14
        push %r15
.endm

.macro RESTORE_R15_TO_R12
        pop %r15
        pop %r14
        pop %r13
        pop %r12
.endm
/* -: the value is left where it is. */
.macro POP_TO where
        .ifc \where, -
        add $8, %rsp
        .else
        popq \where
        .endif
.endm
.macro RESTORE_RBP_TO_RDI rbp=%rbp, rbx=%rbx, r11=%r11, rax=%rax, rcx=%rcx
        POP_TO \rbp
        POP_TO \rbx
        POP_TO \r11
        pop %r10
        pop %r9
        pop %r8
        POP_TO "\rax"
        POP_TO \rcx
        pop %rdx
        pop %rsi
        pop %rdi
.endm
.macro RESTORE_GPRS
        RESTORE_R15_TO_R12
        RESTORE_RBP_TO_RDI
.endm
/* From saved registers at %rsp on any stack of the CPU's block, and back to them. */
.macro CALL_HYPERVISOR_TRAP
        mov %rsp, %rdi
        mov %rsp, %rbp
        and $~15, %rsp
        call hypervisor_trap
        mov %rbp, %rsp
.endm
/* clang-format on */
#else
#include <stdint.h>

struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector; /* VECTOR_SYSCALL: entered by SYSCALL, may leave by SYSRET */
    uint64_t error;
    uint64_t rip, cs, rflags, rsp, ss;
};
#endif

#define VECTOR_SYSCALL   0x100
#define VECTOR_SYSCALL32 0x101

#define RFLAGS_TF   0x100
#define RFLAGS_IF   0x200
#define RFLAGS_DF   0x400
#define RFLAGS_IOPL 0x3000
#define RFLAGS_NT   0x4000
#define RFLAGS_RF   0x10000
#define RFLAGS_VM   0x20000
#define RFLAGS_AC   0x40000
#define RFLAGS_VIF  0x80000
#define RFLAGS_VIP  0x100000

#endif
