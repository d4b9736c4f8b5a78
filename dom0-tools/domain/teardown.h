/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a domain away, whatever state it is in. */
#ifndef DOMAIN_TEARDOWN_H
#define DOMAIN_TEARDOWN_H

#include "domain/toolstack.h"

/*
 * Closes the devices, destroys the domain, removes its nodes and files, and waits (bounded) until
 * the hypervisor has let go of it.  Also right for a half-made domain or for the remains of a dead
 * one.  0, or -1 with ts->fail set if the hypervisor refused; an error already there is kept.
 */
int teardown(struct toolstack *ts, uint32_t domid);

#endif
