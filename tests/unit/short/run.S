/* SPDX-License-Identifier: BSD-2-Clause */
/* trap/short.S between the fixups' ends, with traps in place of what it continues at. */
        .section .fixup_table, "a"
        .balign 8
        .globl short_fixups, short_fixups_end
short_fixups:
#include "short.S"
        .section .fixup_table, "a"
short_fixups_end:
        .text
/* void short_run(const uint64_t *gprs, uint64_t sp, const void *entry): never returns */
        .globl short_run
short_run:
        mov %rsi, %rsp
        push %rdx
        mov %rdi, %rax
        mov (%rax), %r15
        mov 8(%rax), %r14
        mov 16(%rax), %r13
        mov 24(%rax), %r12
        mov 32(%rax), %rbp
        mov 40(%rax), %rbx
        mov 48(%rax), %r11
        mov 56(%rax), %r10
        mov 64(%rax), %r9
        mov 72(%rax), %r8
        mov 88(%rax), %rcx
        mov 96(%rax), %rdx
        mov 104(%rax), %rsi
        mov 112(%rax), %rdi
        mov 80(%rax), %rax
        ret
        .globl user_rest, hypercall_rest, hypercall, long_syscall, verw_iret
user_rest:
        ud2
hypercall_rest:
        ud2
hypercall:
        ud2
long_syscall:
        ud2
verw_iret:
        ud2
        .globl verw_selector
verw_selector:
        .short 0
