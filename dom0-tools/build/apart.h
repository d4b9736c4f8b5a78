/* SPDX-License-Identifier: BSD-2-Clause */
/* Restoring in a process that has nothing but the stream, the guest's frames, and four questions. */
#ifndef BUILD_APART_H
#define BUILD_APART_H

#include "stream/restore.h"

/*
 * As restore_run() of @r, whose stream must be that of a descriptor, in a child: an empty root, user
 * nobody, only the system calls of a reader, no descriptors but the stream and a socket to here.
 * @keep_maps, called there before, leaves the guest's map() a way that takes no rights: 0, or -1
 * with errno.
 */
int apart_restore(struct restore *r, int (*keep_maps)(void *ctx));

#endif
