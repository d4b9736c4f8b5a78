/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of pages that a domain writes to. */
#include "private.h"

int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop, unsigned int *mb,
                      unsigned int mode)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_shadow_op,
        .domain = domid,
        .u.shadow_op = {.op = sop, .mode = mode, .mb = mb ? *mb : 0},
    };
    int ret = xc_domctl(xch, &domctl);

    if (mb)
        *mb = domctl.u.shadow_op.mb;
    return ret;
}

long long xc_logdirty_control(xc_interface *xch, uint32_t domid, unsigned int sop,
                              xc_hypercall_buffer_t *dirty_bitmap, unsigned long pages,
                              unsigned int mode, xc_shadow_op_stats_t *stats)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_shadow_op,
        .domain = domid,
        .u.shadow_op = {.op = sop, .mode = mode, .pages = pages},
    };

    set_xen_guest_handle_raw(domctl.u.shadow_op.dirty_bitmap,
                             dirty_bitmap ? dirty_bitmap->hbuf : NULL);
    if (xc_domctl(xch, &domctl))
        return -1;
    if (stats)
        *stats = domctl.u.shadow_op.stats;
    return domctl.u.shadow_op.pages;
}
