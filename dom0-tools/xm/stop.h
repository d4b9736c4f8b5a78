/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking domains to stop, and waiting until they have: shared by shutdown and reboot. */
#ifndef XM_STOP_H
#define XM_STOP_H

#include "xm/xm.h"

/* Writes @how ("poweroff", "reboot", "halt") to the domain's control node; an exit code. */
int stop_request(struct toolstack *ts, uint32_t domid, const char *how);

/*
 * Waits until the domain has shut down or is gone; without xend, also does what on_poweroff or
 * on_reboot says for a domain to be destroyed.  Prints "Domain X terminated".  An exit code.
 */
int stop_wait(struct toolstack *ts, uint32_t domid);

/*
 * The same for xl's create -F: also follows the domain through the restarts that its config asks
 * for, and says on standard error whom it waits for.
 */
int stop_follow(struct toolstack *ts, uint32_t domid);

/* Applies to the domain named in @args, or with @all to every domain but dom0. */
int stop_run(struct toolstack *ts, const struct args *args, bool all, bool wait, const char *how);

#endif
