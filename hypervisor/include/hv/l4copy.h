/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU may run its guest on a copy of the guest's level-4 table (xpti=): when is the copy too old?
 *
 * Each table has a version, which counts the stores to it; tables whose numbers end alike share
 * one.  This order makes it true that no guest goes on with a copy that lacks a store whose
 * hypercall has returned, and that none walks by a copy of what it may no longer have:
 *   writer  stores the entry;  counts the version (a full barrier);  asks who has a copy;
 *           makes those CPUs leave their guest and waits (arch_tlb_flush);
 *           lets go of what the old entry named
 *   CPU     at each exit to a guest: says whose copy it has;  full barrier, if that is new;
 *           reads the version;  copies, if either changed;  loads the copy.  No interrupt is
 *           taken from here to the guest.
 * Either the CPU reads the new version, or the writer sees that it has the copy, and the CPU comes
 * by again.
 * That a table is let go of needs no word to anybody: before its frame is something else the TLBs
 * are asked (PT-5), which is an entry and so a look at the version; and a flush (hv/tlb.h) that is
 * later than a store's stamp is followed by an exit that sees the store's version, as the stamp is
 * read after it was counted: whoever counted only after he let go would have CPUs walk, by copies
 * that are still fresh, what others already write to.
 * A number alone does not say that it is the same table as before: one that becomes a table counts
 * as stored to.
 */
#ifndef HV_L4COPY_H
#define HV_L4COPY_H

#include <hv/bitmap.h>
#include <hv/types.h>

#define L4_VERSIONS 256
typedef _Atomic uint64_t l4_versions_t[L4_VERSIONS];

struct l4copy {
    _Atomic uint64_t of; /* frame number; 0: none, as no guest has frame 0 */
    uint64_t version;
    uint64_t *table;
    paddr_t address; /* of table */
};

/* The table mfn has been stored to, or has become one. */
static inline void l4copy_stored(l4_versions_t v, mfn_t mfn)
{
    atomic_fetch_add(&v[mfn.n % L4_VERSIONS], 1);
}
/* After that: may the CPU whose copies they are, of a kernel's table and a user mode's, run on one
 * of it? */
static inline bool l4copy_either_of(const struct l4copy c[2], mfn_t mfn)
{
    return c[0].of == mfn.n || c[1].of == mfn.n;
}
/* The writer's part after its store to the table mfn, which besides this CPU only `cpus` may run on;
 * copies: the pair of one of them.  Returns those that are to come by (arch_tlb_flush). */
static inline cpuset_t l4copy_counted(l4_versions_t v, mfn_t mfn, cpuset_t cpus,
                                      const struct l4copy *(*copies)(unsigned cpu))
{
    cpuset_t run = 0;
    unsigned cpu;

    l4copy_stored(v, mfn);
    cpuset_for_each(cpu, cpus)
    {
        if (l4copy_either_of(copies(cpu), mfn))
            run |= CPUSET(cpu);
    }
    return run;
}
/* Is c what the table mfn is now? */
static inline bool l4copy_fresh(const struct l4copy *c, const l4_versions_t v, mfn_t mfn)
{
    return c->of == mfn.n && c->version == v[mfn.n % L4_VERSIONS];
}
/* Takes the guest's entries (all but 256..271) as they are in `from`, which is frame mfn. */
static inline void l4copy_take(struct l4copy *c, const l4_versions_t v, mfn_t mfn,
                               const uint64_t *from)
{
    c->of = mfn.n; /* a full barrier */
    c->version = v[mfn.n % L4_VERSIONS];
    __builtin_memcpy(c->table, from, 256 * 8);
    __builtin_memcpy(c->table + 272, from + 272, 240 * 8);
}

#endif
