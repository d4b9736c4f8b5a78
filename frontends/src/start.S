/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF notes by which a PV domain builder recognises the kernel, and the first instructions. */
#define __ASSEMBLY__
#include <front/abi.h>

.macro note type, body:vararg
    .pushsection .note.Xen, "a", @note
    .balign 4
    .long 2f - 1f, 4f - 3f, \type
1:  .asciz "Xen"
2:  .balign 4
3:  \body
4:  .balign 4
    .popsection
.endm

    note XEN_ELFNOTE_GUEST_OS, .asciz "hospes-front"
    note XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
    note XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
    note XEN_ELFNOTE_LOADER, .asciz "generic"
    note XEN_ELFNOTE_PAE_MODE, .asciz "yes"
    note XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
    note XEN_ELFNOTE_SUPPORTED_FEATURES, .long (1 << XENFEAT_pae_pgdir_above_4gb) | (1 << XENFEAT_dom0)
    note XEN_ELFNOTE_VIRT_BASE, .quad FRONT_VIRT_BASE
    note XEN_ELFNOTE_PADDR_OFFSET, .quad 0
    note XEN_ELFNOTE_ENTRY, .quad start
    note XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
    note XEN_ELFNOTE_L1_MFN_VALID, .quad 1, 1

    .section .text.start, "ax", @progbits
    .globl start
start:
    cld
    mov $boot_stack + STACK_SIZE, %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call boot_main
    ud2

    .section .note.GNU-stack, "", @progbits
