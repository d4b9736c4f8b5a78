/* SPDX-License-Identifier: BSD-2-Clause */
/* May a disk be given to one more user?  The rules of xm's disk modes, without any I/O. */
#ifndef XEND_SHARE_H
#define XEND_SHARE_H

#include <stdbool.h>

enum share_mode { SHARE_READ, SHARE_WRITE, SHARE_WRITE_SHARED };

/* "r", "w" or "w!" (also "rw", "ro", "w!" as "!w"); anything else reads only. */
enum share_mode share_mode(const char *text);

/*
 * True if a disk wanted in mode @mine may be used while somebody else uses it, for @writing or
 * only reading it: readers share, a writer is alone, and w! says that the user knows better.
 */
bool share_allowed(enum share_mode mine, bool writing);

#endif
