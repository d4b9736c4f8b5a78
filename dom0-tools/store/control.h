/* SPDX-License-Identifier: BSD-2-Clause */
/* XS_CONTROL: commands to the daemon itself. */
#ifndef STORE_CONTROL_H
#define STORE_CONTROL_H

#include "store/call.h"

struct store;

/* Runs arg[0] with arg[1], arg[2] (NULL where absent); 0 or an errno value. */
int control_run(struct store *s, const char *const arg[3], struct reply *r);

#endif
