/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine watches locks: what it must stop at. */
#include <criterion/criterion.h>
#include <signal.h>

#include "../ptype/world.h"

Test(locks, one_left_that_was_not_taken, .signal = SIGABRT)
{
    struct spinlock a;
    lock_init(&a, LOCK_EVTCHN);
    unlock(&a);
}

Test(locks, one_taken_twice, .signal = SIGABRT)
{
    struct spinlock a;
    lock_init(&a, LOCK_EVTCHN);
    lock(&a);
    lock(&a);
}

Test(locks, two_taken_in_both_orders, .signal = SIGABRT)
{
    struct spinlock a, b;
    lock_init(&a, LOCK_EVTCHN), lock_init(&b, LOCK_EVTCHN);
    lock(&a), lock(&b);
    unlock(&a), unlock(&b);
    lock(&b), lock(&a);
}

/* Also those that no test ever takes the other way round. */
Test(locks, two_taken_against_their_ranks, .signal = SIGABRT)
{
    struct spinlock a, b;
    lock_init(&a, LOCK_HEAP), lock_init(&b, LOCK_PT);
    lock(&a), lock(&b);
}

Test(locks, two_of_one_rank, .signal = SIGABRT)
{
    struct spinlock a, b;
    lock_init(&a, LOCK_PT), lock_init(&b, LOCK_PT);
    lock(&a), lock(&b);
}

Test(locks, one_held_while_all_cpus_are_waited_for, .signal = SIGABRT)
{
    struct spinlock a;
    lock_init(&a, LOCK_EVTCHN);
    lock(&a);
    arch_quiesce();
}

Test(locks, what_is_allowed)
{
    struct spinlock a, b;
    lock_init(&a, LOCK_EVTCHN), lock_init(&b, LOCK_EVTCHN);
    lock(&a), lock(&b);
    cr_assert_eq(host_locks_held(), 2);
    cr_assert(!trylock(&a));
    unlock(&a);
    cr_assert(trylock(&a), "a trylock does not wait: any order");
    unlock(&b), unlock(&a);
    cr_assert_eq(host_locks_held(), 0);
    lock_init(&b, LOCK_EVTCHN);
    lock(&b), lock(&a); /* another lock at the same address */
    unlock(&a), unlock(&b);
}
