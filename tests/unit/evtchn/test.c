/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels seen from a guest: each operation's results and refusals, as event_channel.h and
 * Xen 4.17 have them, and delivery into the 2-level bitmaps.  Every test ends with an audit.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/bitmap.h>
#include <hv/check.h>

#include "../../audit/audit.h"
#include "guest.h"
#include "port.h"

TestSuite(evtchn, .init = fake_start, .fini = fake_audit_and_stop);

static bool pending(unsigned d, evtchn_port_t port)
{
    return bit_test(dom[d]->shared_info->evtchn_pending, port);
}

/* What a guest's upcall handler does, for one port. */
static void consume(unsigned d, unsigned v, evtchn_port_t port)
{
    dom[d]->vcpu[v]->info->evtchn_upcall_pending = 0;
    dom[d]->vcpu[v]->info->evtchn_pending_sel = 0;
    bit_clear(dom[d]->shared_info->evtchn_pending, port);
}

/* Port 1 of domain 0 bound to port 1 of domain 1, nothing pending. */
static void connect_pair(void)
{
    cr_assert_eq(unbound(0, DOMID_SELF, FIRST_ID + 1), 1);
    cr_assert_eq(interdomain(1, FIRST_ID, 1), 1);
    consume(1, 0, 1);
    memset(fake_log.kicks, 0, sizeof(fake_log.kicks));
}

Test(evtchn, alloc_unbound_takes_lowest_free_port)
{
    cr_assert_eq(unbound(0, DOMID_SELF, 9), 1);
    cr_assert_eq(unbound(0, DOMID_SELF, DOMID_SELF), 2);
    cr_assert_eq(status(0, 1).u.unbound.dom, 9);
    cr_assert_eq(status(0, 2).u.unbound.dom, FIRST_ID);
    cr_assert_eq(close_port(0, 1), 0);
    cr_assert_eq(unbound(0, DOMID_SELF, 9), 1);
    cr_assert_eq(unbound(0, DOMID_SELF, 9), 3);
}

Test(evtchn, alloc_unbound_for_another_domain_needs_privilege)
{
    cr_assert_eq(unbound(0, FIRST_ID + 1, DOMID_SELF), 1);
    cr_assert_eq(status(1, 1).u.unbound.dom, FIRST_ID);
    cr_assert_eq(unbound(1, FIRST_ID, DOMID_SELF), -XEN_EPERM);
    cr_assert_eq(unbound(0, 77, DOMID_SELF), -XEN_ESRCH);
}

Test(evtchn, a_dying_domain_gets_no_ports)
{
    dom[1]->dying = 1;
    cr_assert_eq(unbound(0, FIRST_ID + 1, DOMID_SELF), -XEN_EINVAL);
}

Test(evtchn, interdomain_binding_points_both_ways)
{
    connect_pair();
    struct evtchn_status a = status(0, 1), b = status(1, 1);
    cr_assert_eq(a.status, EVTCHNSTAT_interdomain);
    cr_assert_eq(a.u.interdomain.dom, FIRST_ID + 1);
    cr_assert_eq(a.u.interdomain.port, 1);
    cr_assert_eq(b.u.interdomain.dom, FIRST_ID);
    cr_assert_eq(b.u.interdomain.port, 1);
}

Test(evtchn, a_fresh_interdomain_port_is_pending)
{
    unbound(0, DOMID_SELF, FIRST_ID + 1);
    interdomain(1, FIRST_ID, 1);
    cr_assert(pending(1, 1));
    cr_assert_not(pending(0, 1));
    cr_assert_eq(fake_log.kicks[1][0], 1);
}

