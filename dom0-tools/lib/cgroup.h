/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds of what a process and its children may take of dom0, by cgroups (version 2): one group
 * for each, below CGROUP_DIR/hospes.  Groups, not limits of a process (setrlimit): those count
 * neither what the kernel keeps for it nor what its children have.
 */
#ifndef LIB_CGROUP_H
#define LIB_CGROUP_H

#include <stdint.h>

#include "lib/fail.h"

#define CGROUP_NAME 32 /* bytes of a group's name, with the end */

struct cgroup_bounds {
    uint64_t memory;    /* bytes, with the kernel's and the files read that can be read again */
    unsigned int tasks; /* processes and threads */
};

/* Where the kernel shows groups; tests point elsewhere. */
extern const char *cgroup_dir;

/* Makes group @name, or takes the one there is, with these bounds; 0, or -1 with the reason. */
int cgroup_make(const char *name, const struct cgroup_bounds *b, struct fail *f);

/* The calling process goes into it, and its later children; 0, or -1 with errno. */
int cgroup_enter(const char *name);

/*
 * Ends whatever runs in group @name and removes it: 0 once there is no such group.  -1 with EBUSY
 * while what was killed has not ended; cgroup_events() tells when it has.
 */
int cgroup_end(const char *name);

/* A descriptor with EPOLLPRI when processes of the group have ended; it is the caller's, or -1. */
int cgroup_events(const char *name);

/* Removes the groups without processes, which whoever made them has not come to remove. */
void cgroup_sweep(void);

#endif
