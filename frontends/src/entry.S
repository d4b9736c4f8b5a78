/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry stubs for every trap and callback.  A bounce frame is, from the top of stack: rcx, r11,
 * [error code,] rip, cs, rflags, rsp, ss; the failsafe frame has ds, es, fs, gs after r11.
 * Each stub makes it a struct regs (front/trap.h).
 */
#define __ASSEMBLY__
#include <front/abi.h>

#define IRET_STUB (hypercall_page + __HYPERVISOR_iret * 32)

    .text

save_regs:
    /* Here: vector, error, rip, ... on the stack, all registers as at the trap. */
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    mov %rsp, %rbx
    and $-16, %rsp
    call trap_dispatch
    mov %rbx, %rdi

    .globl trap_return, trap_return_flags
trap_return:
    movq $0, 128(%rdi)
trap_return_flags: /* the error word holds the flags of struct iret_context */
    mov %rdi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    add $8, %rsp
    jmp IRET_STUB

.macro stub vector, has_error
    .balign 16
    pop %rcx
    pop %r11
  .if !\has_error
    push $0
  .endif
    push $\vector
    jmp save_regs
.endm

    /* Vectors 0 to 31, then 0x80: 16 bytes each, so that trap.c can compute their addresses. */
    .balign 16
    .globl entry_traps
entry_traps:
    vector = 0
.rept 32
  .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
    stub vector, 1
  .else
    stub vector, 0
  .endif
    vector = vector + 1
.endr
    .globl entry_int80
    .balign 16
entry_int80:
    stub 0x80, 0

    .globl entry_event
entry_event:
    stub 0x100, 0
    .globl entry_syscall
entry_syscall:
    stub 0x101, 0

    .globl entry_failsafe
entry_failsafe:
    pop %rcx
    pop %r11
    add $32, %rsp
    push $0
    push $0x102
    jmp save_regs

    /* First instruction of a second vCPU: rdi = function, rsi = its argument, rsp set. */
    .globl entry_vcpu
entry_vcpu:
    xor %ebp, %ebp
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    ud2

    .section .note.GNU-stack, "", @progbits
