/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader to C: Multiboot1 and Multiboot2 headers, 32-bit entry,
 * first page tables (4 GiB by 2 MiB pages, seen at 0, at the direct map and, the
 * first GiB, at the image's own address), long mode, boot_main(magic, info).
 */
#include <asm/layout.h>
#include <asm/offsets.h>

#define PHYS(sym) ((sym) - HV_BASE)
#define MB1_MAGIC 0x1BADB002
#define MB1_FLAGS 0x00010003 /* align modules, memory map, load addresses below (the image is ELF64) */
#define MB2_MAGIC 0xE85250D6
#define MB2_ARCH  0

        .section .multiboot, "a"
        .balign 8
mb1:    .long MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)
        .long PHYS(mb1), PHYS(image_start), PHYS(image_load_end), PHYS(image_end), PHYS(start32)
        .balign 8
mb2:    .long MB2_MAGIC, MB2_ARCH, mb2_end - mb2, -(MB2_MAGIC + MB2_ARCH + (mb2_end - mb2))
        .balign 8               /* information request: command line, modules, memory map, ACPI */
        .short 1, 0
        .long 8 + 4 * 5, 1, 3, 6, 14, 15
        .balign 8
        .short 3, 0             /* entry point */
        .long 12, PHYS(start32)
        .balign 8
        .short 6, 0             /* modules on page borders */
        .long 8
        .balign 8
        .short 0, 0
        .long 8
mb2_end:

        .section .init.text, "ax"
        .code32
        .globl start32
start32:
        cli
        cld
        mov %eax, %ebp          /* magic; %ebx is the information */
        mov $PHYS(boot_cpu_block) + STACK_SIZE - 1024, %esp

        /* direct_l2: 4 GiB of 2 MiB pages */
        mov $PHYS(direct_l2), %edi
        mov $0x83, %eax         /* present, writable, 2 MiB; above: page number */
        xor %ecx, %ecx
1:      mov %eax, (%edi)
        movl $0, 4(%edi)
        add $0x200000, %eax
        add $8, %edi
        inc %ecx
        cmp $2048, %ecx
        jne 1b
        mov $PHYS(direct_l3), %edi
        mov $PHYS(direct_l2) + 3, %eax
        mov $4, %ecx
2:      mov %eax, (%edi)
        add $4096, %eax
        add $8, %edi
        loop 2b
        movl $PHYS(direct_l3) + 3, PHYS(hv_l4)
        movl $PHYS(direct_l3) + 3, PHYS(hv_l4) + 8 * SLOT_DIRECT
        movl $PHYS(hv_l3) + 3, PHYS(hv_l4) + 8 * SLOT_HV
        movl $PHYS(direct_l2) + 3, PHYS(hv_l3) + 8 * ((HV_BASE >> 30) & 511)

        mov %cr4, %eax
        or $0x620, %eax         /* PAE, OSFXSR, OSXMMEXCPT */
        mov %eax, %cr4
        mov $PHYS(hv_l4), %eax
        mov %eax, %cr3
        mov $0xC0000080, %ecx   /* EFER: SCE, LME, NXE */
        rdmsr
        or $0x901, %eax
        wrmsr
        mov %cr0, %eax
        and $~0xC, %eax         /* no EM, no TS: boot-time decompressors use SSE */
        or $0x80010022, %eax    /* PG, WP, NE, MP */
        mov %eax, %cr0
        lgdt PHYS(boot_gdt_ptr)
        ljmp $8, $PHYS(start64)

        .code64
start64:
        movabs $1f, %rax
        jmp *%rax
1:      lea boot_cpu_block + STACK_SIZE - PCPU_SIZE(%rip), %rsp
        xor %eax, %eax
        mov %eax, %ds
        mov %eax, %es
        mov %eax, %ss
        mov %eax, %fs
        mov %eax, %gs
        mov %ebp, %edi
        mov %ebx, %esi
        xor %ebp, %ebp
        call boot_main
        ud2

        .section .init.data, "aw"
        .balign 8
boot_gdt:
        .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_ptr:
        .short . - boot_gdt - 1
        .quad PHYS(boot_gdt)

        .bss
        .balign 4096
        .globl hv_l3, direct_l3, direct_l2
hv_l3:  .skip 4096
direct_l3: .skip 4096
direct_l2: .skip 4 * 4096

        .section .note.GNU-stack, "", @progbits
