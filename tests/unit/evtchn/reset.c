/* SPDX-License-Identifier: BSD-2-Clause */
/* EVTCHNOP_reset and the end of a domain: everything is closed, whatever was begun and abandoned.
 */
#include "guest.h"
#include "port.h"

TestSuite(reset, .init = fake_start, .fini = fake_audit_and_stop);

Test(reset, reset_closes_everything)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    cr_assert_eq(unbound(0, DOMID_SELF, FIRST_ID + 1), 1);
    cr_assert_eq(interdomain(1, FIRST_ID, 1), 1);
    virq(1, VIRQ_TIMER, 0);
    pirq(1, 2);
    cr_assert_eq(call(1, EVTCHNOP_reset, &r), 0);
    for (evtchn_port_t p = 1; p < 8; p++)
        cr_assert_eq(status(1, p).status, EVTCHNSTAT_closed);
    cr_assert_eq(status(0, 1).status, EVTCHNSTAT_unbound);
    cr_assert_eq(fake_log.pirqs_bound, 0);
    r.dom = FIRST_ID;
    cr_assert_eq(call(1, EVTCHNOP_reset, &r), -XEN_EPERM);
    r.dom = FIRST_ID + 1;
    cr_assert_eq(call(0, EVTCHNOP_reset, &r), -XEN_EINVAL, "only while it is paused");
    dom[1]->pause_count = 1;
    cr_assert_eq(call(0, EVTCHNOP_reset, &r), 0);
}

Test(reset, reset_is_preemptible)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    for (unsigned i = 1; i <= 255; i++)
        cr_assert_eq(unbound(1, DOMID_SELF, 9), i);
    fake_log.preempt_in = 1;
    cr_assert_eq(call(1, EVTCHNOP_reset, &r), __HYPERVISOR_event_channel_op);
    cr_assert_eq(fake_log.continued, 1);
    cr_assert_eq(status(1, 1).status, EVTCHNSTAT_closed);
    cr_assert_eq(status(1, 255).status, EVTCHNSTAT_unbound);
    cr_assert_eq(op_event_channel_op(dom[1]->vcpu[0], fake_log.continue_args[0],
                                     GVA(fake_log.continue_args[1])),
                 0);
    for (evtchn_port_t p = 1; p <= 255; p++)
        cr_assert_eq(status(1, p).status, EVTCHNSTAT_closed);
}

/* A guest leaves its reset half done, opens a port among the closed ones, and dies. */
Test(reset, an_abandoned_reset_leaves_nothing_to_teardown)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};

    for (unsigned i = 1; i <= 200; i++)
        cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), i);
    fake_log.preempt_in = 1;
    cr_assert_eq(call(1, EVTCHNOP_reset, &r), __HYPERVISOR_event_channel_op);
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), 1);
    cr_assert_eq(interdomain(0, FIRST_ID + 1, 1), 1);
    dom[1]->dying = 1;
    cr_assert_eq(evtchn_domain_destroy(dom[1]), 0);
    cr_assert(evtchn_idle(dom[1]));
    cr_assert_eq(status(0, 1).status, EVTCHNSTAT_unbound, "nobody's peer is the dead domain");
}

Test(reset, an_abandoned_reset_is_begun_anew)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};

    for (unsigned i = 1; i <= 200; i++)
        cr_assert_eq(unbound(1, DOMID_SELF, 9), i);
    fake_log.preempt_in = 0;
    cr_assert_eq(call(1, EVTCHNOP_reset, &r), __HYPERVISOR_event_channel_op);
    for (unsigned i = 1; i <= 64; i++)
        cr_assert_eq(unbound(1, DOMID_SELF, 9), i, "the first turn closed 64");
    fake_log.preempt_in = -1;
    cr_assert_eq(call(1, EVTCHNOP_reset, &r), 0);
    cr_assert(evtchn_idle(dom[1]));
}

/* Another CPU that saw the domain alive holds its lock and is about to open a port. */
static void finish_alloc(void)
{
    struct evtchn_domain *e = dom[1]->evtchn;

    port_find(e, 1)->state = PORT_UNBOUND;
    port_find(e, 1)->remote = FIRST_ID;
    fake_recount(dom[1]);
    fake_log.waiting = NULL;
    unlock(&e->lock);
}

Test(reset, teardown_waits_for_whoever_saw_the_domain_alive)
{
    lock(&dom[1]->evtchn->lock);
    fake_log.waiting = finish_alloc;
    dom[1]->dying = 1;
    cr_assert_eq(evtchn_domain_destroy(dom[1]), 0);
    cr_assert_null(fake_log.waiting);
    cr_assert(evtchn_idle(dom[1]));
}
