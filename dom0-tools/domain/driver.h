/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a driver domain and its return.  Its guests' grants and event channels name it by its
 * number, and their front-ends look for it at paths with that number; both stay when it ends.  So what it
 * served stays in the store, and the next domain of its name gets its number: the back-ends there find
 * devices that are connected, as after the end of a process, and go on.  Guests wait meanwhile.
 */
#ifndef DOMAIN_DRIVER_H
#define DOMAIN_DRIVER_H

#include "domain/toolstack.h"

/* Before domain @domid is destroyed: if guests have devices of it, those are kept. */
void driver_leave(struct toolstack *ts, uint32_t domid);

/* Has it left so, and not come back? */
bool driver_left(struct toolstack *ts, uint32_t domid);

/* The number that @name had when it left, 0: none. */
uint32_t driver_number(struct toolstack *ts, const char *name);

/* It has been made again: its halves are its own, and it reads its guests'. */
void driver_return(struct toolstack *ts, uint32_t domid);

/* Nothing stays of a domain that had that number before. */
void driver_clear(struct toolstack *ts, uint32_t domid);

/* Nothing is kept for one that has left if no guest has a device of it any more. */
void driver_forget(struct toolstack *ts, uint32_t domid);

/* Does any guest have a device of it? */
bool driver_serves(struct toolstack *ts, uint32_t domid);

#endif