Test(evtchn, interdomain_refusals)
{
    cr_assert_eq(interdomain(1, 77, 1), -XEN_ESRCH);
    cr_assert_eq(interdomain(1, FIRST_ID, 1), -XEN_EINVAL);      /* free */
    cr_assert_eq(interdomain(1, FIRST_ID, 100000), -XEN_EINVAL); /* out of range */
    unbound(0, DOMID_SELF, 9);
    cr_assert_eq(interdomain(1, FIRST_ID, 1), -XEN_EINVAL); /* for domain 9 */
    unbound(0, DOMID_SELF, FIRST_ID + 1);
    cr_assert_eq(interdomain(1, FIRST_ID, 2), 1);
    cr_assert_eq(interdomain(1, FIRST_ID, 2), -XEN_EINVAL); /* taken */
}

Test(evtchn, a_domain_can_talk_to_itself)
{
    cr_assert_eq(unbound(0, DOMID_SELF, DOMID_SELF), 1);
    cr_assert_eq(interdomain(0, DOMID_SELF, 1), 2);
    cr_assert_eq(send(0, 2), 0);
    cr_assert(pending(0, 1));
    cr_assert_eq(close_port(0, 1), 0);
    cr_assert_eq(status(0, 2).status, EVTCHNSTAT_unbound);
}

Test(evtchn, send_sets_pending_selector_and_upcall_and_kicks_once)
{
    connect_pair();
    cr_assert_eq(send(0, 1), 0);
    cr_assert(pending(1, 1));
    cr_assert_eq(dom[1]->vcpu[0]->info->evtchn_pending_sel, 1);
    cr_assert_eq(dom[1]->vcpu[0]->info->evtchn_upcall_pending, 1);
    cr_assert_eq(fake_log.kicks[1][0], 1);
    cr_assert_eq(send(0, 1), 0);
    cr_assert_eq(fake_log.kicks[1][0], 1, "still pending: no second kick");
    consume(1, 0, 1);
    send(0, 1);
    cr_assert_eq(fake_log.kicks[1][0], 2);
    dom[1]->vcpu[0]->info->evtchn_upcall_pending = 0; /* it looks, but has not come to the port */
    dom[1]->vcpu[0]->info->evtchn_pending_sel = 0;
    send(0, 1);
    cr_assert_eq(dom[1]->vcpu[0]->info->evtchn_pending_sel, 0, "one event, one notification");
    cr_assert_eq(fake_log.kicks[1][0], 2);
}

/* The state alone says what a port is. */
Test(evtchn, a_port_without_a_peer_sends_nowhere)
{
    connect_pair();
    struct evtchn *p = port_find(dom[0]->evtchn, 1);
    p->state = PORT_UNBOUND; /* half way to be closed: the pointer is still there */
    cr_assert_neq(evtchn_audit(dom[0]), 0, "which nobody leaves so");
    cr_assert_eq(send(0, 1), 0);
    cr_assert_not(pending(1, 1));
    p->state = PORT_INTERDOMAIN;
}

/* The first number without a bucket, whatever the operation. */
Test(evtchn, the_first_port_that_is_not_there)
{
    evtchn_port_t edge = dom[1]->evtchn->valid;
    struct evtchn_status s = {.dom = DOMID_SELF, .port = edge};

    cr_assert_eq(send(1, edge), -XEN_EINVAL);
    cr_assert_eq(close_port(1, edge), -XEN_EINVAL);
    cr_assert_eq(unmask(1, edge), -XEN_EINVAL);
    cr_assert_eq(call(1, EVTCHNOP_status, &s), -XEN_EINVAL);
    cr_assert_eq(bind_vcpu(1, edge, 0), -XEN_EINVAL);
    cr_assert_eq(interdomain(0, FIRST_ID + 1, edge), -XEN_EINVAL);
    cr_assert_eq(evtchn_pending(dom[1], edge), -XEN_EINVAL);
}

