/* SPDX-License-Identifier: BSD-2-Clause */
/* See mitigations.h. */
#include <string.h>

#include "libxenctrl/hypfs.h"
#include "xm/mitigations.h"

#define DIR     "/mitigations"
#define ROOM    4096
#define NAME_AT offsetof(struct xen_hypfs_dirlistentry, name)

int mitigations_each(struct toolstack *ts,
                     void (*fn)(void *arg, const char *name, const char *state), void *arg)
{
    char list[ROOM], state[ROOM], path[128];
    struct xen_hypfs_dirlistentry item;
    struct xen_hypfs_direntry entry;
    int len = xc_hypfs_read(ts->xch, DIR, &entry, list, sizeof(list));

    if (len < 0 || entry.type != XEN_HYPFS_TYPE_DIR)
        return -1;
    for (size_t at = 0; at + NAME_AT < (size_t)len; at += item.off_next) {
        const char *name = list + at + NAME_AT;

        memcpy(&item, list + at, NAME_AT); /* it is not aligned */
        snprintf(path, sizeof(path), DIR "/%.100s", name);
        if (xc_hypfs_read(ts->xch, path, &entry, state, sizeof(state)) >= 0 &&
            entry.type == XEN_HYPFS_TYPE_STRING)
            fn(arg, name, state);
        if (!item.off_next)
            break;
    }
    return 0;
}
