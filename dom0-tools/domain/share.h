/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a disk be given to one more user?  Two that write to one image destroy its file system, so
 * readers share, a writer is alone, and "w!" says that the user knows better.  The rules stand here
 * once, for xm (which asks first) and for xend (which opens the disk).
 */
#ifndef DOMAIN_SHARE_H
#define DOMAIN_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

enum share_mode { SHARE_READ, SHARE_WRITE, SHARE_WRITE_SHARED };

/* "r", "w" or "w!" (also "rw", "ro", "w!" as "!w"); anything else reads only. */
enum share_mode share_mode(const char *text);

/* True if users of modes @a and @b may not have one disk at a time. */
bool share_clash(enum share_mode a, enum share_mode b);

/* What makes two names the same disk: file system and file, or the device. */
struct disk_id {
    dev_t dev;
    ino_t ino; /* 0 for block devices */
};

/* Of the open file or block device @fd; a loop device, or a part of one, is the file behind it.
 * False with errno for anything else. */
bool disk_identify(int fd, struct disk_id *id);

/* True if what is written to one can be seen in the other: one file, one device, or a device and
 * a part of it. */
bool disk_overlap(const struct disk_id *a, const struct disk_id *b);

/* disk_overlap() of what two names lead to; false if one of them leads nowhere. */
bool share_same_object(const char *a, const char *b);

#endif
