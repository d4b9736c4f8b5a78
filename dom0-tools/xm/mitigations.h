/* SPDX-License-Identifier: BSD-2-Clause */
/* What hostile guests make necessary on this CPU, and whether it is on, as the hypervisor says. */
#ifndef XM_MITIGATIONS_H
#define XM_MITIGATIONS_H

#include "domain/toolstack.h"

/*
 * Calls @fn with the name of each mitigation and its state: "needed, on: enhanced IBRS (...)".
 * Returns 0, or -1 if the hypervisor does not tell (Xen) or cannot be asked.
 */
int mitigations_each(struct toolstack *ts,
                     void (*fn)(void *arg, const char *name, const char *state), void *arg);

#endif
