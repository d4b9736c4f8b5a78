/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A FIFO domain of two ports, and the real event-channel room in any state of it.  The receiver, dom[1]:
 * port 1 leads to port 1 of dom[0], the other domain; port 2 is an IPI.  Each port has one of two
 * priorities, so it goes into one of two queues.  What is delivered to one domain depends on nothing of
 * the other's and changes nothing of it, which each step checks; so a state is one domain's.
 */
#ifndef MODEL_FIFO_WORLD_H
#define MODEL_FIFO_WORLD_H

#include "fake.h"
#include "fifo.h"
#include "states.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)
#define LINK    ((uint32_t)EVTCHN_FIFO_LINK_MASK)

#define PORTS  2u
#define QUEUES 2u
extern const uint8_t priorities[QUEUES]; /* of the two queues */

/* All that can differ.  Index p - 1 for port p. */
struct world {
    /* the guest's memory */
    uint32_t word[PORTS];
    uint8_t head[QUEUES], ready[QUEUES], upcall;
    /* the hypervisor's: the last of each queue; of each port its priority, the queue where it was put
     * last (0: none), and whether it is open */
    uint8_t tail[QUEUES], priority[PORTS], queue[PORTS], open[PORTS];
    /* the guest's own, explore.c */
    uint8_t entered, todo[QUEUES], next[QUEUES], hand, owed[PORTS];
};

/* The other domain is FIFO, too, or 2-level. */
void world_start(bool other_fifo);
/* All ports close, and the receiver dies; what is left of it is an error. */
void world_stop(void);
void world_put(const struct world *w);
/* Also checks that nothing was written but the receiver's words, heads and ready bits, and nobody told but
 * its vCPU 0. */
void world_get(struct world *w);
void world_show(const char *what, const struct world *w); /* and exit */

event_word_t *word_at(evtchn_port_t port);
struct evtchn_fifo_control_block *block_at(void);

enum { SEND, UNMASK, PRIORITY, SEND_BACK, CLOSE, OPS };
/* One operation on a port; SEND of port 1 is the other domain's, SEND_BACK the receiver's to it. */
void operate(unsigned op, evtchn_port_t port);

/* Called before each access of fifo.c to a shared word. */
void moment(const volatile void *at);
struct moments {
    unsigned count;       /* in this operation, of a guest's words and blocks */
    void (*then)(void *); /* what the guest does at each of them, or NULL */
    void *data;
};
extern struct moments moments;

#endif
