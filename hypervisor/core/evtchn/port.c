/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: the growable array of a domain, allocating, closing, the room's life cycle. */
#include <hv/budget.h>
#include <hv/frame.h>

#include "fifo.h"

/* Closed ports that are still in a queue of the guest's are used again if there are no others, or so
 * many before the next other: the guest alone says which they are. */
#define LINKED_PASSED 16

/* Adds one bucket of free ports. */
static int ports_grow(struct evtchn_domain *e) REQUIRES(e->lock)
{
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
    e->used[0] = 1;
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

/* *looked: at so many ports. */
static int find_free(struct domain *d, unsigned *looked) REQUIRES(d->evtchn->lock)
{
    struct evtchn_domain *e = d->evtchn;
    const unsigned limit = min(e->fifo ? PORTS_MAX : PORTS_2L, d->max_evtchn_port + 1);
    unsigned passed = 0;
    int first = 0;

    for (uint32_t port = e->lowest_free; port < limit && passed < LINKED_PASSED;
         port++, (*looked)++) {
        if (port == e->valid) {
            int rc = ports_grow(e);
            if (rc)
                return rc;
        }
        if (e->used[port / PORTS_PER_BUCKET] == PORTS_PER_BUCKET) {
            port |= PORTS_PER_BUCKET - 1;
        } else if (port_find(e, port)->state == PORT_FREE) {
            if (!first)
                first = (int)(e->lowest_free = port);
            if (!e->fifo || !fifo_has(e, port, EVTCHN_FIFO_LINKED))
                return (int)port;
            passed++;
        }
    }
    return first ? first : refuse(XEN_ENOSPC);
}

int port_alloc(struct domain *d)
{
    unsigned looked = 0;

    if (d->dying)
        return refuse(XEN_EINVAL);
    int port = find_free(d, &looked);
    budget_draw((int)(looked / BUDGET_WORDS));
    return port;
}

void port_free(struct domain *d, evtchn_port_t port)
{
    struct evtchn *p = port_find(d->evtchn, port);

    if (d->evtchn->fifo)
        fifo_clear_pending(d, port);
    else
        bit_clear_atomic(d->shared_info->evtchn_pending, port);
    p->peer = NULL;
    p->arg = p->vcpu = p->priority = 0;
    p->state = PORT_FREE;
    d->evtchn->used[port / PORTS_PER_BUCKET]--;
    d->evtchn->lowest_free = min(d->evtchn->lowest_free, port);
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

/* No other's: close_pirq lets go of d's.  A peer with the lower id must be locked first, so the port
 * may change meanwhile. */
struct evtchn *evtchn_lock_with_peer(struct domain *d, evtchn_port_t port,
                                     struct domain **peer) NO_THREAD_SAFETY_ANALYSIS
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
    struct evtchn *p = evtchn_lock_with_peer(d, port, &peer);
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
        if (!e->used[port / PORTS_PER_BUCKET]) {
            port |= PORTS_PER_BUCKET - 1;
            continue;
        }
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
    int rc = evtchn_close_all(d);
    return rc ? rc : fifo_end(d);
}

bool ports_open(const struct evtchn_domain *e)
{
    unsigned used = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(e->used); i++)
        used += e->used[i];
    return used != 1; /* port 0 */
}

bool evtchn_idle(const struct domain *d)
{
    return !ports_open(d->evtchn) && !d->evtchn->fifo;
}
