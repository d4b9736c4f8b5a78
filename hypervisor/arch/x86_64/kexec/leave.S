/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copied to a page that lies in no segment of the image and runs there, mapped one to one (jump.c).  Copies the
 * image's pages to their places, over us perhaps; the rest of the machine is as it was: interrupts are off, other CPUs halt.
 * rdi: level-4 table, rsi: struct kexec_list, rdx: entry, ecx: is it 32-bit?
 */
#include <asm/kexec.h>
#include <asm/layout.h>

#define CR0_LONG  0x80000033 /* PG, NE, ET, MP, PE */
#define CR0_PLAIN 0x00000031 /* NE, ET, PE */
#define CR4_LONG  0x20       /* PAE */
#define MSR_EFER  0xc0000080

        .section .rodata.kexec, "a"
        .globl kexec_jump, kexec_jump_end
        .balign 16
kexec_jump:
        mov %ecx, %ebp
        mov %rsi, %rbx
        lea stack(%rip), %rsp
        lea gdt(%rip), %rax
        mov %rax, gdtr + 2(%rip)
        lgdt gdtr(%rip)
        lidt no_idt(%rip)
        mov $16, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov %eax, %fs
        mov %eax, %gs
        pushq $8
        lea 1f(%rip), %rax
        push %rax
        lretq
1:      mov $CR4_LONG, %eax
        mov %rax, %cr4
        mov $CR0_LONG, %eax
        mov %rax, %cr0
        movq $0, 8 * SLOT_HV(%rdi)      /* what is about to be overwritten */
        mov %rdi, %cr3
        cld
2:      test %rbx, %rbx
        jz 5f
        mov 8(%rbx), %r8
        lea 16(%rbx), %r9
        jmp 4f
3:      mov (%r9), %rdi
        mov 8(%r9), %rsi
        add $16, %r9
        mov $512, %ecx
        test %rsi, %rsi
        jz 6f
        rep movsq
4:      dec %r8
        jns 3b
        mov (%rbx), %rbx
        jmp 2b
6:      xor %eax, %eax
        rep stosq
        jmp 4b
5:      test %ebp, %ebp
        jz 7f
        pushq $KEXEC_CS32
        lea 8f(%rip), %rax
        push %rax
        lretq
7:      jmp *%rdx
        .code32
8:      mov $CR0_PLAIN, %eax            /* SDM 3A 9.8.5.4: out of long mode */
        mov %eax, %cr0
        mov %edx, %esi
        mov $MSR_EFER, %ecx
        xor %eax, %eax
        xor %edx, %edx
        wrmsr
        mov %eax, %cr4
        jmp *%esi
        .code64

        .balign 8
gdt:    .quad 0
        .quad 0x00af9b000000ffff        /* 8: 64-bit code */
        .quad 0x00cf93000000ffff        /* 16: data */
        .quad 0x00cf9b000000ffff        /* KEXEC_CS32 */
gdtr:   .word gdtr - gdt - 1
        .quad 0
no_idt: .word 0
        .quad 0
        .balign 8
        .quad 0, 0
stack:
kexec_jump_end:

        .section .note.GNU-stack, "", @progbits
