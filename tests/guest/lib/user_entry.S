/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaves the kernel's context behind on its stack while user mode runs. */
    .text
    /* void user_enter(struct regs *frame, uint64_t *saved_sp); frame->error: the iret's flags */
    .globl user_enter
user_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rsi)
    jmp trap_return_flags

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
