/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlock.  The hypervisor runs with interrupts off, so a CPU that
 * waits serves TLB shoot-downs meanwhile (arch_relax): the lock's holder may be
 * waiting for exactly that.  Lock order (never take a left one holding one to
 * its right):  domain table < d->lifecycle < d->pt_lock < grant < evtchn <
 * d->page_lock < frame allocator < scheduler queue < timer queue < console < serial line;
 * last a domain's log of written pages (hv/dirty.h)
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
