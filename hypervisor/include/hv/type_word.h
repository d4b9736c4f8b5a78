/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of a frame's type word (hv/frame.h draws it).  Two rooms write it, each in its time, so they are
 * in one place: core/ptype while a domain owns the frame, core/frame while it is the allocator's.
 */
#ifndef HV_TYPE_WORD_H
#define HV_TYPE_WORD_H

enum ptype {
    PT_NONE = 0,
    PT_L1 = 1,
    PT_L2 = 2,
    PT_L3 = 3,
    PT_L4 = 4,
    PT_SEGDESC = 5,
    PT_ENDING =
        6, /* WRITABLE, whose only reference is on its way out: the next makes it WRITABLE again */
    PT_WRITABLE = 7,
};
#define PTYPE_SHIFT     60
#define PTYPE_PINNED    (1UL << 59)
#define PTYPE_VALIDATED (1UL << 58)
/* validation was preempted: entries below the progress hold references */
#define PTYPE_PARTIAL (1UL << 57)
/* waiting to be taken apart; the count is the next such table's mfn */
#define PTYPE_UNDO (1UL << 56)
/* WRITABLE: page tables of others than the owner have mapped it */
#define PTYPE_FOREIGN (1UL << 55)
#define PTYPE_COUNT   0xFFFFFFFFUL
/* TLB stamp of the moment the count became 0; progress while PARTIAL or UNDO; while VALIDATED the
 * owner's domid. */
#define PTYPE_STAMP_SHIFT 32
#define PTYPE_STAMP_MASK  (0xFFFFFUL << PTYPE_STAMP_SHIFT)

/* A frame that is the allocator's: no type, and above all of them. */
#define FRAME_TYPE_HV (8UL << PTYPE_SHIFT)
/* Of a free one: a TLB may hold it as of the stamp.  (Where PTYPE_FOREIGN is, which only a domain's has.) */
#define FRAME_MAPPED      (1UL << 55)
#define FRAME_STAMP_SHIFT PTYPE_STAMP_SHIFT

#endif