Test(evtchn, a_masked_port_only_becomes_pending_until_unmasked)
{
    connect_pair();
    bit_set(dom[1]->shared_info->evtchn_mask, 1);
    send(0, 1);
    cr_assert(pending(1, 1));
    cr_assert_eq(dom[1]->vcpu[0]->info->evtchn_upcall_pending, 0);
    cr_assert_eq(fake_log.kicks[1][0], 0);
    cr_assert_eq(unmask(1, 1), 0);
    cr_assert_not(bit_test(dom[1]->shared_info->evtchn_mask, 1));
    cr_assert_eq(fake_log.kicks[1][0], 1);
    consume(1, 0, 1);
    cr_assert_eq(unmask(1, 1), 0);
    cr_assert_eq(fake_log.kicks[1][0], 1, "was not masked");
    cr_assert_eq(unmask(1, 5000), -XEN_EINVAL);
}

Test(evtchn, events_go_to_the_vcpu_that_was_chosen)
{
    connect_pair();
    cr_assert_eq(bind_vcpu(1, 1, 1), 0);
    cr_assert_eq(status(1, 1).vcpu, 1);
    send(0, 1);
    cr_assert_eq(fake_log.kicks[1][1], 1);
    cr_assert_eq(dom[1]->vcpu[0]->info->evtchn_upcall_pending, 0);
    cr_assert_eq(close_port(1, 1), 0);
    cr_assert_eq(unbound(1, DOMID_SELF, 9), 1);
    cr_assert_eq(status(1, 1).vcpu, 0, "a new port starts on vCPU 0");
}

Test(evtchn, bind_vcpu_refusals)
{
    connect_pair();
    cr_assert_eq(bind_vcpu(1, 1, FAKE_VCPUS), -XEN_ENOENT);
    cr_assert_eq(bind_vcpu(1, 5000, 0), -XEN_EINVAL);
    cr_assert_eq(bind_vcpu(1, 7, 0), -XEN_EINVAL); /* free */
    cr_assert_eq(bind_vcpu(1, (evtchn_port_t)ipi(1, 1), 0), -XEN_EINVAL);
    cr_assert_eq(bind_vcpu(1, (evtchn_port_t)virq(1, VIRQ_TIMER, 1), 0), -XEN_EINVAL);
    cr_assert_eq(bind_vcpu(1, (evtchn_port_t)virq(1, VIRQ_DOM_EXC, 0), 1), 0);
}

Test(evtchn, close_leaves_the_peer_for_the_same_domain_to_bind_again)
{
    connect_pair();
    cr_assert_eq(close_port(1, 1), 0);
    cr_assert_eq(status(0, 1).status, EVTCHNSTAT_unbound);
    cr_assert_eq(status(0, 1).u.unbound.dom, FIRST_ID + 1);
    cr_assert_eq(send(0, 1), 0, "sending to nobody is no error");
    cr_assert_eq(interdomain(1, FIRST_ID, 1), 1);
    cr_assert(pending(1, 1), "what was sent meanwhile is not lost");
    /* and from the side with the lower id */
    cr_assert_eq(close_port(0, 1), 0);
    cr_assert_eq(status(1, 1).status, EVTCHNSTAT_unbound);
    cr_assert_eq(status(1, 1).u.unbound.dom, FIRST_ID);
}

Test(evtchn, close_clears_pending_and_refuses_what_is_not_open)
{
    connect_pair();
    send(0, 1);
    cr_assert_eq(close_port(1, 1), 0);
    cr_assert_not(pending(1, 1));
    cr_assert_eq(close_port(1, 1), -XEN_EINVAL);
    cr_assert_eq(close_port(1, 0), -XEN_EINVAL);
    cr_assert_eq(close_port(1, 123456), -XEN_EINVAL);
}

Test(evtchn, send_refusals)
{
    cr_assert_eq(send(0, 0), -XEN_EINVAL);
    cr_assert_eq(send(0, 5), -XEN_EINVAL);
    cr_assert_eq(send(0, 0xFFFFFFFF), -XEN_EINVAL);
    cr_assert_eq(send(0, (evtchn_port_t)virq(0, VIRQ_TIMER, 0)), -XEN_EINVAL);
    cr_assert_eq(send(0, (evtchn_port_t)pirq(0, 3)), -XEN_EINVAL);
}

