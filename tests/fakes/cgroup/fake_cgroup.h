/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder that looks as the kernel's groups of processes (cgroup version 2) to lib/cgroup.c: mkdir()
 * and rmdir() below it do what the kernel does to a group's files.
 */
#ifndef FAKE_CGROUP_H
#define FAKE_CGROUP_H

#include <stdbool.h>

extern bool fake_cgroup_busy;          /* a group has processes, so that it cannot be removed */
extern unsigned int fake_cgroups_made; /* groups, with those that are gone again */

/* Makes the root, with @controllers as "memory pids", and lets cgroup_dir be that. */
void fake_cgroup_begin(const char *controllers);
void fake_cgroup_finish(void);

/* What @file in group @name holds (static), NULL if it is not there. */
const char *fake_cgroup_text(const char *name, const char *file);

bool fake_cgroup_exists(const char *name);

#endif
