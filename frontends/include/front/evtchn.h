/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels (2-level).  Handlers run with events masked on the vCPU that took the upcall.
 * Life order: allocate or bind a port, set its handler, unmask, use, close.
 */
#ifndef FRONT_EVTCHN_H
#define FRONT_EVTCHN_H

#include <front/abi.h>
#include <xen/event_channel.h>

#define EVTCHN_MAX 4096 /* ports of the 2-level ABI in a 64-bit domain */

typedef void evtchn_handler_t(evtchn_port_t port, void *arg);

/* Port open for `remote` to bind, or a negative error. */
long evtchn_alloc(domid_t remote);
/* Port bound to VIRQ_* on a vCPU, or a negative error. */
long evtchn_bind_virq(unsigned virq, unsigned vcpu);
/* Port bound to the remote domain's port, or a negative error. */
long evtchn_bind_interdomain(domid_t remote, evtchn_port_t remote_port);
/* Sets the function that pending events of `port` call and unmasks it. */
void evtchn_set_handler(evtchn_port_t port, evtchn_handler_t *fn, void *arg);
void evtchn_mask(evtchn_port_t port);
/* Unmasks; an event that came while masked is delivered again. */
void evtchn_unmask(evtchn_port_t port);
long evtchn_send(evtchn_port_t port);
long evtchn_close(evtchn_port_t port);

/* Runs the handlers of all pending events of this vCPU; called by the upcall. */
void evtchn_dispatch(void);

/* Masks upcalls on this vCPU; returns the mask before. */
bool evtchn_irq_save(void);
/* Restores a mask; takes a pending upcall at once when it opens. */
void evtchn_irq_restore(bool masked);
/* Blocks this vCPU until an event is pending.  Called masked, returns unmasked, events taken. */
void evtchn_block(void);

#endif
