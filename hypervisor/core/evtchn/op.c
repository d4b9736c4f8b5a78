/* SPDX-License-Identifier: BSD-2-Clause */
/* The event_channel_op hypercall: copies arguments in, runs the operation, copies results out. */
#include <hv/budget.h>
#include <hv/hcall.h>

#include "fifo.h"

static int do_close(struct vcpu *cur, union evtchn_arg *a)
{
    return evtchn_close(cur->domain, a->close.port);
}

static int do_status(struct vcpu *cur, union evtchn_arg *arg)
{
    static const uint8_t abi[] = {
        [PORT_FREE] = EVTCHNSTAT_closed,     [PORT_RESERVED] = EVTCHNSTAT_closed,
        [PORT_UNBOUND] = EVTCHNSTAT_unbound, [PORT_INTERDOMAIN] = EVTCHNSTAT_interdomain,
        [PORT_PIRQ] = EVTCHNSTAT_pirq,       [PORT_VIRQ] = EVTCHNSTAT_virq,
        [PORT_IPI] = EVTCHNSTAT_ipi,
    };
    struct evtchn_status *a = &arg->status;
    struct domain *d;
    int rc = evtchn_target(cur, a->dom, &d);

    if (rc)
        return rc;
    const struct evtchn *p = port_find(d->evtchn, a->port);
    if (!p)
        return refuse(XEN_EINVAL);
    lock(&d->evtchn->lock);
    a->status = abi[p->state];
    a->vcpu = p->vcpu;
    switch (p->state) {
    case PORT_UNBOUND:
        a->u.unbound.dom = p->remote;
        break;
    case PORT_INTERDOMAIN:
        a->u.interdomain.dom = p->peer->id;
        a->u.interdomain.port = p->arg;
        break;
    case PORT_PIRQ:
        a->u.pirq = p->arg;
        break;
    case PORT_VIRQ:
        a->u.virq = p->arg;
        break;
    default:
        break;
    }
    unlock(&d->evtchn->lock);
    return 0;
}

static int do_reset(struct vcpu *cur, union evtchn_arg *a)
{
    struct domain *d;
    int rc = evtchn_target(cur, a->reset.dom, &d);

    if (rc)
        return rc;
    if (d != cur->domain && !d->pause_count)
        return refuse(XEN_EINVAL); /* its ports must stay closed while we look away */
    rc = evtchn_close_all(d);
    return rc ? rc : fifo_end(d);
}

/* The operations that are not hot; those left out answer -ENOSYS. */
static const struct call {
    int (*run)(struct vcpu *cur, union evtchn_arg *a);
    uint8_t size;
    bool writes_back;
} calls[] = {
    [EVTCHNOP_bind_interdomain] = {evtchn_bind_interdomain, sizeof(struct evtchn_bind_interdomain),
                                   true},
    [EVTCHNOP_bind_virq] = {evtchn_bind_virq, sizeof(struct evtchn_bind_virq), true},
    [EVTCHNOP_bind_pirq] = {evtchn_bind_pirq, sizeof(struct evtchn_bind_pirq), true},
    [EVTCHNOP_close] = {do_close, sizeof(struct evtchn_close), false},
    [EVTCHNOP_status] = {do_status, sizeof(struct evtchn_status), true},
    [EVTCHNOP_alloc_unbound] = {evtchn_alloc_unbound, sizeof(struct evtchn_alloc_unbound), true},
    [EVTCHNOP_bind_ipi] = {evtchn_bind_ipi, sizeof(struct evtchn_bind_ipi), true},
    [EVTCHNOP_bind_vcpu] = {evtchn_bind_vcpu, sizeof(struct evtchn_bind_vcpu), false},
    [EVTCHNOP_reset] = {do_reset, sizeof(struct evtchn_reset), false},
    [EVTCHNOP_init_control] = {evtchn_init_control, sizeof(struct evtchn_init_control), true},
    [EVTCHNOP_expand_array] = {evtchn_expand_array, sizeof(struct evtchn_expand_array), false},
    [EVTCHNOP_set_priority] = {evtchn_set_priority, sizeof(struct evtchn_set_priority), false},
};

static __attribute__((noinline)) long run_call(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    union evtchn_arg a;

    const struct call *c = &calls[index_nospec(cmd, ARRAY_SIZE(calls))];
    if (cmd >= ARRAY_SIZE(calls) || !c->run)
        return refuse(XEN_ENOSYS);
    if (guest_read(&a, arg, c->size))
        return refuse(XEN_EFAULT);
    int rc = c->run(cur, &a);
    if (rc == -XEN_ERESTART)
        return hcall_continue_event_channel_op(cur, cmd, arg);
    if (!rc && c->writes_back && guest_write(arg, &a, c->size))
        return refuse(XEN_EFAULT); /* the port stays bound, as on Xen: the guest lost its number */
    return rc;
}

long op_event_channel_op(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    uint32_t port;

    if (unlikely(cmd != EVTCHNOP_send && cmd != EVTCHNOP_unmask))
        return run_call(cur, cmd, arg);
    if (unlikely(guest_read_u32(&port, arg)))
        return refuse(XEN_EFAULT);
    return cmd == EVTCHNOP_send ? evtchn_send(cur->domain, port) : evtchn_unmask(cur->domain, port);
}
