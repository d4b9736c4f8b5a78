/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs for user mode: position-independent, each between `user_x` and `user_x_end`. */
    .section .rodata
.macro begin name
    .globl user_\name
user_\name:
.endm
.macro end name
    .globl user_\name\()_end
user_\name\()_end:
.endm

    begin syscall
    mov $0x111, %eax
    syscall
    ud2
    end syscall

    begin int80
    int $0x80
    end int80

    begin int3
    int3
    end int3

    begin ud2
    ud2
    end ud2

    begin hlt
    hlt
    end hlt

    begin in
    in $0x61, %al
    end in

    begin cli
    cli
    end cli

    begin int_kernel
    int $0x20
    end int_kernel

    begin read
    mov (%rdi), %rax
    ud2
    end read

    begin write
    mov %rax, (%rdi)
    ud2
    end write

    begin jump
    jmp *%rdi
    end jump

    begin spin
1:  pause
    cmpl $0, (%rdi)
    je 1b
    ud2
    end spin

    begin read_fs
    mov %fs:0, %rax
    ud2
    end read_fs

    begin read_gs
    mov %gs:0, %rax
    ud2
    end read_gs

    .section .note.GNU-stack, "", @progbits
