/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's child: how it comes to be confined, and how it ends. */
#ifndef BACK_WORKER_H
#define BACK_WORKER_H

#include "lib/monitor.h"

/*
 * Starts the worker and the broker of its guest's grants, and confines both processes; the
 * monitor's log_source then shows what the worker says.  0, or -1 with errno.
 */
int worker_start(struct monitor *m, const struct monitor_options *o, const struct backend_ops *ops);

/* Kills the worker, if it lives, and waits for its end. */
void worker_ended(struct monitor *m);

#endif
