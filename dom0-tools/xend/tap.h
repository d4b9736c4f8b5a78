/* SPDX-License-Identifier: BSD-2-Clause */
/* The TAP interfaces that guests' NICs end in. */
#ifndef XEND_TAP_H
#define XEND_TAP_H

#include "lib/fail.h"

#define NET_QUEUES 4 /* a NIC has at most, in the TAP and to the guest */

/*
 * Makes interface @name, or takes over one left by a xend before; it stays until tap_remove().
 * @fds gets a descriptor per queue.  0, or -1 with @f and none open.
 */
int tap_open(const char *name, int fds[NET_QUEUES], struct fail *f);

/* Removes the interface; absent is fine. */
void tap_remove(const char *name);

#endif
