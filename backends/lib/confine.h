/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking every right from a process that serving one device does not need. */
#ifndef BACK_CONFINE_H
#define BACK_CONFINE_H

#include <sys/types.h>

/*
 * Makes a child in process-id, mount, network, IPC and host-name name spaces of its own.  As
 * fork(), but it is the caller who must have no threads.
 */
pid_t confine_fork(void);

/* Closes all descriptors but standard error and the @count ones of @keep; 0, or -1 with errno. */
int confine_descriptors(const int *keep, int count);

/*
 * For the worker, a child of confine_fork(): an empty read-only root, user and group @uid, no
 * capabilities, no new privileges, bounds on memory, descriptors and threads, and only the system
 * calls of the serving loop, with only the ioctls of event channels and TAP queues.  It dies with
 * its parent.  0, or -1 after saying why.
 */
int confine_worker(uid_t uid);

/*
 * For the monitor, once its worker runs: no capabilities but to kill that, no new privileges and no
 * system calls but those of its loop.  0, or -1 after saying why.
 */
int confine_monitor(void);

#endif
