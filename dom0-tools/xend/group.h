/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups that xend's processes are bounded by (lib/cgroup.h): one for each device. */
#ifndef XEND_GROUP_H
#define XEND_GROUP_H

#include <stdbool.h>

/*
 * Makes group @name ready for a process to enter.  False if there are no groups here: that is said
 * once, and devices are served all the same.
 */
bool group_begin(const char *name);

/* The group's process has ended: what that has left in it ends as well, then the group goes. */
void group_end(const char *name);

#endif
