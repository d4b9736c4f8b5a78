/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlock.  The hypervisor runs with interrupts off, so a CPU that
 * waits serves TLB shoot-downs meanwhile (arch_relax): the lock's holder may be
 * waiting for exactly that.
 */
#ifndef HV_LOCK_H
#define HV_LOCK_H

#include <hv/types.h>
#include <asm/relax.h>

/* All locks, in their order: never wait for one holding another that stands below it, or itself.
 * The fake machine and MODE=debug check it (lock_order_ok). */
enum lock_rank {
    LOCK_BUSY = 1,  /* core/domain/domctl.c: one domctl at a time; only tried */
    LOCK_TABLE,     /* core/lib/registry.c: the table of domains, its writers */
    LOCK_KEXEC,     /* core/kexec: the images */
    LOCK_LIFECYCLE, /* d->lifecycle: create, destroy, pause counts, contexts */
    LOCK_PT,        /* d->pt_lock: page tables and frame types */
    LOCK_GRANT,     /* grant entries and growth */
    LOCK_MAPTRACK,  /* the free list of grant handles */
    LOCK_STASH,     /* d->stash.lock: blocks cleared for a populate or exchange under way */
    LOCK_EVTCHN,    /* ports; of two domains: the lower id first (evtchn_lock_pair) */
    LOCK_FIFO,      /* a domain's queues of events */
    LOCK_MSI,       /* arch irq/: setting messages up */
    LOCK_IRQ_TABLE, /* numbers and vectors */
    LOCK_IRQ,       /* an interrupt */
    LOCK_IOAPIC,    /* index and data registers */
    LOCK_PCI,       /* address and data ports */
    LOCK_PAGE,      /* d->page_lock: the domain's counts of pages */
    LOCK_SLAB,      /* core/frame */
    LOCK_HEAP,
    LOCK_RUN_QUEUE, /* a CPU's; another's is only tried */
    LOCK_CAP,       /* d->sched.cap_lock: the account of a capped domain */
    LOCK_TIMERS,    /* a CPU's; not held while one fires */
    LOCK_INPUT,     /* core/hcall/console_io.c */
    LOCK_WALLCLOCK, /* arch time/ */
    LOCK_CONSOLE,   /* the console ring */
    LOCK_TX,        /* the serial line */
    /* core/ptype/dirty_int.h: a domain's log of written pages; faults come under any other */
    LOCK_DIRTY,
    LOCK_TOGETHER, /* arch smp/: all CPUs do something */
    LOCK_FLUSH,    /* shoot-downs, one at a time */
};

/* LOCK_TAKE comes before the wait, LOCK_TRIED after a trylock that succeeded. */
enum lock_event { LOCK_NEW, LOCK_TAKE, LOCK_TRIED, LOCK_LEAVE };

/* Who holds which lock, as clang's -Wthread-safety checks it (tests/style): data that only the
 * lock's holder touches, functions that its holder calls, that take it and that let go of it.
 * TRY_ACQUIRE: held if the function returns `taken`.  An address names a lock as the caller wrote
 * it: what takes it and what needs it spell it alike.  C has no such names for one member of a
 * struct that guards another, so there the functions say it. */
#ifdef __clang__
#define THREAD_SAFETY(x) __attribute__((x))
#else
#define THREAD_SAFETY(x)
#endif
#define GUARDED_BY(l)             THREAD_SAFETY(guarded_by(l))
#define REQUIRES(...)             THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define ACQUIRE(...)              THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define TRY_ACQUIRE(taken, ...)   THREAD_SAFETY(try_acquire_capability(taken, __VA_ARGS__))
#define ASSERT_HELD(l)            THREAD_SAFETY(assert_capability(l))
#define RELEASE(...)              THREAD_SAFETY(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS THREAD_SAFETY(no_thread_safety_analysis)

struct THREAD_SAFETY(capability("lock")) spinlock {
    _Atomic uint16_t next, owner;
    uint8_t rank;
};

/* May who holds a lock of rank `held` wait for one of rank `wanted`? */
static inline bool lock_order_ok(enum lock_rank held, enum lock_rank wanted)
{
    return held < wanted || (held == LOCK_EVTCHN && wanted == LOCK_EVTCHN);
}

/* Nobody else knows the lock yet: to clang its maker holds it. */
static inline void lock_init(struct spinlock *l, enum lock_rank rank) ASSERT_HELD(*l)
{
    l->rank = (uint8_t)rank;
    atomic_init(&l->next, 0);
    atomic_init(&l->owner, 0);
    arch_lock_watch(l, LOCK_NEW);
}
static inline void lock(struct spinlock *l) ACQUIRE(*l) NO_THREAD_SAFETY_ANALYSIS
{
    arch_lock_watch(l, LOCK_TAKE);
    uint16_t me = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);
    if (unlikely(atomic_load_explicit(&l->owner, memory_order_acquire) != me))
        arch_lock_wait(&l->owner, me);
}
static inline bool trylock(struct spinlock *l) TRY_ACQUIRE(true, *l)
{
    uint16_t o = atomic_load_explicit(&l->owner, memory_order_relaxed), t = o;
    bool got = atomic_compare_exchange_strong_explicit(&l->next, &t, (uint16_t)(o + 1),
                                                       memory_order_acquire, memory_order_relaxed);
    if (got)
        arch_lock_watch(l, LOCK_TRIED);
    return got;
}
static inline void unlock(struct spinlock *l) RELEASE(*l) NO_THREAD_SAFETY_ANALYSIS
{
    arch_lock_watch(l, LOCK_LEAVE);
    arch_lock_next(&l->owner);
}

/* The same, but the CPU `ending`, which ends the machine, passes by: whoever holds the lock may not
 * come back, and if it does it must find the lock as it left it. */
#define ENDING_NOBODY (~0u)
static inline void lock_unless(struct spinlock *l, unsigned ending)
    ACQUIRE(*l) NO_THREAD_SAFETY_ANALYSIS
{
    if (likely(arch_cpu() != ending))
        lock(l);
}
static inline void unlock_unless(struct spinlock *l, unsigned ending)
    RELEASE(*l) NO_THREAD_SAFETY_ANALYSIS
{
    if (likely(arch_cpu() != ending))
        unlock(l);
}

#endif
