/* SPDX-License-Identifier: BSD-2-Clause */
/* How small a running domain may be made; see memory.h. */
#include "domain/memory.h"

#define MIB             UINT64_C(1024)
#define DOM0_MIN        (196 * MIB) /* xend's default of dom0-min-mem */
#define GUEST_MIN       (32 * MIB)  /* what a small Linux needs to live at all */
#define GUEST_MIN_SHARE 4

uint64_t memory_floor_kib(uint32_t domid, uint64_t max_kib)
{
    uint64_t floor = max_kib / GUEST_MIN_SHARE;

    if (domid == 0)
        return DOM0_MIN;
    if (floor < GUEST_MIN)
        floor = GUEST_MIN;
    return floor < max_kib ? floor : max_kib;
}
