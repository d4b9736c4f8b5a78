/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables on their way: in a stream their entries hold the guest's own frame numbers.  The
 * rules are the same at all levels.
 */
#ifndef STREAM_TABLE_H
#define STREAM_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define PTE_PRESENT 1u
#define PTE_PSE     0x80u
#define PTE_FRAME   0x000ffffffffff000ull
/* Slots of an L4 that are the hypervisor's: 0xffff800000000000 to 0xffff87ffffffffff */
#define L4_HV_FIRST 256u
#define L4_HV_LAST  271u

/* Translates a frame number; NO_FRAME: impossible. */
typedef uint64_t (*frame_fn)(void *arg, uint64_t frame);

/* Copies @from to @to with the frames of present entries translated: how many entries could not be
 * (they, and entries for large pages, are left out of @to). */
unsigned int table_normalise(unsigned int level, const uint64_t *from, uint64_t *to, frame_fn fn,
                             void *arg);
unsigned int table_localise(unsigned int level, const uint64_t *from, uint64_t *to, frame_fn fn,
                            void *arg);

/* Is it an entry that names a frame?  The frame then. */
static inline bool table_names(uint64_t entry, uint64_t *frame)
{
    *frame = (entry & PTE_FRAME) >> 12;
    return entry & PTE_PRESENT;
}

#endif
