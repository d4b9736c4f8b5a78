/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine, and physical memory as a boot loader leaves it. */
#ifndef TEST_ASM_PORT_H
#define TEST_ASM_PORT_H

#include_next <asm/port.h>

extern uint64_t low_memory[8192]; /* 64 KiB */
static inline void *phys_to_virt(paddr_t paddr)
{
    return (char *)low_memory + paddr.a;
}

#endif
