/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flush clock: may a CPU's TLB still hold a mapping that is gone?
 *
 * The clock ticks at every full flush, and a CPU remembers the tick of its last one.  Who takes a
 * mapping away stamps the frame with the clock; a CPU whose last flush is later than the stamp has
 * forgotten the mapping.  This order makes it true, and everybody keeps it:
 *   taker    stores the entry;       full barrier;  reads the clock      (tlb_clock_stamp)
 *   flusher  ticks, a full barrier;  flushes;       uses guest mappings  (tlb_clock_tick)
 *   asker    reads the stamp;        then the clock and the flushers' ticks
 * If the stamp is before the tick, the taker read the clock before the flusher ticked, so his store
 * was visible before that, and whatever the flusher walks after its flush finds the new entry.
 * Without the taker's barrier the store can wait in his store buffer while he reads the clock
 * (StoreLoad, the one order x86 does not keep): a CPU could tick, flush, and walk the old entry.
 * A flusher that ticked after its flush would walk the old entry between the two.  Ticking first
 * means that it counts as flushed an instant too early, in which it runs hypervisor code that
 * touches no guest mapping; loading CR3 is serializing (SDM 3A 9.3).
 * The asker cannot miss a tick that the stamp saw: the stamp comes to him by way of the type word.
 * Of several takers of one frame the last one's stamp counts for all.  That he is the last the word
 * says before he reads the clock, and a mapping that comes after that says that he is not: its count
 * alone would be back where it was when that mapping has gone again, on a CPU that had flushed
 * between his look at the clock and its coming (PT_ENDING; core/ptype/type.c).
 */
#ifndef HV_TLB_H
#define HV_TLB_H

#include <hv/types.h>

/* Stamps keep 20 bits: an old one may look younger than it is, which costs a flush, no more. */
#define TLB_STAMP_MASK 0xFFFFFUL

/* This CPU is about to flush its whole TLB. */
static inline void tlb_clock_tick(_Atomic uint64_t *clock, _Atomic uint64_t *flushed_at)
{
    const uint64_t now = atomic_fetch_add(clock, 1) + 1;
    atomic_store_explicit(flushed_at, now, memory_order_relaxed);
}

/* This CPU has just taken a mapping away. */
static inline uint32_t tlb_clock_stamp(const _Atomic uint64_t *clock)
{
    atomic_thread_fence(memory_order_seq_cst);
    return atomic_load_explicit(clock, memory_order_relaxed) & TLB_STAMP_MASK;
}

/* May a CPU that flushed at that tick hold what was stamped so? */
static inline bool tlb_clock_stale(uint64_t now, uint64_t flushed_at, uint32_t stamp)
{
    return now - flushed_at >= ((now - stamp) & TLB_STAMP_MASK);
}

#endif
