/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlock.  The hypervisor runs with interrupts off, so a CPU that
 * waits serves TLB shoot-downs meanwhile (arch_relax): the lock's holder may be
 * waiting for exactly that.
 *
 * All locks, in their order: never take one holding another that stands below it.
 *   busy (core/domain/domctl.c)      one domctl at a time; only tried, never waited for
 *   table_lock (core/lib/registry.c) the table of domains, its writers
 *   d->lifecycle                     create, destroy, pause counts, contexts
 *   d->pt_lock                       page tables and frame types
 *   grant: lock, then map_lock       grant entries and growth; the free list of handles
 *   d->stash.lock                    blocks cleared for a populate or exchange under way
 *   evtchn lock                      ports; of two domains: the lower id first (evtchn_lock_pair)
 *   msi_lock, table_lock, irq->lock  (arch irq/) in this order; ioapic_lock and pci_lock: registers
 *   d->page_lock                     the domain's counts of pages
 *   slab_lock, heap_lock             (core/frame) in this order
 *   sched_cpus[].lock                a CPU's run queue; another's is only tried
 *   d->sched.cap_lock                the account of a capped domain
 *   timer queue lock                 a CPU's timers; not held while one fires
 *   input_lock (core/hcall/console_io.c), wallclock_lock (arch time/), flush_held (arch smp/tlb.c)
 *   console_lock, tx_lock            the console ring, the serial line, in this order
 *   log lock (core/ptype/dirty_int.h)  last of all: a domain's log of written pages; faults come under any
 */
#ifndef HV_LOCK_H
#define HV_LOCK_H

#include <hv/types.h>
#include <hv/arch.h>

struct spinlock {
    _Atomic uint16_t next, owner;
};

static inline void lock_init(struct spinlock *l)
{
    atomic_init(&l->next, 0);
    atomic_init(&l->owner, 0);
    arch_lock_watch(l, LOCK_NEW);
}
static inline void lock(struct spinlock *l)
{
    arch_lock_watch(l, LOCK_TAKE);
    uint16_t me = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
    while (unlikely(atomic_load_explicit(&l->owner, memory_order_acquire) != me))
        arch_relax();
}
static inline bool trylock(struct spinlock *l)
{
    uint16_t o = atomic_load_explicit(&l->owner, memory_order_relaxed), t = o;
    bool got = atomic_compare_exchange_strong_explicit(&l->next, &t, (uint16_t)(o + 1),
                                                       memory_order_acquire, memory_order_relaxed);
    if (got)
        arch_lock_watch(l, LOCK_TRIED);
    return got;
}
static inline void unlock(struct spinlock *l)
{
    arch_lock_watch(l, LOCK_LEAVE);
    uint16_t o = atomic_load_explicit(&l->owner, memory_order_relaxed);
    atomic_store_explicit(&l->owner, (uint16_t)(o + 1), memory_order_release);
}

/* The same, but the CPU `ending`, which ends the machine, passes by: whoever holds the lock may not come
 * back, and if it does it must find the lock as it left it. */
#define ENDING_NOBODY (~0u)
static inline void lock_unless(struct spinlock *l, unsigned ending)
{
    if (likely(arch_cpu() != ending))
        lock(l);
}
static inline void unlock_unless(struct spinlock *l, unsigned ending)
{
    if (likely(arch_cpu() != ending))
        unlock(l);
}

#endif
