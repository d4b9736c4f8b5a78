/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables for the tests: pages that may become tables, single updates, pins, and mappings. */
#ifndef GUEST_PT_H
#define GUEST_PT_H

#include <front/abi.h>

/* Flags of an ordinary kernel mapping, and of the same read-only. */
#define PT_RW (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define PT_RO (PTE_P | PTE_U | PTE_A | PTE_D)

/* A zeroed page; error() if there is none. */
void *page_get(void);
/* Entry mapping the page at `va` of the initial mapping with `flags`. */
uint64_t pte_of(const void *va, uint64_t flags);

/* Changes the mapping of a page in the initial mapping; hypervisor's result. */
long pt_ro(void *page);
long pt_rw(void *page);

/* A zeroed page whose only mapping is read-only, fit to become a page table. */
uint64_t *pt_page(void);
/* The same, filled with 512 entries first. */
uint64_t *pt_page_with(const uint64_t *entries);

/* One MMU_NORMAL_PT_UPDATE of *slot (in any table page of the initial mapping). */
long pt_write(uint64_t *slot, uint64_t value);
/* The same through an explicit machine address (low bits: MMU_*), for bad arguments. */
long pt_update(uint64_t ptr, uint64_t value);

/* MMUEXT_PIN_L1_TABLE + level - 1, and unpin. */
long pt_pin(unsigned level, const void *table);
long pt_unpin(const void *table);
/* One mmuext op with an mfn or linear address argument. */
long pt_ext(unsigned cmd, uint64_t arg1, uint64_t arg2);

/* A private region of address space: one L3, L2 and L1 under slot `l4_slot` of the running L4. */
struct pt_region {
    uint64_t va;
    uint64_t *l4e, *l3, *l2, *l1;
};
/* Builds a region with an empty L1; error() if refused. */
struct pt_region pt_region(unsigned l4_slot);
/* Virtual address of page `i` of a region. */
void *pt_region_va(const struct pt_region *r, unsigned i);

#endif
