/* SPDX-License-Identifier: BSD-2-Clause */
/* Recomputes EV-1 to EV-5 (that frames are held: the fake machines count that).  Nothing else may run meanwhile. */
#include <hv/lib.h>

#include "../../hypervisor/core/evtchn/fifo.h"
#include "audit.h"

static int broken(const struct domain *d, evtchn_port_t port, const char *what)
{
    log_err("evtchn audit: d%u port %u: %s\n", d->id, port, what);
    return 1;
}

/* EV-1, and EV-2 seen from the port. */
static int audit_port(const struct domain *d, evtchn_port_t port)
{
    const struct evtchn_domain *e = d->evtchn;
    const struct evtchn *p = port_find(e, port), *r;

    if (p->state != PORT_FREE && p->state != PORT_RESERVED && port == 0)
        return broken(d, port, "EV-4: port 0 in use");
    switch (p->state) {
    case PORT_FREE:
        if (p->peer || p->arg || p->vcpu || p->priority || p->unsent)
            return broken(d, port, "EV-3: free but not blank");
        return port < e->lowest_free ? broken(d, port, "EV-3: free below lowest_free") : 0;
    case PORT_UNBOUND:
        return p->peer ? broken(d, port, "EV-1: unbound but with a peer") : 0;
    case PORT_INTERDOMAIN:
        r = p->peer ? port_find(p->peer->evtchn, p->arg) : NULL;
        if (!r || r->state != PORT_INTERDOMAIN || r->peer != d || r->arg != port)
            return broken(d, port, "EV-1: the peer does not point back");
        return 0;
    case PORT_VIRQ:
        if (e->virq_port[virq_is_global(p->arg) ? 0 : p->vcpu][p->arg] != port)
            return broken(d, port, "EV-2: virq is not bound here");
        return 0;
    case PORT_PIRQ:
        return e->pirq_port[p->arg] == port ? 0 : broken(d, port, "EV-2: pirq is not bound here");
    default:
        return 0;
    }
}

/* EV-2 seen from the tables. */
static int audit_tables(const struct domain *d)
{
    const struct evtchn_domain *e = d->evtchn;
    int bad = 0;

    for (unsigned v = 0; v < HV_MAX_VCPUS; v++) {
        for (unsigned virq = 0; virq < NR_VIRQS; virq++) {
            uint16_t port = e->virq_port[v][virq];
            const struct evtchn *p = port_find(e, port);
            if (port && (!p || p->state != PORT_VIRQ || p->arg != virq))
                bad += broken(d, port, "EV-2: virq table names a port that is not its own");
        }
    }
    for (unsigned pirq = 0; e->pirq_port && pirq < PIRQS_MAX; pirq++) {
        uint16_t port = e->pirq_port[pirq];
        const struct evtchn *p = port_find(e, port);
        if (port && (!p || (p->state != PORT_PIRQ && p->state != PORT_RESERVED) || p->arg != pirq))
            bad += broken(d, port, "EV-2: pirq table names a port that is not its own");
    }
    return bad;
}

/* EV-5, and EV-3's count. */
static int audit_queues(const struct domain *d)
{
    const struct evtchn_domain *e = d->evtchn;
    const struct fifo *f = e->fifo;
    unsigned used[ARRAY_SIZE(e->used)] = {0};
    int bad = 0;

    for (evtchn_port_t port = 0; port < e->valid; port++)
        used[port / PORTS_PER_BUCKET] += port_find(e, port)->state != PORT_FREE;
    for (unsigned i = 0; i < ARRAY_SIZE(used); i++)
        bad += used[i] != e->used[i] ? broken(d, i * 256, "EV-3: ports that are not free") : 0;
    for (unsigned i = 0; f && i < d->vcpu_max * EVTCHN_FIFO_MAX_QUEUES; i++) {
        const struct fifo_vcpu *v = &f->vcpu[i / EVTCHN_FIFO_MAX_QUEUES];
        const evtchn_port_t tail = v->tail[i % EVTCHN_FIFO_MAX_QUEUES];
        if (tail && (!v->block || tail >= e->valid || tail / FIFO_WORDS >= f->pages))
            bad += broken(d, tail, "EV-5: last of a queue without a word");
    }
    for (unsigned i = 0; f && i < ARRAY_SIZE(f->page); i++)
        bad += !f->page[i] != (i >= f->pages) ? broken(d, i, "EV-5: pages and their number") : 0;
    return bad;
}

int evtchn_audit(const struct domain *d)
{
    int bad = audit_tables(d) + audit_queues(d);

    if (d->evtchn->valid > PORTS_MAX)
        bad += broken(d, d->evtchn->valid, "EV-4: too many ports");
    for (evtchn_port_t port = 0; port < d->evtchn->valid; port++)
        bad += audit_port(d, port);
    return bad;
}
