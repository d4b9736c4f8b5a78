/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking a guest to suspend itself, and letting one that has go on. */
#ifndef DOMAIN_SUSPEND_H
#define DOMAIN_SUSPEND_H

#include "domain/toolstack.h"

/*
 * Asks through control/shutdown and waits until the guest has suspended: 0, or -1 with ts->fail
 * and the request withdrawn.
 */
int domain_suspend(struct toolstack *ts, uint32_t domid);

/* The guest goes on as if nothing had been: its suspend call returns 1.  0, or -1 with ts->fail. */
int domain_resume(struct toolstack *ts, uint32_t domid);

#endif
