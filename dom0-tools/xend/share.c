/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk sharing rules; see share.h. */
#include <string.h>

#include "xend/share.h"

enum share_mode share_mode(const char *text)
{
    if (strchr(text, '!'))
        return SHARE_WRITE_SHARED;
    return strchr(text, 'w') ? SHARE_WRITE : SHARE_READ;
}

bool share_allowed(enum share_mode mine, bool writing)
{
    switch (mine) {
    case SHARE_WRITE_SHARED:
        return true;
    case SHARE_WRITE:
        return false;
    default:
        return !writing;
    }
}
