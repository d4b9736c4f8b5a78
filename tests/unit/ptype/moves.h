/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hostile guest may do to its memory, as small numbered moves, for the
 * explorer and the fuzzer.  Pages are named by index into moves_page[].
 */
#ifndef MOVES_H
#define MOVES_H

#include "world.h"

#define MOVES_MAX_PAGES 64

enum move_kind {
    MOVE_POKE, /* store an entry in a page that is no table, as through a writable mapping */
    MOVE_UPDATE, /* the same by mmu_update; flags 64: in a batch with the next page and this one again */
    MOVE_EMULATE, /* ... by a trapped write */
    MOVE_PIN,     /* flags: level - 1 */
    MOVE_UNPIN,
    MOVE_BASE,
    MOVE_USER_BASE,
    MOVE_GDT,
    MOVE_DESCRIPTOR,
    MOVE_GRANT, /* map `value` page at table/slot, by its owner's leave */
    MOVE_UNGRANT,
    MOVE_RELEASE,  /* decrease_reservation */
    MOVE_POPULATE, /* a new page in place of `page`, if that is gone */
    MOVE_EXCHANGE, /* of `page` and `value`; flags 1: fails, 2: for one of twice the size */
    MOVE_FLUSH,    /* the CPU's own TLB */
    MOVE_ENTER,    /* only runs, where another vCPU may have run */
    MOVE_CONTINUE, /* what the last move left unfinished (a guest may as well forget it) */
    MOVE_KILL,
    MOVE_KINDS
};

struct move {
    uint8_t kind, vcpu, page, slot, value, flags; /* flags: see moves_entry */
};

static inline unsigned moves_domain(const struct move *m)
{
    return m->vcpu % WORLD_DOMAINS;
}

extern mfn_t moves_page[MOVES_MAX_PAGES];
extern unsigned moves_pages;

/* The entry a move stores: flags bit 0 present, 1 writable, 2 user, 3 super page, 4 foreign. */
uint64_t moves_entry(const struct move *m);
/* Makes one move; never asks whether it makes sense.  Hypercalls that want to be continued stay
 * unfinished until MOVE_CONTINUE. */
void moves_make(const struct move *m);
/* Nonzero: a hypercall waits for MOVE_CONTINUE; which. */
uint64_t moves_unfinished(void);
/* The same by vCPUs that run on CPUs with TLBs: what a CPU holds afterwards that it must not, or
 * NULL. */
const char *moves_run(const struct move *m);
void moves_print(const struct move *m);

#endif
