/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table entry bits (Intel SDM 3A 4.5) and the hypervisor's own mappings. */
#ifndef ASM_PAGING_H
#define ASM_PAGING_H

#include <hv/types.h>

#define PTE_P       0x001UL
#define PTE_RW      0x002UL
#define PTE_US      0x004UL
#define PTE_PWT     0x008UL
#define PTE_PCD     0x010UL
#define PTE_A       0x020UL
#define PTE_D       0x040UL
#define PTE_PS      0x080UL
#define PTE_G       0x100UL
#define PTE_NX      (1UL << 63)
#define PTE_ADDR    0x000ffffffffff000UL
#define PTE_HV_DATA (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_G | PTE_NX)
#define PTE_HV_CODE (PTE_P | PTE_A | PTE_G)

#define TWO_MB (2UL << 20)
/* One 2 MiB page of the M2P, eight bytes a frame, describes this much RAM. */
#define M2P_CHUNK (TWO_MB / 8 << PAGE_SHIFT)

/* Maps [paddr, paddr+len) at vaddr in the hypervisor's slots of a level-4 table, 2 MiB pages where
 * aligned. */
void hv_map_in(uint64_t *l4, uint64_t vaddr, paddr_t paddr, uint64_t len, uint64_t flags);
/* The same in all tables. */
void hv_map(uint64_t vaddr, paddr_t paddr, uint64_t len, uint64_t flags);
uint64_t *hv_new_table(void); /* zeroed, permanent */
/* Makes l1, a table of 512 entries, what maps the 2 MiB at vaddr, which were not mapped. */
void hv_map_table(uint64_t vaddr, paddr_t l1);
/* A permanent uncached mapping of device memory; page-granular, the offset in the page is kept. */
void *map_mmio(paddr_t paddr, size_t len);
/* A fresh page-aligned piece of the device window (address space only). */
uint64_t window_reserve(uint64_t len);
/* The leaf entry that maps vaddr in the hypervisor slots, or 0. */
uint64_t hv_lookup(uint64_t vaddr);
/* Physical address of anything in the image or the direct map. */
paddr_t virt_to_phys(const void *p);

#endif
