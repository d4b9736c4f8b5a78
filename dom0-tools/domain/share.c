/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk sharing rules; see share.h. */
#include <string.h>
#include <sys/stat.h>

#include "domain/share.h"

enum share_mode share_mode(const char *text)
{
    if (strchr(text, '!'))
        return SHARE_WRITE_SHARED;
    return strchr(text, 'w') ? SHARE_WRITE : SHARE_READ;
}

bool share_clash(enum share_mode a, enum share_mode b)
{
    if (a == SHARE_WRITE_SHARED || b == SHARE_WRITE_SHARED)
        return false;
    return a == SHARE_WRITE || b == SHARE_WRITE;
}

bool share_same_object(const char *a, const char *b)
{
    struct stat sa, sb;

    if (stat(a, &sa) != 0 || stat(b, &sb) != 0)
        return false;
    if (S_ISBLK(sa.st_mode) && S_ISBLK(sb.st_mode))
        return sa.st_rdev == sb.st_rdev;
    return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}
