/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery by queues (the FIFO ABI of event_channel.h), for domains with an evtchn_domain.fifo.
 * Each vCPU has sixteen queues of events, one for each priority; an event is a word of guest memory
 * with its state and the number of the event behind it.
 */
#ifndef EVTCHN_FIFO_H
#define EVTCHN_FIFO_H

#include "port.h"

#define FIFO_WORDS ((unsigned)(PAGE_SIZE / sizeof(event_word_t))) /* in a page of the array */

/* Pages and blocks are the guest's, held as writable frames until fifo_end. */
struct fifo {
    struct spinlock lock; /* the queues */
    unsigned pages;
    event_word_t *page[PORTS_MAX / FIFO_WORDS];
    struct fifo_vcpu {
        struct evtchn_fifo_control_block *block; /* NULL: it has none, its queues get no event */
        uint16_t tail[EVTCHN_FIFO_MAX_QUEUES];   /* last event put there, 0: none was */
    } vcpu[];                                    /* vcpu_max */
};

/* Makes `port`, which is open, pending, or unmasks it, which may be closed; if it is the one and not
 * the other, it goes into its queue.  Was it pending? */
bool fifo_raise(struct domain *d, evtchn_port_t port, bool unmask);
void fifo_clear_pending(struct domain *d, evtchn_port_t port) REQUIRES(d->evtchn->lock);
/* EVTCHN_FIFO_PENDING, or LINKED: of a closed port, too, which would come from there in its next
 * life; false without a word. */
bool fifo_has(const struct evtchn_domain *e, evtchn_port_t port, unsigned bit) REQUIRES(e->lock);

int evtchn_init_control(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_expand_array(struct vcpu *cur, union evtchn_arg *arg);
int evtchn_set_priority(struct vcpu *cur, union evtchn_arg *arg);
/* Back to the 2-level ABI, all ports having been closed; -XEN_ERESTART: one is open again. */
int fifo_end(struct domain *d);

#endif