Test(evtchn, ipi_reaches_its_vcpu)
{
    long port = ipi(0, 1);
    cr_assert_eq(port, 1);
    cr_assert_eq(send(0, 1), 0);
    cr_assert_eq(fake_log.kicks[0][1], 1);
    cr_assert_eq(status(0, 1).status, EVTCHNSTAT_ipi);
    cr_assert_eq(ipi(0, FAKE_VCPUS), -XEN_ENOENT);
}

Test(evtchn, per_vcpu_virqs)
{
    cr_assert_eq(virq(0, VIRQ_TIMER, 0), 1);
    cr_assert_eq(virq(0, VIRQ_TIMER, 1), 2);
    cr_assert_eq(virq(0, VIRQ_TIMER, 1), -XEN_EEXIST);
    cr_assert_eq(virq(0, VIRQ_TIMER, FAKE_VCPUS), -XEN_ENOENT);
    cr_assert_eq(virq(0, NR_VIRQS, 0), -XEN_EINVAL);
    evtchn_virq_vcpu(dom[0]->vcpu[1], VIRQ_TIMER);
    cr_assert(pending(0, 2));
    cr_assert_not(pending(0, 1));
    cr_assert_eq(fake_log.kicks[0][1], 1);
    cr_assert_eq(status(0, 2).u.virq, VIRQ_TIMER);
    cr_assert_eq(status(0, 2).vcpu, 1);
    cr_assert_eq(close_port(0, 2), 0);
    evtchn_virq_vcpu(dom[0]->vcpu[1], VIRQ_TIMER);
    cr_assert_not(pending(0, 2), "an unbound virq goes nowhere");
    cr_assert_eq(virq(0, VIRQ_TIMER, 1), 2);
}

Test(evtchn, global_virqs_bind_on_vcpu_0_and_can_move)
{
    cr_assert_eq(virq(0, VIRQ_CONSOLE, 1), -XEN_EINVAL);
    cr_assert_eq(virq(0, VIRQ_CONSOLE, 0), 1);
    cr_assert_eq(virq(0, VIRQ_CONSOLE, 0), -XEN_EEXIST);
    cr_assert_eq(bind_vcpu(0, 1, 1), 0);
    evtchn_virq_global(dom[0], VIRQ_CONSOLE);
    cr_assert_eq(fake_log.kicks[0][1], 1);
    cr_assert_eq(close_port(0, 1), 0);
    cr_assert_eq(virq(0, VIRQ_CONSOLE, 0), 1, "closing released it though it had moved");
    for (unsigned v = 0; v < NR_VIRQS; v++)
        cr_assert_eq(virq_is_global(v),
                     v != VIRQ_TIMER && v != VIRQ_DEBUG && v != VIRQ_XENOPROF && v != VIRQ_XENPMU);
}

Test(evtchn, pirqs_fire_into_their_port)
{
    cr_assert_not(evtchn_pirq_fire(dom[0], 3));
    cr_assert_eq(pirq(0, 3), 1);
    cr_assert_eq(fake_log.pirqs_bound, 1);
    cr_assert_eq(pirq(0, 3), -XEN_EEXIST);
    cr_assert_eq(pirq(0, 0x7FFFFFFF), -XEN_EINVAL);
    cr_assert(evtchn_pirq_fire(dom[0], 3));
    cr_assert(pending(0, 1));
    cr_assert_eq(status(0, 1).u.pirq, 3);
    cr_assert_eq(close_port(0, 1), 0);
    cr_assert_eq(fake_log.pirqs_bound, 0);
    cr_assert_not(evtchn_pirq_fire(dom[0], 3));
    cr_assert_not(evtchn_pirq_fire(dom[0], 0xFFFFFFFF));
}

