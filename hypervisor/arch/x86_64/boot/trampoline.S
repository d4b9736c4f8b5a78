/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an application processor wakes up: real mode, at the start of a page below 1 MiB, to which
 * smp.c copies these bytes, and adds that address to gdt_base and long_mode.  Takes it straight to
 * 64-bit mode with page tables that map this page to itself as well, then to the BSP's tables.
 */
#define OFF(label) ((label) - trampoline_start)

    .section .rodata.trampoline, "a"
    .global trampoline_start, trampoline_end, trampoline_args
    .balign 16
    .code16
trampoline_start:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    xorl %eax, %eax
    xchgl %eax, OFF(claim)          /* whoever comes too late finds the claim taken back */
    testl %eax, %eax
    jz 2f
    lgdtl OFF(gdtr)
    movl OFF(boot_cr4), %eax
    movl %eax, %cr4
    movl OFF(boot_cr3), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    movl OFF(efer), %eax
    xorl %edx, %edx
    wrmsr
    movl OFF(boot_cr0), %eax
    movl %eax, %cr0
    ljmpl *OFF(long_mode)
2:  hlt
    jmp 2b

    .code64
trampoline_long:
    movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movq cr4(%rip), %rax
    movq %rax, %cr4
    movq stack(%rip), %rsp
    movq cr3(%rip), %rax
    movl cpu(%rip), %edi
    movq entry(%rip), %rcx
    jmp *%rcx                       /* smp_ap_entry, in the hypervisor's own mapping */

    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff        /* 8: 64-bit code */
    .quad 0x00cf93000000ffff        /* 16: data */
gdt_end:

    .balign 8
trampoline_args:                    /* struct trampoline_args in smp.c */
cr3:      .quad 0
cr4:      .quad 0
stack:    .quad 0
entry:    .quad 0
boot_cr0: .long 0
boot_cr3: .long 0
boot_cr4: .long 0
efer:     .long 0
cpu:      .long 0
claim:    .long 0
long_mode: .long OFF(trampoline_long) /* a far pointer */
          .word 8
gdtr:     .word gdt_end - gdt - 1
gdt_base: .long OFF(gdt)
trampoline_end:

    .text
    .code64
    .global smp_ap_entry
smp_ap_entry:                       /* rax: the BSP's page tables, edi: CPU number */
    movq %rax, %cr3
    xorl %ebp, %ebp
    call ap_main
    ud2

    .section .note.GNU-stack, "", @progbits
