/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that read a guest's image or its menu: bounded, and one at a time. */
#ifndef BOOTLOADER_CHILD_H
#define BOOTLOADER_CHILD_H

#include <sys/types.h>

/*
 * As fork(); the child is in a group (lib/cgroup.h) with bounds of memory and number, if this
 * process may make one.
 */
pid_t child_fork(void);

/* Waits for it, for @ms at most (-1: any) and then kills it; its status, or -1 if it was killed. */
int child_wait(pid_t pid, int ms);

/*
 * Runs @work in a child that is confined and has no open files, only this process' memory as it is
 * and what is shared with it: what @work returns (0 to 98), or -1 if the child could not be made,
 * confined, or did not come to its end.
 */
int child_run(int (*work)(void *arg), void *arg);

#endif
