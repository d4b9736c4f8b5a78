/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a disk be given to one more user?  Two that write to one image destroy its file system, so
 * readers share, a writer is alone, and "w!" says that the user knows better.  The rules stand here
 * once, for xm (which asks first) and for xend (which opens the disk).
 */
#ifndef DOMAIN_SHARE_H
#define DOMAIN_SHARE_H

#include <stdbool.h>

enum share_mode { SHARE_READ, SHARE_WRITE, SHARE_WRITE_SHARED };

/* "r", "w" or "w!" (also "rw", "ro", "w!" as "!w"); anything else reads only. */
enum share_mode share_mode(const char *text);

/* True if users of modes @a and @b may not have one disk at a time. */
bool share_clash(enum share_mode a, enum share_mode b);

/* True if both names lead to one file or one block device. */
bool share_same_object(const char *a, const char *b);

#endif
