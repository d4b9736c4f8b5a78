/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the hypervisor's files (<xen/hypfs.h>); no part of <xenctrl.h>. */
#ifndef LIBXENCTRL_HYPFS_H
#define LIBXENCTRL_HYPFS_H

#include <xenctrl.h>
#include <xen/hypfs.h>

/*
 * Reads the file or directory @path: its entry, and into @content, which has @room bytes, what is in
 * it, followed by a zero byte.  Returns how many bytes that is, or -1 with errno: ENOENT, ENOBUFS
 * (more than @room - 1), ENOSYS (an old hypervisor).
 */
int xc_hypfs_read(xc_interface *xch, const char *path, struct xen_hypfs_direntry *entry,
                  char *content, size_t room);

#endif
