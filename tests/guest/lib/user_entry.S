/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaves the kernel's context behind on its stack while user mode runs. */
#define __ASSEMBLY__ 1
#include <xen/xen.h>

    .macro KEEP_CONTEXT /* what user_back takes, its place in *%rsi */
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rsi)
    .endm
    .text
    /* void user_enter(struct regs *frame, uint64_t *saved_sp); frame->error: the iret's flags */
    .globl user_enter
user_enter:
    KEEP_CONTEXT
    jmp trap_return_flags

    /* The same by the iret of a list of calls:
     * void user_enter_list(struct regs *frame, uint64_t *saved_sp, struct multicall_entry *, long n) */
    .globl user_enter_list
user_enter_list:
    KEEP_CONTEXT
    mov 80(%rdi), %rax      /* struct iret_context begins 3 words before the frame's error word: */
    mov %rax, 104(%rdi)     /* rax, r11, rcx, flags */
    movq $11, 112(%rdi)
    movq $12, 120(%rdi)
    lea 104(%rdi), %rsp
    mov %rdx, %rdi
    mov %rcx, %rsi
    mov $__HYPERVISOR_multicall, %eax
    syscall
    ud2

    .globl user_list_landed
user_list_landed:
    mov %rax, user_list_rax(%rip)
    mov user_kernel_sp(%rip), %rsp
    .globl user_back
user_back:
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .section .note.GNU-stack, "", @progbits
