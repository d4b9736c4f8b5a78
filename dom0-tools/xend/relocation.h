/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocation server: takes connections by which other hosts send domains, when xend-config.sxp
 * says so, and gives each to a process of its own (xm migrate-receive --relocation), which finds
 * out who calls.  xend itself reads nothing of what comes.
 */
#ifndef XEND_RELOCATION_H
#define XEND_RELOCATION_H

#include "conf/host.h"

/* At once, and new ones in a minute: whoever calls more often waits. */
#define RELOCATIONS       8u
#define RELOCATIONS_A_MIN 60u

/* Listens if @host says so; an address that cannot be had is said in the log. */
void relocation_init(const struct host_conf *host);

/* The socket's port, 0: it does not listen. */
unsigned int relocation_port(void);

#endif