Test(evtchn, a_pirq_that_the_machine_refuses_leaves_nothing)
{
    fake_log.pirq_result = -XEN_EPERM;
    cr_assert_eq(pirq(1, 3), -XEN_EPERM);
    cr_assert_eq(status(1, 1).status, EVTCHNSTAT_closed);
    fake_log.pirq_result = 0;
    cr_assert_eq(pirq(1, 3), 1);
}

Test(evtchn, status_of_others_needs_privilege)
{
    struct evtchn_status a = {.dom = FIRST_ID + 1, .port = 1};
    cr_assert_eq(call(0, EVTCHNOP_status, &a), 0);
    cr_assert_eq(a.status, EVTCHNSTAT_closed);
    a.dom = FIRST_ID;
    cr_assert_eq(call(1, EVTCHNOP_status, &a), -XEN_EPERM);
    a.dom = 99;
    cr_assert_eq(call(0, EVTCHNOP_status, &a), -XEN_ESRCH);
    a.dom = DOMID_SELF;
    a.port = 4096;
    cr_assert_eq(call(0, EVTCHNOP_status, &a), -XEN_EINVAL);
}

Test(evtchn, ports_grow_to_4095_and_no_further)
{
    for (unsigned i = 1; i < 4096; i++)
        cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), i);
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), -XEN_ENOSPC);
    cr_assert_null(port_find(dom[1]->evtchn, 4096), "beyond the last bucket's place");
    cr_assert_eq(send(1, 4096), -XEN_EINVAL);
    cr_assert_eq(interdomain(0, FIRST_ID + 1, 4095), 1);
    send(0, 1);
    cr_assert(pending(1, 4095));
    cr_assert_eq(dom[1]->vcpu[0]->info->evtchn_pending_sel, 1UL << 63);
    close_port(1, 700);
    cr_assert_eq(ipi(1, 0), 700);
}

Test(evtchn, running_out_of_memory_is_an_error_and_no_more)
{
    for (unsigned i = 1; i < 256; i++)
        unbound(1, DOMID_SELF, FIRST_ID);
    fake_log.out_of_memory = true;
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), -XEN_ENOMEM);
    cr_assert_eq(pirq(0, 1), -XEN_ENOMEM);
    fake_log.out_of_memory = false;
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), 256);
}

/* vCPU v of domain 1 enters SCHEDOP_poll for this port (0: for several). */
static void poll(unsigned v, evtchn_port_t port)
{
    dom[1]->vcpu[v]->sched.flags = VPF_POLL;
    dom[1]->vcpu[v]->sched.poll_port = port;
    cr_assert_eq(evtchn_pending(dom[1], port ? port : 1), 0);
}

Test(evtchn, pollers_are_woken_for_their_port_even_if_masked)
{
    connect_pair();
    bit_set(dom[1]->shared_info->evtchn_mask, 1);
    poll(1, 2);
    send(0, 1);
    cr_assert_eq(fake_log.wakes[1][1], 0, "polls another port");
    consume(1, 0, 1);
    poll(1, 1);
    send(0, 1);
    cr_assert_eq(fake_log.wakes[1][1], 1);
    cr_assert_eq(evtchn_pending(dom[1], 1), 1);
    consume(1, 0, 1);
    poll(1, 0);
    send(0, 1);
    cr_assert_eq(fake_log.wakes[1][1], 2);
    cr_assert_eq(evtchn_pending(dom[1], 4096), -XEN_EINVAL);
}

Test(evtchn, two_pollers_of_different_ports)
{
    connect_pair();
    evtchn_port_t other = (evtchn_port_t)ipi(1, 0);
    poll(0, 1);
    poll(1, other);
    send(0, 1);
    cr_assert_eq(fake_log.wakes[1][0], 1);
    cr_assert_eq(fake_log.wakes[1][1], 0);
    send(1, other);
    cr_assert_eq(fake_log.wakes[1][1], 1, "the second is still looked for");
}

