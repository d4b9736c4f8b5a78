/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table operations on behalf of another domain. */
#include "private.h"

int xc_mmuext_op(xc_interface *xch, struct mmuext_op *op, unsigned int nr_ops, uint32_t dom)
{
    void *buf = xc_buf(xch, op, nr_ops * sizeof(*op));
    int ret;

    if (!buf)
        return -1;
    ret = xencall4(xch->xcall, __HYPERVISOR_mmuext_op, (uintptr_t)buf, nr_ops, 0, dom);
    xc_buf_done(xch, buf, op, nr_ops * sizeof(*op));
    return ret;
}
