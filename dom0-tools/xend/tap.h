/* SPDX-License-Identifier: BSD-2-Clause */
/* The TAP interfaces that guests' NICs end in. */
#ifndef XEND_TAP_H
#define XEND_TAP_H

#include "lib/fail.h"

/*
 * Makes interface @name, or takes over one left by a xend before; it stays until tap_remove().
 * Returns a descriptor of its one queue, or -1 with @f.
 */
int tap_open(const char *name, struct fail *f);

/* Removes the interface; absent is fine. */
void tap_remove(const char *name);

#endif
