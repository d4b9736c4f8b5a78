/* SPDX-License-Identifier: BSD-2-Clause */
/* Translating page tables; see table.h. */
#include "stream/guest.h"
#include "stream/table.h"

static bool translate(unsigned int level, uint64_t from, uint64_t *to, frame_fn fn, void *arg)
{
    uint64_t frame;

    *to = from;
    if (!table_names(from, &frame))
        return true;
    frame = level > FRAME_L1 && from & PTE_PSE ? NO_FRAME : fn(arg, frame);
    *to = frame == NO_FRAME ? 0 : (from & ~PTE_FRAME) | frame << 12;
    return frame != NO_FRAME;
}

unsigned int table_normalise(unsigned int level, const uint64_t *from, uint64_t *to, frame_fn fn,
                             void *arg)
{
    unsigned int bad = 0;

    for (unsigned int i = 0; i < PAGE_ENTRIES; i++) {
        if (level == FRAME_L4 && i >= L4_HV_FIRST && i <= L4_HV_LAST)
            to[i] = 0;
        else
            bad += !translate(level, from[i], &to[i], fn, arg);
    }
    return bad;
}

/* The hypervisor's slots must have been cleared: it fills them itself, and refuses others'. */
unsigned int table_localise(unsigned int level, const uint64_t *from, uint64_t *to, frame_fn fn,
                            void *arg)
{
    unsigned int bad = 0;

    for (unsigned int i = 0; i < PAGE_ENTRIES; i++) {
        bool ours = level == FRAME_L4 && i >= L4_HV_FIRST && i <= L4_HV_LAST;

        bad += !translate(level, from[i], &to[i], fn, arg) || (ours && to[i]);
    }
    return bad;
}
