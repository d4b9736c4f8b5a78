/* SPDX-License-Identifier: BSD-2-Clause */
/* States of two domains' ports as bytes, and the real event-channel room in such a state. */
#ifndef MODEL_EVTCHN_WORLD_H
#define MODEL_EVTCHN_WORLD_H

#include "fake.h"
#include "port.h"
#include "states.h"

/* A state: byte 4 * d + p - 1 is port p of domain d. */
enum {
    FREE,
    UNBOUND,
    VIRQ = UNBOUND + 2,
    IPI,
    PIRQ,
    INTER
}; /* UNBOUND + d: for d; INTER + byte's index of the peer */

enum { OP_ALLOC, OP_INTER, OP_CLOSE, OP_SEND, OP_VIRQ, OP_IPI, OP_PIRQ, OPS };

struct step {
    unsigned d, op, a, b; /* who does what, to which domain, to which port */
};

extern unsigned ports; /* per domain */
extern unsigned base;  /* ports that are no part of the state come first, so many */
extern unsigned actor; /* the vCPU that acts */

void put_state(const uint8_t *s);
uint8_t get_port(unsigned d, unsigned p);
/* The answer: a port, 0, or the error. */
long real(const struct step *t);
/* Calls `f` with every step whose operation is < ops. */
void every_step(unsigned ops, void (*f)(const struct step *, void *), void *data);

/* endings.c: teardown and abandoned resets from each state seen. */
void endings(const struct states *seen);

#endif
