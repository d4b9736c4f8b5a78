/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending, and delivery by the 2-level bitmaps (fifo.c has the other way).  A port has a pending bit
 * and a mask bit in shared_info; each vCPU has a selector word, one bit per 64 ports, and the upcall
 * flag.  All are guest memory: written by single atomic operations, never believed to hold what was
 * put there.
 */
#include <hv/sched.h>

#include "fifo.h"

#define ANY_PORT 0 /* as in sched.poll_port; port 0 itself is never used */

/* Wakes the vCPUs that poll `port`; false if no vCPU polls at all. */
static bool wake_matching(struct domain *d, evtchn_port_t port)
{
    bool found = false;
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        if (!(atomic_load(&v->sched.flags) & VPF_POLL))
            continue;
        uint32_t wanted = v->sched.poll_port;
        if (wanted == ANY_PORT || wanted == port || port == ANY_PORT)
            vcpu_wake(v);
        found = true;
    }
    return found;
}

/* `polled` is set: somebody polls, or did so once.  A poller sets VPF_POLL, then `polled`, and then
 * looks at the pending bit; so one that begins while the flag is taken back has VPF_POLL set by the
 * time of the second look, which wakes it whatever it waits for: another CPU's event may have
 * missed it. */
static void wake_pollers(struct domain *d, evtchn_port_t port)
{
    if (wake_matching(d, port))
        return;
    atomic_store(&d->evtchn->polled, false);
    wake_matching(d, ANY_PORT);
}

/* The selector bit and the upcall flag of a pending, unmasked port. */
static inline void notify(struct vcpu *v, evtchn_port_t port)
{
    if (likely(v) && !bit_test_and_set_atomic(&v->info->evtchn_pending_sel, port / 64 % 64))
        vcpu_upcall(v);
}

/* Inlined into the senders of this file. */
static inline __attribute__((always_inline)) void set_pending(struct domain *d, unsigned vcpu,
                                                              evtchn_port_t port)
{
    shared_info_t *s = d->shared_info;

    if (unlikely(shared_load_acquire(&d->evtchn->fifo))) {
        if (fifo_raise(d, port, false))
            return;
    } else {
        if (bit_test_and_set_atomic(s->evtchn_pending, port))
            return;
        if (!bit_test(s->evtchn_mask, port))
            notify(d->vcpu[vcpu], port);
    }
    if (unlikely(atomic_load_explicit(&d->evtchn->polled, memory_order_relaxed)))
        wake_pollers(d, port);
}

void port_set_pending(struct domain *d, unsigned vcpu, evtchn_port_t port)
{
    set_pending(d, vcpu, port);
}

long evtchn_send(struct domain *d, evtchn_port_t port)
{
    struct evtchn_domain *e = d->evtchn;
    const struct evtchn *p = port_find(e, port);
    long rc = 0;

    if (unlikely(!p))
        return refuse(XEN_EINVAL);
    lock(&e->lock);
    if (likely(p->state == PORT_INTERDOMAIN)) {
        struct domain *rd = p->peer;
        uint32_t rport = p->arg;
        const struct evtchn *r =
            &rd->evtchn->bucket[rport / PORTS_PER_BUCKET][rport % PORTS_PER_BUCKET];
        set_pending(rd, shared_load(&r->vcpu), rport);
    } else if (p->state == PORT_IPI) {
        set_pending(d, p->vcpu, port);
    } else if (p->state != PORT_UNBOUND) {
        rc = refuse(XEN_EINVAL);
    }
    unlock(&e->lock);
    return rc;
}

/* virq_port[row][virq] of d, if bound, becomes pending. */
static void virq_raise(struct domain *d, unsigned row, unsigned virq)
{
    struct evtchn_domain *e = d->evtchn;

    lock(&e->lock);
    uint16_t port = e->virq_port[row][virq];
    if (port)
        set_pending(d, port_find(e, port)->vcpu, port);
    unlock(&e->lock);
}

void evtchn_virq_vcpu(struct vcpu *v, unsigned virq)
{
    CHECK(!virq_is_global(virq) && virq < NR_VIRQS);
    virq_raise(v->domain, v->id, virq);
}

void evtchn_virq_global(struct domain *d, unsigned virq)
{
    CHECK(virq_is_global(virq) && virq < NR_VIRQS);
    virq_raise(d, 0, virq);
}

bool evtchn_pirq_fire(struct domain *d, unsigned pirq)
{
    struct evtchn_domain *e = d->evtchn;

    if (unlikely(pirq >= PIRQS_MAX))
        return false;
    lock(&e->lock);
    uint16_t port = e->pirq_port ? e->pirq_port[pirq] : 0;
    if (likely(port))
        set_pending(d, port_find(e, port)->vcpu, port);
    unlock(&e->lock);
    return port != 0;
}

long evtchn_unmask(struct domain *d, evtchn_port_t port)
{
    struct evtchn_domain *e = d->evtchn;
    const struct evtchn *p = port_find(e, port);
    shared_info_t *s = d->shared_info;

    if (unlikely(!p))
        return refuse(XEN_EINVAL);
    lock(&e->lock);
    if (unlikely(e->fifo))
        fifo_raise(d, port, true);
    else if (port < PORTS_2L && bit_test_and_clear_atomic(s->evtchn_mask, port) &&
             bit_test(s->evtchn_pending, port))
        notify(d->vcpu[p->vcpu], port);
    unlock(&e->lock);
    return 0;
}

int evtchn_pending(const struct domain *d, evtchn_port_t port)
{
    struct evtchn_domain *e = d->evtchn;
    bool pending = false;

    if (!port_find(e, port))
        return refuse(XEN_EINVAL);
    atomic_store(&e->polled, true);
    if (likely(!shared_load_acquire(&e->fifo)))
        return port < PORTS_2L &&
               bit_test(d->shared_info->evtchn_pending, (unsigned)index_nospec(port, PORTS_2L));
    lock(&e->lock);
    if (e->fifo)
        pending = fifo_has(e, port, EVTCHN_FIFO_PENDING);
    unlock(&e->lock);
    return pending;
}
