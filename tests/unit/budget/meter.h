/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A clock for work that does not know the budget: the compiler calls it at every basic block of the
 * core, and the fake machine's frame look-ups and guest copies add what they cost.  So a handler
 * that forgets to draw is seen, however small its steps are.
 */
#ifndef METER_H
#define METER_H

#include "world.h"

/* Blocks that may run for one unit of the budget, which is 100 ns: a release of a frame measures
 * 95 ns and is some 260 of them. */
#define BLOCKS_PER_UNIT 150

/* The longest turn so far, in blocks, and by what the core drew itself, in units. */
extern uint64_t meter_longest;
extern int32_t meter_drawn;
extern unsigned meter_turns;
void meter_start(void);

/* Guest memory without an end: reserved, zero until written. */
#define ARENA_SIZE (4UL << 30)
extern char *arena;

/* A machine of so many frames whose control domain may have them all; its vCPU. */
struct vcpu *meter_world(uint64_t frames);

/* Makes the hypercall to its end (or for at most 6,000 turns), alone and as an element of
 * multicalls, with and without other work waiting at every look; checks each turn.  The last
 * variant's result.  `again` (or NULL) undoes the call's effect between the variants. */
struct hypercall {
    const char *name;
    unsigned nr;
    uint64_t a[5];
    void (*again)(void);
};
long meter_run(struct vcpu *cur, const struct hypercall *h);
/* One variant only: for what can be done once. */
long meter_once(struct vcpu *cur, const struct hypercall *h, bool busy);

#endif
