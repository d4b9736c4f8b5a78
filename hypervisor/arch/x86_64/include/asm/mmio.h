/* SPDX-License-Identifier: BSD-2-Clause */
/* Device memory: accesses of exact width to what map_mmio() gave. */
#ifndef ASM_MMIO_H
#define ASM_MMIO_H

#include <asm/paging.h>

static inline uint32_t mmio_read32(const volatile void *p)
{
    return *(const volatile uint32_t *)p;
}
static inline void mmio_write32(volatile void *p, uint32_t v)
{
    *(volatile uint32_t *)p = v;
}

#endif
