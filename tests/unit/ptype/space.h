/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest address space: one table of each level, and a data page mapped at SPACE_VA. */
#ifndef SPACE_H
#define SPACE_H

#include "world.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

#define SPACE_VA    0x0000123456789000UL
#define SPACE_FLAGS (PTE_PRESENT | PTE_RW | PTE_USER)

struct space {
    mfn_t l4, l3, l2, l1, data;
};

static inline unsigned space_index(unsigned level)
{
    return SPACE_VA >> (12 + 9 * (level - 1)) & 511;
}
static inline struct space space_make(unsigned d)
{
    struct space s = {world_page(d), world_page(d), world_page(d), world_page(d), world_page(d)};
    world_at(s.l4)[space_index(4)] = world_pte(s.l3, SPACE_FLAGS);
    world_at(s.l3)[space_index(3)] = world_pte(s.l2, SPACE_FLAGS);
    world_at(s.l2)[space_index(2)] = world_pte(s.l1, SPACE_FLAGS);
    world_at(s.l1)[space_index(1)] = world_pte(s.data, SPACE_FLAGS);
    return s;
}
/* Machine address of the entry for SPACE_VA + page. */
static inline uint64_t space_l1e(const struct space *s, unsigned page)
{
    return (s->l1.n << PAGE_SHIFT) + 8 * (space_index(1) + page);
}
static inline long space_pin(unsigned d, mfn_t mfn, unsigned level)
{
    return world_ext(d, MMUEXT_PIN_L1_TABLE + level - 1, mfn.n, 0, DOMID_SELF);
}
static inline long space_unpin(unsigned d, mfn_t mfn)
{
    return world_ext(d, MMUEXT_UNPIN_TABLE, mfn.n, 0, DOMID_SELF);
}

#endif
