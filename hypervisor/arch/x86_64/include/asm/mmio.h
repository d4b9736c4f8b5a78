/* SPDX-License-Identifier: BSD-2-Clause */
/* Device memory: mapping it (mm/map.c) and accesses of exact width. */
#ifndef ASM_MMIO_H
#define ASM_MMIO_H

#include <hv/types.h>

/* Uncached, permanent mapping of physical memory; panics when the window is full. */
void *map_mmio(uint64_t paddr, size_t len);

static inline uint32_t mmio_read32(const volatile void *p)
{
    return *(const volatile uint32_t *)p;
}
static inline void mmio_write32(volatile void *p, uint32_t v)
{
    *(volatile uint32_t *)p = v;
}

#endif