Test(evtchn, the_search_for_pollers_ends_with_the_last_one)
{
    connect_pair();
    poll(1, 1);
    send(0, 1);
    cr_assert(dom[1]->evtchn->polled, "the next event looks once more");
    consume(1, 0, 1);
    send(0, 1);
    cr_assert_not(dom[1]->evtchn->polled);
    cr_assert_eq(fake_log.wakes[1][1], 1);
}

Test(evtchn, a_domain_without_vcpus_can_be_sent_to)
{
    connect_pair();
    struct vcpu *v = dom[1]->vcpu[0];
    dom[1]->vcpu[0] = NULL;
    cr_assert_eq(send(0, 1), 0);
    cr_assert(pending(1, 1));
    dom[1]->vcpu[0] = v;
}

Test(evtchn, faults_are_reported)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    cr_assert_eq(op_event_channel_op(dom[0]->vcpu[0], EVTCHNOP_send, GVA(0)), -XEN_EFAULT);
    cr_assert_eq(op_event_channel_op(dom[0]->vcpu[0], EVTCHNOP_unmask, GVA(0)), -XEN_EFAULT);
    cr_assert_eq(op_event_channel_op(dom[0]->vcpu[0], EVTCHNOP_close, GVA(0)), -XEN_EFAULT);
    fake_log.fault_in = 1;
    cr_assert_eq(call(0, EVTCHNOP_alloc_unbound, &a), -XEN_EFAULT);
}

Test(evtchn, unknown_operations_are_not_offered)
{
    uint8_t arg[64] = {0};
    for (unsigned cmd = EVTCHNOP_set_priority + 1; cmd < 40; cmd++)
        cr_assert_eq(call(0, cmd, arg), -XEN_ENOSYS, "cmd %u", cmd);
}

Test(evtchn, a_domain_has_no_more_ports_than_its_tool_stack_said)
{
    dom[1]->max_evtchn_port = 299;
    for (unsigned i = 1; i < 300; i++)
        cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), i);
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), -XEN_ENOSPC);
    go_fifo(1);
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), -XEN_ENOSPC);
    cr_assert_eq(close_port(1, 17), 0);
    cr_assert_eq(unbound(1, DOMID_SELF, FIRST_ID), 17);
}

Test(evtchn, a_dying_domain_lets_go_of_its_peers)
{
    connect_pair();
    pirq(1, 0);
    for (unsigned i = 0; i < 100; i++)
        ipi(1, 0);
    dom[1]->dying = 1;
    fake_log.preempt_in = 0;
    cr_assert_eq(evtchn_domain_destroy(dom[1]), -XEN_ERESTART);
    cr_assert_eq(evtchn_domain_destroy(dom[1]), 0);
    cr_assert_eq(status(0, 1).status, EVTCHNSTAT_unbound);
    cr_assert_eq(send(0, 1), 0);
    cr_assert_eq(fake_log.pirqs_bound, 0);
}

/* The auditor itself: each invariant, broken on purpose, is seen. */
Test(evtchn, audit_sees_broken_invariants)
{
    connect_pair();
    virq(0, VIRQ_TIMER, 0);
    struct evtchn *p = port_find(dom[0]->evtchn, 1), keep = *p;
    p->arg = 2;
    cr_assert_gt(evtchn_audit(dom[0]), 0);
    cr_assert_gt(evtchn_audit(dom[1]), 0);
    *p = keep;
    dom[0]->evtchn->virq_port[0][VIRQ_TIMER] = 0;
    cr_assert_gt(evtchn_audit(dom[0]), 0);
    dom[0]->evtchn->virq_port[0][VIRQ_TIMER] = 2;
    port_find(dom[0]->evtchn, 9)->vcpu = 1;
    cr_assert_gt(evtchn_audit(dom[0]), 0);
    port_find(dom[0]->evtchn, 9)->vcpu = 0;
}
