/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of libxenctrl.  Every public function returns what <xenctrl.h> says and sets errno to the
 * hypervisor's error; nothing here prints.
 */
#ifndef LIBXENCTRL_PRIVATE_H
#define LIBXENCTRL_PRIVATE_H

#include <errno.h>
#include <string.h>

#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include <xenctrl.h>
#include <xencall.h>
#include <xenforeignmemory.h>

struct xc_interface_core {
    xencall_handle *xcall;
    xenforeignmemory_handle *fmem;
};

/* Hypercall memory of @len bytes, zeroed or filled from @src; NULL with errno. */
void *xc_buf(xc_interface *xch, const void *src, size_t len);

/* Copies @len bytes back to @dst if @dst is not NULL, then frees; keeps errno. */
void xc_buf_done(xc_interface *xch, void *buf, void *dst, size_t len);

#endif
