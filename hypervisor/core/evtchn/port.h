/* SPDX-License-Identifier: BSD-2-Clause */
/* The event-channel room's own view of a port and of a domain's ports. */
#ifndef EVTCHN_PORT_H
#define EVTCHN_PORT_H

#include <hv/arch.h>
#include <hv/check.h>
#include <hv/evtchn.h>
#include <hv/sched.h>

enum port_state {
    PORT_FREE,
    PORT_RESERVED, /* port 0, and a pirq port between its two steps of binding or closing */
    PORT_UNBOUND,
    PORT_INTERDOMAIN,
    PORT_PIRQ,
    PORT_VIRQ,
    PORT_IPI,
};

struct evtchn {
    struct domain *peer; /* interdomain */
    union {
        uint16_t arg;   /* interdomain: the peer's port; pirq, virq: its number */
        domid_t remote; /* unbound: who may bind */
    };
    uint8_t state; /* enum port_state */
    uint8_t vcpu;  /* notified vCPU; as the next, read without the lock by the peer's send */
    uint8_t priority;
    bool unsent;    /* FIFO: pending, but without a word that could say so */
    uint16_t queue; /* FIFO: where it was put last; a closed port may still be there */
};
STATIC_CHECK(sizeof(struct evtchn) == 16, "256 ports fill a page");

#define PORTS_2L         ((unsigned)EVTCHN_2L_NR_CHANNELS) /* 4096: bits in shared_info's maps */
#define PORTS_MAX        16384u /* with FIFO: 256 KiB a domain; struct evtchn_domain fills a page */
#define PORTS_PER_BUCKET (PAGE_SIZE / sizeof(struct evtchn))
#define PIRQS_MAX        2048u /* more than any machine's GSIs and MSIs; one page of port numbers */

struct evtchn_domain {
    struct spinlock lock;
    uint32_t valid;       /* ports with a bucket; grows only */
    uint32_t lowest_free; /* no port below this is free */
    _Atomic bool polled;  /* a vCPU may be in SCHEDOP_poll */
    struct fifo *fifo;    /* NULL: 2-level; read by who holds the lock of an open port's peer */
    uint16_t *pirq_port;  /* PIRQS_MAX entries once the first pirq was bound; 0: not bound */
    struct evtchn *bucket[PORTS_MAX / PORTS_PER_BUCKET];
    uint16_t used[PORTS_MAX / PORTS_PER_BUCKET]; /* ports of it that are not free */
    uint16_t virq_port[HV_MAX_VCPUS][NR_VIRQS];  /* global ones are in vCPU 0's row */
};
STATIC_CHECK(sizeof(struct evtchn_domain) <= PAGE_SIZE, "what hv_alloc gives without rounding");

/* NULL for a port out of range.  The entry itself never moves and lives as long as the domain. */
static inline struct evtchn *port_find(const struct evtchn_domain *e, evtchn_port_t port)
{
    if (unlikely(port >= shared_load_acquire(&e->valid)))
        return NULL;
    port = (evtchn_port_t)index_nospec(port, PORTS_MAX);
    return &e->bucket[port / PORTS_PER_BUCKET][port % PORTS_PER_BUCKET];
}

static inline void vcpu_upcall(struct vcpu *v)
{
    if (!shared_swap(&v->info->evtchn_upcall_pending, 1))
        vcpu_kick(v);
}

/* virq: one per domain (else one per vCPU)?  The list of per-vCPU ones is xen.h's "(V.)" marks. */
static inline bool virq_is_global(unsigned virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

/* domain_target for a domain that can have ports: not for DOMID_IO and its like. */
int evtchn_target(struct vcpu *cur, domid_t id, struct domain **d);
/* The lowest free port (still free: the caller sets its state), growing as needed: -XEN_ENOSPC,
 * -XEN_ENOMEM, or -XEN_EINVAL when d is dying. */
int port_alloc(struct domain *d) REQUIRES(d->evtchn->lock);
/* Back to PORT_FREE, not pending. */
void port_free(struct domain *d, evtchn_port_t port) REQUIRES(d->evtchn->lock);
/* Locks of two domains, which may be the same one, in the order of their ids. */
void evtchn_lock_pair(struct domain *a, struct domain *b) ACQUIRE(a->evtchn->lock, b->evtchn->lock);
void evtchn_unlock_pair(struct domain *a, struct domain *b)
    RELEASE(a->evtchn->lock, b->evtchn->lock);
/* Takes d's lock and, if `port` is interdomain, that of its peer's domain; *peer is that domain or
 * d itself.  The port, NULL if there is none. */
struct evtchn *evtchn_lock_with_peer(struct domain *d, evtchn_port_t port, struct domain **peer)
    ACQUIRE(d->evtchn->lock, (*peer)->evtchn->lock);
/* -XEN_EINVAL: not a port in use.  The peer of an interdomain port becomes unbound, for d to bind
 * again. */
int evtchn_close(struct domain *d, evtchn_port_t port);
bool ports_open(const struct evtchn_domain *e);
/* Closes every port that is open; -XEN_ERESTART when preempted, then to be called again. */
int evtchn_close_all(struct domain *d);
/* Makes `port` of d pending and notifies vCPU `vcpu` if it is not masked. */
void port_set_pending(struct domain *d, unsigned vcpu, evtchn_port_t port);

union evtchn_arg {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_bind_pirq bind_pirq;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_close close;
    struct evtchn_status status;
    struct evtchn_reset reset;
    struct evtchn_init_control init_control;
    struct evtchn_expand_array expand_array;
    struct evtchn_set_priority set_priority;
};

/* The operations with arguments already copied: 0 or -XEN_E..., results stored into *arg. */
int evtchn_alloc_unbound(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_bind_interdomain(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_bind_virq(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_bind_ipi(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_bind_pirq(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_bind_vcpu(struct vcpu *cur, union evtchn_arg *arg);
long evtchn_unmask(struct domain *d, evtchn_port_t port);

#endif
