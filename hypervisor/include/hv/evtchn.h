/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels (event_channel.h): ports, bindings, delivery by bitmaps or queues.
 *
 * Invariants (tests/audit/evtchn.c):
 *   EV-1 an interdomain port's peer is an interdomain port whose peer is it
 *   EV-2 a (vcpu, virq) or pirq is bound to at most one port, and that port says so
 *   EV-3 a free port is bound to nothing and is notified on vCPU 0; how many are not is counted
 *   EV-4 port numbers in use are < the domain's limit (4096 for 2-level); port 0 is never used
 *   EV-5 the last event of a FIFO queue has a word in the array, and all that is written there are
 *        frames of the domain, held as WRITABLE until it is 2-level again or dies
 * FIFO begins with its first control block, and ends with a reset when no port is open: so who
 * sends to an open port, whose peer's lock he holds, may use the domain's queues.
 * Locks: both domains' evtchn locks for interdomain bind/close, lower domid first.
 * evtchn_send holds only the sender's lock; the peer cannot go away under it (EV-1 changes need
 * both).
 */
#ifndef HV_EVTCHN_H
#define HV_EVTCHN_H

#include <hv/domain.h>

/* -XEN_ENOMEM; on success d->evtchn is set. */
int evtchn_domain_init(struct domain *d);
/* Closes all ports of a dying domain; -XEN_ERESTART when preempted, then to be called again. */
int evtchn_domain_destroy(struct domain *d);
/* No port of d is open: nobody's port has d as its peer. */
bool evtchn_idle(const struct domain *d);
/* Frees the room's memory; call after quiescence (D-1), with all ports closed.  0 */
int evtchn_domain_free(struct domain *d);

/* The guest's send on a port of d (interdomain or ipi; silently nothing when unbound): 0 or
 * -XEN_EINVAL. */
long evtchn_send(struct domain *d, evtchn_port_t port);
/* Raise a virtual interrupt: per-vCPU ones on v, global ones on whichever vCPU of d bound it. */
void evtchn_virq_vcpu(struct vcpu *v, unsigned virq);
void evtchn_virq_global(struct domain *d, unsigned virq);
/* A pirq bound by d fired. False: not bound (caller masks it). */
bool evtchn_pirq_fire(struct domain *d, unsigned pirq);
/* Is this port pending? -XEN_EINVAL for a port out of range.  SCHEDOP_poll asks with VPF_POLL
 * already set on its vCPU; from then on an event on the port calls vcpu_wake for that vCPU. */
int evtchn_pending(const struct domain *d, evtchn_port_t port);

#endif
