/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process-context identifiers for xpti=: what the TLB holds of a table outlives the load of another
 * (SDM 3A 4.10.1).  A CPU uses three tags:
 *   0     whatever table C code runs on.  C code loads CR3 as without PCID, and forgets tag 0 by it
 *   1, 2  the CPU's copies for the guest's kernel and user mode, which only trap/xpti.S loads
 * Loading CR3 with bit 63 forgets nothing, without it the tag that is loaded; INVLPG is for tag 0,
 * as only C code has it (SDM 3A 4.10.4.1).  Nothing is global, so no tag sees another's.
 *
 * No flush has to know of the copies: each ticks (hv/tlb.h), so a copy's tag is kept only while the
 * CPU's last flush is the one it was when the tag was last emptied; and while the copy is of the
 * same table in the same version (hv/l4copy.h), so that the tag holds entries of nothing else.  A
 * flush counts at its tick though the entries of a copy may be there for long: the load that would
 * make them usable is the one that forgets them.  A page that is forgotten does not tick.
 * Tag 0 is kept by an entry alone, with the table that the exit noted.  Nothing is asked of the CPU
 * between that note and the entry: interrupts are off until the guest runs, and then come by an
 * entry; an NMI or a machine check that hits the hypervisor waits for no lock and flushes nothing
 * (hypervisor_trap).  What it goes back to was read from CR3, without bit 63.
 * A tag of before the hypervisor's time is emptied as `since` is no tick at first.
 */
#ifndef ASM_PCID_H
#define ASM_PCID_H

#include <hv/bitmap.h>
#include <hv/l4copy.h>

#define PCID_KEEP       (1UL << 63)
#define PCID_COPY(user) (1UL + (user))

/* What the entries of a copy's tag are from. */
struct pcid_tag {
    uint64_t since; /* flushed_at when the tag was emptied; 0: it is to be emptied */
    uint64_t of, version;
};

/* At an exit: what CR3 gets for the copy c of that mode, whose tag is t.  flushed_at: this CPU's.
 * Loaded before anything else is done with either. */
static inline uint64_t pcid_copy(struct pcid_tag *t, const struct l4copy *c, bool user,
                                 uint64_t flushed_at)
{
    const struct pcid_tag now = {flushed_at, c->of, c->version};
    const bool keep = t->since == now.since && t->of == now.of && t->version == now.version;

    *t = now;
    return c->address.a | PCID_COPY(user) | (keep ? PCID_KEEP : 0);
}

/* At an exit: what CR3 gets at the next entry, and at the exit of a guest without a copy.  root: what
 * CR3 has now. */
static inline uint64_t pcid_full(uint64_t root)
{
    return root | PCID_KEEP;
}

/* What INVPCID reads (SDM 2A, INVPCID). */
struct pcid_address {
    uint64_t tag, va;
};

/* Before INVLPG of va: the copies, too.  invpcid: forgets one address of one tag (type 0; faults on
 * an address that is not canonical, of which there is nothing); NULL: the CPU cannot. */
static inline __attribute__((always_inline)) void
pcid_page(struct pcid_tag t[2], uint64_t va, void (*invpcid)(const struct pcid_address *))
{
    for (unsigned user = 0; user < 2; user++) {
        const struct pcid_address a = {PCID_COPY(user), va};

        if (!invpcid)
            t[user].since = 0;
        else if ((uint64_t)((int64_t)(va << 16) >> 16) == va)
            invpcid(&a);
    }
}

/* smp/pcid.c.  Before INVLPG of va on this CPU, by an alternative in smp/tlb.c; the first argument stands
 * where arch_tlb_flush_page() has another. */
__attribute__((no_caller_saved_registers)) void invlpg_copies(cpuset_t, uint64_t va);

#endif
