/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: the growable array of a domain, allocating, closing, the room's life cycle. */
#include <hv/budget.h>
#include <hv/frame.h>

#include "port.h"

/* Adds one bucket of free ports. */
static int ports_grow(struct evtchn_domain *e) REQUIRES(e->lock)
{
    if (e->valid >= PORTS_MAX)
        return refuse(XEN_ENOSPC);
    struct evtchn *bucket = hv_alloc_pages(0);
    if (!bucket)
        return refuse(XEN_ENOMEM);
    e->bucket[e->valid / PORTS_PER_BUCKET] = bucket;
    shared_store_release(&e->valid, e->valid + PORTS_PER_BUCKET);
    return 0;
}

int evtchn_domain_init(struct domain *d)
{
    struct evtchn_domain *e = hv_alloc(sizeof(*e));
    if (!e)
        return -XEN_ENOMEM;
    lock_init(&e->lock, LOCK_EVTCHN);
    int rc = ports_grow(e);
    if (rc) {
        hv_free(e);
        return rc;
    }
    e->bucket[0][0].state = PORT_RESERVED;
    e->lowest_free = 1;
    d->evtchn = e;
    return 0;
}

int evtchn_domain_free(struct domain *d)
{
    struct evtchn_domain *e = d->evtchn;
    if (!e)
        return 0;
    for (unsigned i = 0; i < e->valid / PORTS_PER_BUCKET; i++)
        hv_free_pages(e->bucket[i], 0);
    hv_free_pages(e->pirq_port, 0);
    hv_free(e);
    d->evtchn = NULL;
    return 0;
}

int evtchn_target(struct vcpu *cur, domid_t id, struct domain **d)
{
    int rc = domain_target(cur, id, d);

    return !rc && !(*d)->evtchn ? refuse(XEN_ESRCH) : rc;
}

int port_alloc(struct domain *d)
{
    struct evtchn_domain *e = d->evtchn;
    if (d->dying)
        return refuse(XEN_EINVAL);
    for (uint32_t port = e->lowest_free;; port++) {
        if (port == e->valid) {
            int rc = ports_grow(d->evtchn);
            if (rc) {
                e->lowest_free = port;
                return rc;
            }
        }
        if (port_find(e, port)->state == PORT_FREE) {
            e->lowest_free = port;
            return (int)port;
        }
    }
}

void port_free(struct domain *d, evtchn_port_t port)
{
    struct evtchn *p = port_find(d->evtchn, port);

    *p = (struct evtchn){.state = PORT_FREE};
    d->evtchn->lowest_free = min(d->evtchn->lowest_free, port);
    bit_clear_atomic(d->shared_info->evtchn_pending, port);
}

void evtchn_lock_pair(struct domain *a, struct domain *b) NO_THREAD_SAFETY_ANALYSIS
{
    struct domain *first = a->id < b->id ? a : b, *second = first == a ? b : a;

    lock(&first->evtchn->lock);
    if (second != first)
        lock(&second->evtchn->lock);
}

void evtchn_unlock_pair(struct domain *a, struct domain *b) NO_THREAD_SAFETY_ANALYSIS
{
    unlock(&a->evtchn->lock);
    if (a != b)
        unlock(&b->evtchn->lock);
}

/* Takes d's lock and, if `port` is interdomain, that of its peer's domain; *peer is that domain or
 * d itself, and no other's: close_pirq lets go of d's.  A peer with the lower id must be locked first,
 * so the port may change meanwhile. */
static struct evtchn *lock_with_peer(struct domain *d, evtchn_port_t port, struct domain **peer)
    ACQUIRE(d->evtchn->lock, (*peer)->evtchn->lock) NO_THREAD_SAFETY_ANALYSIS
{
    struct evtchn *p = port_find(d->evtchn, port);

    *peer = d;
    for (;;) {
        evtchn_lock_pair(d, *peer);
        struct domain *want = p && p->state == PORT_INTERDOMAIN ? p->peer : d;
        if (want == *peer)
            break;
        evtchn_unlock_pair(d, *peer);
        *peer = want; /* stays valid without the lock: D-1 */
    }
    return p;
}

/* The two steps of closing a pirq: its number stays taken until the machine has let go of it, so
 * that nobody binds it in between; the machine is asked without a lock, as it calls back under its
 * own. */
static void close_pirq(struct domain *d, evtchn_port_t port, struct evtchn *p)
    REQUIRES(d->evtchn->lock)
{
    unsigned pirq = p->arg;

    p->state = PORT_RESERVED;
    unlock(&d->evtchn->lock);
    arch_pirq_unbind(d, pirq);
    lock(&d->evtchn->lock);
    d->evtchn->pirq_port[pirq] = 0;
    port_free(d, port);
}

int evtchn_close(struct domain *d, evtchn_port_t port)
{
    struct domain *peer;
    struct evtchn *p = lock_with_peer(d, port, &peer);
    int rc = 0;

    if (!p || p->state <= PORT_RESERVED) {
        rc = refuse(XEN_EINVAL);
    } else if (p->state == PORT_PIRQ) {
        close_pirq(d, port, p);
    } else {
        if (p->state == PORT_INTERDOMAIN) {
            struct evtchn *other = port_find(p->peer->evtchn, p->arg);
            other->state = PORT_UNBOUND;
            other->peer = NULL;
            other->arg = 0;
            other->remote = d->id;
        } else if (p->state == PORT_VIRQ) {
            d->evtchn->virq_port[virq_is_global(p->arg) ? 0 : p->vcpu][p->arg] = 0;
        }
        port_free(d, port);
    }
    evtchn_unlock_pair(d, peer);
    return rc;
}

/* Keeps no progress: what a turn closed stays closed, and each looks from the first port again; so
 * a call that is never continued leaves nothing behind that another could trip over. */
int evtchn_close_all(struct domain *d)
{
    const struct evtchn_domain *e = d->evtchn;

    for (evtchn_port_t port = 1; port < e->valid; port++) {
        if (!(port % BUDGET_WORDS))
            budget_draw(1);
        if (port_find(e, port)->state <= PORT_RESERVED)
            continue;
        if (budget_look())
            return -XEN_ERESTART;
        budget_draw(BUDGET_OP);
        evtchn_close(d, port);
    }
    return 0;
}

int evtchn_domain_destroy(struct domain *d)
{
    lock(&d->evtchn->lock); /* whoever saw d alive has finished opening a port */
    unlock(&d->evtchn->lock);
    return evtchn_close_all(d);
}

bool evtchn_idle(const struct domain *d)
{
    for (evtchn_port_t port = 1; port < d->evtchn->valid; port++) {
        if (port_find(d->evtchn, port)->state != PORT_FREE)
            return false;
    }
    return true;
}
