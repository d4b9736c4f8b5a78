/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work budget: how long a CPU may keep interrupts waiting for one entry from a guest.
 *
 * Each CPU has one number of units.  It is full when a guest enters (trap/entry.S) and after every
 * look at pending interrupts (budget_look).  Every primitive that costs time draws what it costs;
 * every loop whose length a guest chooses asks, also inside a multicall, and ends its turn when
 * nothing is left: by a look, or by a continuation, which goes back to the guest and so is a look.
 *   B-1 no entry draws more than BUDGET_MAX units between two looks: a turn ends when BUDGET_TURN
 *       are gone, and no step that cannot be divided draws more than the rest (or, where it may,
 *       waits for a turn that has just begun)
 *   B-2 a turn that begins with a full budget gets on: it does at least one step that lasts
 *   B-3 an abandoned continuation leaves nothing but what its domain's teardown finds: a table that
 *       is PARTIAL or on the undo list (core/ptype), a stash (core/frame/stash.c)
 *
 * The unit is 100 ns: a page-table entry whose frame is in no cache.  Measured on an EPYC at -O2
 * with half a million frames: an entry checked 8 ns (frame in the cache) to 220 ns (neither frame
 * nor its translation there), dropped 7 to 143 ns; a page cleared 2.4 us, copied 2.6 us; an order-0
 * allocation 0.9 us, a release 0.1 us.  So a turn is at most 100 us, and with the step that
 * overdraws it below 200 us.  Waits are no work: that for another CPU's flush, which comes when its turn
 * ends, is drawn afterwards (smp/tlb.c), so that there is one in a turn; those for locks are not.
 */
#ifndef HV_BUDGET_H
#define HV_BUDGET_H

#include <hv/arch.h>

#define BUDGET_TURN 1000 /* units after which a turn ends */
#define BUDGET_MAX  2000 /* 200 us: no turn is longer */

/* What primitives cost, in units. */
#define BUDGET_ENTRY 1  /* a page-table entry or frame looked up, checked, dropped */
#define BUDGET_WORDS 16 /* so many words or descriptors read or set in order for one unit */
#define BUDGET_OP    5  /* a small operation: an element of a batch, a call of a multicall */
#define BUDGET_FREE  1  /* a frame given back to the allocator */
#define BUDGET_PAGE  25 /* a page cleared or copied */
#define BUDGET_FLUSH 30 /* a TLB shoot-down: an interrupt sent and answered */

static inline void budget_draw(int units)
{
    struct budget *b = arch_budget();

    b->left = (int32_t)((uint32_t)b->left - (uint32_t)units); /* booting may draw without end */
}
/* Nothing is left: let go of locks and end the turn. */
static inline bool budget_spent(void)
{
    return arch_budget()->left <= 0;
}
/* Must a step of so many units, which cannot be divided, wait?  One that is as large as a turn
 * waits for a turn that has just begun. */
static inline bool budget_short(int units)
{
    const struct budget *b = arch_budget();
    const int begun = b->turn - b->turn / 8;

    return b->left < (units < begun ? units : begun);
}
/* A new turn where no interrupt can wait: while booting. */
static inline void budget_refill(void)
{
    arch_budget()->left = arch_budget()->turn;
}
/* Opens a window for interrupts and begins a new turn; true if this CPU has other work and the
 * operation should return as a continuation.  No lock may be held; domains found stay valid
 * (D-1). */
static inline bool budget_new_turn(void)
{
    bool work = arch_preempt();

    budget_refill();
    return work;
}
/* The same if nothing is left; else false. */
static inline bool budget_look(void)
{
    return unlikely(budget_spent()) && budget_new_turn();
}

#endif
