/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding ports: each operation finds a free port, checks the rest, and only then changes state. */
#include <hv/frame.h>

#include "port.h"

/* Commits a port that port_alloc returned. */
static void port_take(struct domain *d, int port, enum port_state state, uint32_t arg,
                      unsigned vcpu) REQUIRES(d->evtchn->lock)
{
    struct evtchn *p = port_find(d->evtchn, (evtchn_port_t)port);

    d->evtchn->used[port / (int)PORTS_PER_BUCKET]++;
    p->arg = (uint16_t)arg;
    p->vcpu = (uint8_t)vcpu;
    p->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    p->state = (uint8_t)state;
}

/* Takes a free port. */
static int port_open(struct domain *d, enum port_state state, uint32_t arg, unsigned vcpu)
    REQUIRES(d->evtchn->lock)
{
    int port = port_alloc(d);

    if (port >= 0)
        port_take(d, port, state, arg, vcpu);
    return port;
}

int evtchn_alloc_unbound(struct vcpu *cur, union evtchn_arg *arg)
{
    struct evtchn_alloc_unbound *a = &arg->alloc_unbound;
    struct domain *d;
    int rc = evtchn_target(cur, a->dom, &d);

    if (rc)
        return rc;
    lock(&d->evtchn->lock);
    int port = port_open(d, PORT_UNBOUND, 0, 0);
    if (port >= 0)
        port_find(d->evtchn, (evtchn_port_t)port)->remote =
            a->remote_dom == DOMID_SELF ? cur->domain->id : a->remote_dom;
    unlock(&d->evtchn->lock);
    a->port = (evtchn_port_t)port;
    return min(port, 0);
}

int evtchn_bind_interdomain(struct vcpu *cur, union evtchn_arg *arg)
{
    struct evtchn_bind_interdomain *a = &arg->bind_interdomain;
    struct domain *d = cur->domain;
    struct domain *rd = a->remote_dom == DOMID_SELF ? d : domain_find(a->remote_dom);

    if (!rd || !rd->evtchn)
        return refuse(XEN_ESRCH);
    evtchn_lock_pair(d, rd);
    struct evtchn *r = port_find(rd->evtchn, a->remote_port);
    int port =
        !r || r->state != PORT_UNBOUND || r->remote != d->id ? refuse(XEN_EINVAL) : port_alloc(d);
    if (port >= 0) {
        port_take(d, port, PORT_INTERDOMAIN, a->remote_port, 0);
        port_find(d->evtchn, (evtchn_port_t)port)->peer = rd;
        r->arg = (uint16_t)port;
        r->peer = d;
        r->state = PORT_INTERDOMAIN;
        a->local_port = (evtchn_port_t)port;
        /* What was sent while the port was unbound is lost: assume that something was. */
        port_set_pending(d, 0, (evtchn_port_t)port);
    }
    evtchn_unlock_pair(d, rd);
    return min(port, 0);
}

int evtchn_bind_virq(struct vcpu *cur, union evtchn_arg *arg)
{
    struct evtchn_bind_virq *a = &arg->bind_virq;
    struct domain *d = cur->domain;

    if (a->virq >= NR_VIRQS || (virq_is_global(a->virq) && a->vcpu != 0))
        return refuse(XEN_EINVAL);
    if (!domain_vcpu(d, a->vcpu))
        return refuse(XEN_ENOENT);
    lock(&d->evtchn->lock);
    uint16_t *bound =
        &d->evtchn->virq_port[index_nospec(a->vcpu, HV_MAX_VCPUS)][index_nospec(a->virq, NR_VIRQS)];
    int port = *bound ? refuse(XEN_EEXIST) : port_open(d, PORT_VIRQ, a->virq, a->vcpu);
    if (port >= 0)
        *bound = (uint16_t)port;
    unlock(&d->evtchn->lock);
    a->port = (evtchn_port_t)port;
    return min(port, 0);
}

int evtchn_bind_ipi(struct vcpu *cur, union evtchn_arg *arg)
{
    struct evtchn_bind_ipi *a = &arg->bind_ipi;
    struct domain *d = cur->domain;

    if (!domain_vcpu(d, a->vcpu))
        return refuse(XEN_ENOENT);
    lock(&d->evtchn->lock);
    int port = port_open(d, PORT_IPI, 0, a->vcpu);
    unlock(&d->evtchn->lock);
    a->port = (evtchn_port_t)port;
    return min(port, 0);
}

/* First step of bind_pirq: a reserved port that evtchn_pirq_fire already finds. */
static int reserve_pirq(struct domain *d, unsigned pirq)
{
    struct evtchn_domain *e = d->evtchn;
    int port;

    lock(&d->evtchn->lock);
    if (!e->pirq_port)
        e->pirq_port = hv_alloc_pages(0);
    if (!e->pirq_port)
        port = refuse(XEN_ENOMEM);
    else if (e->pirq_port[pirq])
        port = refuse(XEN_EEXIST);
    else
        port = port_open(d, PORT_RESERVED, pirq, 0);
    if (port >= 0)
        e->pirq_port[pirq] = (uint16_t)port;
    unlock(&d->evtchn->lock);
    return port;
}

int evtchn_bind_pirq(struct vcpu *cur, union evtchn_arg *arg)
{
    struct evtchn_bind_pirq *a = &arg->bind_pirq;
    struct domain *d = cur->domain;

    STATIC_CHECK(PIRQS_MAX * sizeof(uint16_t) == PAGE_SIZE, "pirq_port is one page");
    if (a->pirq >= PIRQS_MAX)
        return refuse(XEN_EINVAL);
    a->pirq = (uint32_t)index_nospec(a->pirq, PIRQS_MAX);
    int port = reserve_pirq(d, a->pirq);
    if (port < 0)
        return port;
    int rc = arch_pirq_bind(d, a->pirq, a->flags & BIND_PIRQ__WILL_SHARE);
    lock(&d->evtchn->lock);
    if (rc) {
        d->evtchn->pirq_port[a->pirq] = 0;
        port_free(d, (evtchn_port_t)port);
    } else {
        port_find(d->evtchn, (evtchn_port_t)port)->state = PORT_PIRQ;
        a->port = (evtchn_port_t)port;
    }
    unlock(&d->evtchn->lock);
    return rc;
}

/* May the guest choose which vCPU this port notifies?  Not for ports that are a vCPU's own. */
static bool may_move(const struct evtchn *p)
{
    return p->state == PORT_UNBOUND || p->state == PORT_INTERDOMAIN || p->state == PORT_PIRQ ||
           (p->state == PORT_VIRQ && virq_is_global(p->arg));
}

int evtchn_bind_vcpu(struct vcpu *cur, union evtchn_arg *arg)
{
    const struct evtchn_bind_vcpu *a = &arg->bind_vcpu;
    struct domain *d = cur->domain;
    struct evtchn *p = port_find(d->evtchn, a->port);
    int rc = 0;

    if (!domain_vcpu(d, a->vcpu))
        return refuse(XEN_ENOENT);
    if (!p)
        return refuse(XEN_EINVAL);
    lock(&d->evtchn->lock);
    if (may_move(p))
        shared_store(&p->vcpu, (uint8_t)a->vcpu);
    else
        rc = refuse(XEN_EINVAL);
    unlock(&d->evtchn->lock);
    return rc;
}
