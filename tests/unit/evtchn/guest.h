/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations as a guest asks for them: a port number or 0, or the error. */
#ifndef EVTCHN_GUEST_H
#define EVTCHN_GUEST_H

#include <criterion/criterion.h>

#include "../../audit/audit.h"
#include "fake.h"

/* The end of each test: the audit, and nothing is left when both domains die. */
static inline void fake_audit_and_stop(void)
{
    cr_assert_eq(evtchn_audit(dom[0]), 0);
    cr_assert_eq(evtchn_audit(dom[1]), 0);
    for (unsigned i = 0; i < 2; i++) {
        dom[i]->dying = 1;
        cr_assert_eq(evtchn_domain_destroy(dom[i]), 0);
        cr_assert(evtchn_idle(dom[i]));
        cr_assert_eq(fake_held(dom[i]), 0);
    }
    cr_assert_eq(fake_log.pirqs_bound, 0);
    fake_stop();
}

static inline long call(unsigned d, unsigned cmd, void *arg)
{
    return op_event_channel_op(dom[d]->vcpu[0], cmd, GVA((uint64_t)arg));
}

static inline long unbound(unsigned d, domid_t where, domid_t remote)
{
    struct evtchn_alloc_unbound a = {.dom = where, .remote_dom = remote};
    long rc = call(d, EVTCHNOP_alloc_unbound, &a);
    return rc ? rc : (long)a.port;
}

static inline long interdomain(unsigned d, domid_t remote, evtchn_port_t port)
{
    struct evtchn_bind_interdomain a = {.remote_dom = remote, .remote_port = port};
    long rc = call(d, EVTCHNOP_bind_interdomain, &a);
    return rc ? rc : (long)a.local_port;
}

static inline long virq(unsigned d, uint32_t virq, uint32_t vcpu)
{
    struct evtchn_bind_virq a = {.virq = virq, .vcpu = vcpu};
    long rc = call(d, EVTCHNOP_bind_virq, &a);
    return rc ? rc : (long)a.port;
}

static inline long ipi(unsigned d, uint32_t vcpu)
{
    struct evtchn_bind_ipi a = {.vcpu = vcpu};
    long rc = call(d, EVTCHNOP_bind_ipi, &a);
    return rc ? rc : (long)a.port;
}

static inline long pirq(unsigned d, uint32_t pirq)
{
    struct evtchn_bind_pirq a = {.pirq = pirq};
    long rc = call(d, EVTCHNOP_bind_pirq, &a);
    return rc ? rc : (long)a.port;
}

static inline long bind_vcpu(unsigned d, evtchn_port_t port, uint32_t vcpu)
{
    struct evtchn_bind_vcpu a = {.port = port, .vcpu = vcpu};
    return call(d, EVTCHNOP_bind_vcpu, &a);
}

static inline long send(unsigned d, evtchn_port_t port)
{
    struct evtchn_send a = {.port = port};
    return call(d, EVTCHNOP_send, &a);
}

static inline long close_port(unsigned d, evtchn_port_t port)
{
    struct evtchn_close a = {.port = port};
    return call(d, EVTCHNOP_close, &a);
}

static inline struct evtchn_status status(unsigned d, evtchn_port_t port)
{
    struct evtchn_status a = {.dom = DOMID_SELF, .port = port};
    cr_assert_eq(call(d, EVTCHNOP_status, &a), 0);
    return a;
}

static inline long set_priority(unsigned d, evtchn_port_t port, uint32_t priority)
{
    struct evtchn_set_priority a = {.port = port, .priority = priority};
    return call(d, EVTCHNOP_set_priority, &a);
}

static inline long unmask(unsigned d, evtchn_port_t port)
{
    struct evtchn_unmask a = {.port = port};
    return call(d, EVTCHNOP_unmask, &a);
}

/* Frame i of domain d: 0 to FAKE_FRAMES / 2 - 1. */
static inline unsigned frame(unsigned d, unsigned i)
{
    return d * FAKE_FRAMES / 2 + i;
}

/* vCPU v's control block: in frame 0, whole blocks behind one another. */
static inline struct evtchn_fifo_control_block *block(unsigned d, unsigned v)
{
    return (struct evtchn_fifo_control_block *)fake_ram[frame(d, 0)] + v;
}

static inline long init_control(unsigned d, unsigned v)
{
    struct evtchn_init_control a = {.control_gfn = FAKE_MFN + frame(d, 0),
                                    .vcpu = v,
                                    .offset = v * (uint32_t)sizeof(*block(0, 0))};
    long rc = call(d, EVTCHNOP_init_control, &a);
    return rc ? rc : a.link_bits;
}

static inline long expand_array(unsigned d, unsigned i)
{
    struct evtchn_expand_array a = {.array_gfn = FAKE_MFN + frame(d, i)};
    host_budget.left = host_budget.turn;
    return call(d, EVTCHNOP_expand_array, &a);
}

/* Control blocks of all vCPUs, and words for the first 1024 ports in frame 1. */
static inline void go_fifo(unsigned d)
{
    for (unsigned v = 0; v < FAKE_VCPUS; v++)
        cr_assert_eq(init_control(d, v), EVTCHN_FIFO_LINK_BITS);
    cr_assert_eq(expand_array(d, 1), 0);
}

static inline event_word_t *word(unsigned d, evtchn_port_t port)
{
    return &((event_word_t *)fake_ram[frame(d, 1)])[port];
}

#endif
