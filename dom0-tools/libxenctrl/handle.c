/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and closing the control interface, and the memory that its calls pass. */
#include <stdlib.h>
#include "private.h"

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger,
                                unsigned open_flags)
{
    xc_interface *xch = calloc(1, sizeof(*xch));

    (void)dombuild_logger;
    if (!xch || (open_flags & XC_OPENFLAG_DUMMY))
        return xch;
    xch->xcall = xencall_open(logger, 0);
    xch->fmem = xenforeignmemory_open(logger, 0);
    if (!xch->xcall || !xch->fmem) {
        int saved = errno;

        xc_interface_close(xch);
        errno = saved;
        return NULL;
    }
    return xch;
}

int xc_interface_close(xc_interface *xch)
{
    int ret;

    if (!xch)
        return 0;
    ret = xenforeignmemory_close(xch->fmem);
    ret |= xencall_close(xch->xcall);
    free(xch);
    return ret;
}

struct xencall_handle *xc_interface_xcall_handle(xc_interface *xch)
{
    return xch->xcall;
}

struct xenforeignmemory_handle *xc_interface_fmem_handle(xc_interface *xch)
{
    return xch->fmem;
}

void *xc_buf(xc_interface *xch, const void *src, size_t len)
{
    void *buf = xencall_alloc_buffer(xch->xcall, len);

    if (buf && src)
        memcpy(buf, src, len);
    else if (buf)
        memset(buf, 0, len);
    return buf;
}

void xc_buf_done(xc_interface *xch, void *buf, void *dst, size_t len)
{
    int saved = errno;

    if (buf && dst)
        memcpy(dst, buf, len);
    xencall_free_buffer(xch->xcall, buf);
    errno = saved;
}
