/* SPDX-License-Identifier: BSD-2-Clause */
/* What another CPU does in the middle of an operation, at each of its instructions: no event is
 * lost to one that polls, and both locks are held where two domains change. */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/bitmap.h>

#include "../step.h"
#include "fake.h"
#include "port.h"

static evtchn_port_t mine, polled; /* of domain 1: bound to domain 0's port 1; a vCPU's own */

static void world(void)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = FIRST_ID + 1};
    struct evtchn_bind_interdomain b = {.remote_dom = FIRST_ID};
    struct evtchn_bind_virq v = {.virq = VIRQ_TIMER, .vcpu = 1};

    fake_start();
    op_event_channel_op(dom[0]->vcpu[0], EVTCHNOP_alloc_unbound, GVA((uint64_t)&a));
    b.remote_port = a.port;
    op_event_channel_op(dom[1]->vcpu[0], EVTCHNOP_bind_interdomain, GVA((uint64_t)&b));
    op_event_channel_op(dom[1]->vcpu[0], EVTCHNOP_bind_virq, GVA((uint64_t)&v));
    mine = b.local_port;
    polled = v.port;
    memset(dom[1]->shared_info->evtchn_pending, 0, sizeof(dom[1]->shared_info->evtchn_pending));
    memset(&fake_log.wakes, 0, sizeof(fake_log.wakes));
    atomic_store(&dom[1]->evtchn->polled, true); /* somebody polled before */
}

static void send_to_mine(void)
{
    evtchn_send(dom[0], 1);
}

/* vCPU 1 begins to poll its port and finds nothing. */
static void begin_to_poll(void)
{
    struct vcpu *v = dom[1]->vcpu[1];

    v->sched.poll_port = polled;
    v->sched.flags |= VPF_BLOCKED | VPF_POLL;
    cr_assert_eq(evtchn_pending(dom[1], polled), 0);
}

/* Then its event comes. */
Test(race, no_event_is_lost_to_a_poller)
{
    unsigned n = 0;
    bool happened;

    do {
        world();
        happened = step_run(n += 2, send_to_mine, begin_to_poll);
        evtchn_virq_vcpu(dom[1]->vcpu[1], VIRQ_TIMER);
        if (happened)
            cr_assert_gt(fake_log.wakes[1][1], 0, "lost, at instruction %u", n);
        fake_stop();
    } while (happened);
    cr_assert_gt(n, 20);
}

/* The lock of each domain is held by somebody else in turn: who closes waits for both; for that of
 * the lower id without the other. */
static struct spinlock *held, *other;
static bool waited, took_other;

static void let_go(void)
{
    waited = true;
    took_other = !step_lock_is_free(other);
    fake_log.waiting = NULL;
    unlock(held);
}

static void expect_pair(unsigned closer, bool lower)
{
    world();
    held = &dom[!lower]->evtchn->lock;
    other = &dom[lower]->evtchn->lock;
    waited = took_other = false;
    lock(held);
    fake_log.waiting = let_go;
    cr_assert_eq(evtchn_close(dom[closer], closer ? mine : 1), 0);
    cr_assert(waited, "the lock of domain %u was not taken", !lower);
    cr_assert_not(lower && took_other, "the lower id comes first");
    fake_stop();
}

Test(race, closing_takes_both_locks_in_order)
{
    for (unsigned i = 0; i < 4; i++)
        expect_pair(i & 1, i & 2);
}

Test(race, binding_takes_both_locks_in_order)
{
    for (unsigned i = 0; i < 2; i++) {
        struct evtchn_bind_interdomain b = {.remote_dom = FIRST_ID};
        world();
        b.remote_port = mine = 1;
        evtchn_close(dom[1], 1);
        held = &dom[i]->evtchn->lock;
        other = &dom[!i]->evtchn->lock;
        waited = false;
        lock(held);
        fake_log.waiting = let_go;
        cr_assert_eq(
            op_event_channel_op(dom[1]->vcpu[0], EVTCHNOP_bind_interdomain, GVA((uint64_t)&b)), 0);
        cr_assert(waited);
        cr_assert_eq(took_other, i == 1);
        fake_stop();
    }
}

/* The port that is to be closed becomes a pirq's while its closer waits for both locks. */
static void close_mine(void)
{
    (void)evtchn_close(dom[0], 1);
}

static void make_it_a_pirq(void)
{
    struct evtchn_bind_pirq b = {.pirq = 5};

    (void)evtchn_close(dom[0], 1);
    (void)op_event_channel_op(dom[0]->vcpu[0], EVTCHNOP_bind_pirq, GVA((uint64_t)&b));
}

Test(race, the_machine_is_asked_for_a_pirq_without_a_lock)
{
    unsigned n = 0, unbound = 0;
    bool happened;

    do {
        world();
        fake_log.waiting = step_wait;
        happened = step_run(n += 2, close_mine, make_it_a_pirq);
        cr_assert_not(fake_log.unbound_locked, "instruction %u", n);
        unbound += happened && !fake_log.pirqs_bound;
        fake_stop();
    } while (happened);
    cr_assert_gt(unbound, 0);
    cr_assert_gt(n, 20);
}
