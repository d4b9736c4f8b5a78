/* SPDX-License-Identifier: BSD-2-Clause */
/* Two CPUs in the event room at once, at each instruction: a reset against every other operation,
 * and the growth of the ports against whoever looks one up. */
#include "../step.h"
#include "guest.h"
#include "port.h"

#include <hv/budget.h>

enum kind { OFFERED, TIMER, MACHINE, IPI, KINDS };
enum { PAIRED = 1, SECOND }; /* ports of each domain: bound to one another, and one of a kind */

static long second_port(unsigned d, enum kind kind)
{
    switch (kind) {
    case TIMER:
        return virq(d, VIRQ_TIMER, 0);
    case MACHINE:
        return pirq(d, 2);
    case IPI:
        return ipi(d, 1);
    default:
        return unbound(d, DOMID_SELF, (domid_t)(FIRST_ID + !d));
    }
}

static void world(enum kind kind)
{
    fake_start();
    fake_log.waiting = step_wait;
    cr_assert_eq(unbound(0, DOMID_SELF, FIRST_ID + 1), PAIRED);
    cr_assert_eq(interdomain(1, FIRST_ID, PAIRED), PAIRED);
    for (unsigned d = 0; d < 2; d++) {
        cr_assert_eq(second_port(d, kind), SECOND);
        dom[d]->shared_info->evtchn_mask[0] = 1u << PAIRED;
        if (kind == IPI) /* by queues, the others by bitmaps */
            go_fifo(d);
    }
}

/* What domain d asks for meanwhile. */
static void do_send(unsigned d)
{
    send(d, PAIRED);
    send(d, SECOND);
}
static void do_bind(unsigned d)
{
    interdomain(d, (domid_t)(FIRST_ID + !d), SECOND);
}
static void do_bind_own(unsigned d)
{
    interdomain(d, DOMID_SELF, unbound(d, DOMID_SELF, DOMID_SELF));
}
static void do_close(unsigned d)
{
    close_port(d, PAIRED);
}
static void do_close_second(unsigned d)
{
    close_port(d, SECOND);
}
static void do_unmask(unsigned d)
{
    unmask(d, PAIRED);
}
static void do_alloc(unsigned d)
{
    unbound(d, DOMID_SELF, (domid_t)(FIRST_ID + !d));
}
static void do_alloc_there(unsigned d)
{
    unbound(d, (domid_t)(FIRST_ID + !d), DOMID_SELF);
}
static void do_virq(unsigned d)
{
    virq(d, VIRQ_TIMER, 0);
    evtchn_virq_vcpu(dom[d]->vcpu[0], VIRQ_TIMER);
}
static void do_pirq(unsigned d)
{
    pirq(d, 2);
    evtchn_pirq_fire(dom[d], 2);
}
static void do_move(unsigned d)
{
    bind_vcpu(d, PAIRED, 1);
}
static void do_status(unsigned d)
{
    status(d, PAIRED);
}
static void do_become(unsigned d)
{
    init_control(d, 0);
    expand_array(d, 1);
}
static void do_grow(unsigned d)
{
    expand_array(d, 2);
}
static void do_priority(unsigned d)
{
    set_priority(d, PAIRED, 1);
}
static void do_poll(unsigned d)
{
    evtchn_pending(dom[d], PAIRED);
}
/* In turns of one port each. */
static void do_reset(unsigned d)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};

    do {
        host_budget.left = BUDGET_OP;
        fake_log.preempt_in = 0;
    } while (call(d, EVTCHNOP_reset, &r) == __HYPERVISOR_event_channel_op);
    fake_log.preempt_in = -1;
}
static const struct act {
    void (*run)(unsigned d);
    enum kind kind;
} acts[] = {
    {do_send, IPI},       {do_bind, OFFERED},       {do_bind_own, IPI},
    {do_close, IPI},      {do_close_second, TIMER}, {do_close_second, MACHINE},
    {do_unmask, IPI},     {do_alloc, OFFERED},      {do_alloc_there, IPI},
    {do_virq, TIMER},     {do_pirq, MACHINE},       {do_move, OFFERED},
    {do_status, OFFERED}, {do_reset, MACHINE},      {do_become, OFFERED},
    {do_grow, IPI},       {do_priority, IPI},       {do_poll, IPI},
};

static unsigned resetting, acting, act;
static bool nothing_left; /* to close, when the other CPU came */

static void reset(void)
{
    do_reset(resetting);
}
static void meanwhile(void)
{
    nothing_left = evtchn_idle(dom[resetting]);
    acts[act].run(acting);
}

/* Up to where only closed ports are left; true if the two ever met at a lock. */
#define STEP 7
static bool reset_against(unsigned first)
{
    /* Becoming FIFO looks at all ports of a page, which takes its time. */
    const bool slow = acts[act].kind == IPI || acts[act].run == do_become;
    bool met = false;

    for (unsigned n = first; !nothing_left; n += slow ? 8 * STEP : STEP) {
        world(acts[act].kind);
        cr_assert(step_at(n, reset, meanwhile));
        met |= step_state.waits;
        fake_audit_and_stop();
    }
    nothing_left = false;
    return met;
}

Test(race, a_reset_against_every_other_operation)
{
    unsigned met = 0;

    for (unsigned i = 0; i < 2 * KINDS; i++) {
        resetting = i & 1;
        world(i >> 1);
        step_record(reset);
        fake_audit_and_stop();
        for (act = 0; act < ARRAY_SIZE(acts); act++)
            for (acting = 0; acts[act].kind == i >> 1 && acting < 2; acting++)
                met += reset_against((act + acting) % STEP);
    }
    cr_assert_eq(met, 4 * ARRAY_SIZE(acts) - 2, "do_alloc_there is refused to one of them");
}

static void grow(void)
{
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), PORTS_PER_BUCKET);
}
static bool absent;
static void look_up(void)
{
    const struct evtchn_domain *e = dom[1]->evtchn;
    const struct evtchn *p = port_find(e, PORTS_PER_BUCKET);

    absent = e->valid == PORTS_PER_BUCKET;
    if (absent)
        return;
    cr_assert_not_null(p, "published, but not there");
    cr_assert(p->state == PORT_FREE || p->state == PORT_UNBOUND);
    cr_assert_eq(send(1, PORTS_PER_BUCKET + 1), -XEN_EINVAL);
    cr_assert_eq(evtchn_unmask(dom[1], 2 * PORTS_PER_BUCKET - 1), 0);
}

Test(race, a_port_is_absent_or_whole_while_they_grow)
{
    unsigned looked[2] = {0, 0};
    unsigned long count = 1;

    for (unsigned long n = 0; n < count; n++) {
        fake_start();
        fake_log.waiting = step_wait;
        for (unsigned i = 1; i < PORTS_PER_BUCKET; i++)
            port_find(dom[1]->evtchn, i)->state = PORT_UNBOUND;
        dom[1]->evtchn->lowest_free = PORTS_PER_BUCKET;
        fake_recount(dom[1]);
        if (count == 1)
            count = step_record(grow);
        else
            cr_assert(step_at(n, grow, look_up));
        looked[!absent] += n != 0;
        fake_audit_and_stop();
    }
    cr_assert(looked[0] > 10 && looked[1] > 10);
}
