/* SPDX-License-Identifier: BSD-2-Clause */

/* lock_wait(r11, ax) for an asm statement that names no register as changed (asm/relax.h). */
        .section .text.lock_wait_entry, "ax"
        .globl lock_wait_entry
lock_wait_entry:
        push %rax
        push %rcx
        push %rdx
        push %rsi
        push %rdi
        push %r8
        push %r9
        push %r10
        push %r11
        mov %r11, %rdi
        movzwl %ax, %esi
        call lock_wait
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rdi
        pop %rsi
        pop %rdx
        pop %rcx
        pop %rax
        ret
