/* SPDX-License-Identifier: BSD-2-Clause */
/* The page that the domain builder fills with hypercall stubs. */
#define __ASSEMBLY__
#include <front/abi.h>

    .section .text.hypercall_page, "ax", @progbits
    .balign PAGE_SIZE
    .globl hypercall_page
hypercall_page:
    .skip PAGE_SIZE, 0x90

    .section .note.GNU-stack, "", @progbits
