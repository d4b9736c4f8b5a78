/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching to a guest's console. */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include "xm/xm.h"

/*
 * Becomes the console client, which @escape leaves ("^A"; NULL: "^]"); returns, with a message
 * printed, only if that is impossible.
 */
int console_run(uint32_t domid, const char *escape);

/*
 * The same with a domain that is still paused: it runs once the client is connected, so that no
 * output is missed, and none of a guest that ends at once.
 */
int console_start(struct toolstack *ts, uint32_t domid);

#endif
