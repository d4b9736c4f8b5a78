/* SPDX-License-Identifier: BSD-2-Clause */
/* What only shows with two CPUs at once. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

#include <hv/tlb.h>

#include "space.h"
#include "../step.h"

#define SLOTS  1024
#define ROUNDS 400

static struct slot {
    _Atomic uint64_t entry __attribute__((aligned(64)));
    _Atomic uint64_t clock __attribute__((aligned(64)));
    _Atomic uint64_t flushed_at;
    uint64_t walked;
    uint32_t stamp __attribute__((aligned(64)));
} slots[SLOTS];
static _Atomic unsigned arrived;

/* Two threads meet for the n-th time. */
static void meet(unsigned n)
{
    atomic_fetch_add(&arrived, 1);
    for (unsigned turns = 0; atomic_load(&arrived) < 2 * n; turns++)
        if (turns > 1000)
            sched_yield();
}

static void stay_on_cpu(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set); /* no harm if there is no such CPU */
}

/*
 * The order of hv/tlb.h.  The taker clears an entry and stamps, the flusher ticks, flushes and
 * walks, over and over on slots of their own.  Where the walk found the old entry, the stamp must
 * say that the flusher is stale.
 */
static void *flusher(void *unused)
{
    stay_on_cpu(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        meet(3 * round + 1);
        for (struct slot *s = slots; s < slots + SLOTS; s++)
            /* into this cache, so that the taker's store takes time */
            (void)atomic_load(&s->entry);
        meet(3 * round + 2);
        for (struct slot *s = slots; s < slots + SLOTS; s++) {
            tlb_clock_tick(&s->clock, &s->flushed_at);
            s->walked = atomic_load_explicit(&s->entry, memory_order_relaxed);
        }
        meet(3 * round + 3);
    }
    return unused;
}

Test(order, entry_then_barrier_then_clock)
{
    unsigned missed = 0, second = 0;
    pthread_t other;

    pthread_create(&other, NULL, flusher, NULL);
    stay_on_cpu(0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (struct slot *s = slots; s < slots + SLOTS; s++) {
            s->entry = 1;
            s->clock = 10;
        }
        meet(3 * round + 1);
        meet(3 * round + 2);
        for (struct slot *s = slots; s < slots + SLOTS; s++) {
            atomic_store_explicit(&s->entry, 0, memory_order_relaxed);
            s->stamp = tlb_clock_stamp(&s->clock);
        }
        meet(3 * round + 3);
        for (struct slot *s = slots; s < slots + SLOTS; s++) {
            const bool stale = tlb_clock_stale(s->clock, s->flushed_at, s->stamp);
            second += !s->walked;
            missed += s->walked && !stale;
        }
    }
    pthread_join(other, NULL);
    cr_assert_eq(missed, 0, "%u times an old entry was walked by who counts as flushed", missed);
    cr_assert_gt(second, 0, "the flusher never came second");
}

/* A page walk sets ACCESSED and DIRTY whenever it likes: after each instruction of an update. */
#define SEEN (PTE_ACCESSED | PTE_DIRTY)
static struct space updated;

static void update(unsigned cmd, uint64_t flags)
{
    cr_assert_eq(
        world_update(1, space_l1e(&updated, 1) | cmd, world_pte(updated.data, flags), DOMID_SELF),
        0);
}

static void preserve(void)
{
    update(MMU_PT_UPDATE_PRESERVE_AD, SPACE_FLAGS | PTE_AVAIL);
}

static void walk(void)
{
    __atomic_fetch_or(&world_at(updated.l1)[space_index(1) + 1], SEEN, __ATOMIC_SEQ_CST);
}

Test(entry, preserved_bits_are_never_lost)
{
    unsigned long count;

    world_start(300, 100);
    updated = space_make(1);
    cr_assert_eq(ptype_switch_base(&world_vcpu[1], updated.l4, false), 0);
    update(MMU_NORMAL_PT_UPDATE, SPACE_FLAGS);
    count = step_record(preserve);
    for (unsigned long n = 0; n < count; n++) {
        update(MMU_NORMAL_PT_UPDATE, SPACE_FLAGS);
        cr_assert(step_at(n, preserve, walk), "instruction %lu", n);
        cr_assert_eq(world_at(updated.l1)[space_index(1) + 1],
                     world_pte(updated.data, SPACE_FLAGS | PTE_AVAIL | SEEN),
                     "instruction %lu of %lu: %lx", n, count,
                     world_at(updated.l1)[space_index(1) + 1]);
    }
}
