/* SPDX-License-Identifier: BSD-2-Clause */
/* Other processes, watched through pidfds: children of this xend or of the one before. */
#ifndef XEND_PROCESS_H
#define XEND_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/cgroup.h"
#include "lib/loop.h"

struct process {
    struct source source; /* its pidfd; -1: no process */
    pid_t pid;
    char group[CGROUP_NAME]; /* what bounds it and its children (group.h); "": nothing does */
    /* The process has ended; @clean: with exit status 0, as far as is known. */
    void (*ended)(struct process *p, bool clean);
};

#define PROCESS_FDS 10 /* descriptors that a child can be given */

/*
 * Runs @argv with descriptors @fds as 3, 4, ... and the log as its output.  A program without a
 * slash is looked for beside xend's own, then along PATH.  0, or -1 with errno.
 */
int process_start(struct process *p, char *const argv[], const int *fds, int count);

/* Watches process @pid, which another xend started; 0, or -1 with errno if it is gone. */
int process_adopt(struct process *p, pid_t pid);

/*
 * Runs @work in a child that keeps none of xend's descriptors but the log; what it returns is the
 * child's exit status.  0, or -1 with errno.
 */
int process_work(struct process *p, int (*work)(const void *arg), const void *arg);

#endif
