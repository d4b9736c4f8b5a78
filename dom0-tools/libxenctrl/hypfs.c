/* SPDX-License-Identifier: BSD-2-Clause */
/* See hypfs.h. */
#include "libxenctrl/hypfs.h"
#include "private.h"

int xc_hypfs_read(xc_interface *xch, const char *path, struct xen_hypfs_direntry *entry,
                  char *content, size_t room)
{
    size_t path_len = strlen(path) + 1, len = sizeof(*entry) + room - 1;
    char *name = xc_buf(xch, path, path_len), *buf = xc_buf(xch, NULL, len);
    int ret = -1;

    if (name && buf)
        ret = xencall5(xch->xcall, __HYPERVISOR_hypfs_op, XEN_HYPFS_OP_read, (uintptr_t)name,
                       path_len, (uintptr_t)buf, len);
    if (!ret) {
        memcpy(entry, buf, sizeof(*entry));
        ret = entry->content_len < room ? (int)entry->content_len : -1;
    }
    if (ret >= 0) {
        memcpy(content, buf + sizeof(*entry), ret);
        content[ret] = '\0';
    }
    xc_buf_done(xch, name, NULL, 0);
    xc_buf_done(xch, buf, NULL, 0);
    return ret;
}
