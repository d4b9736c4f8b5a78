/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw multiplexed calls: each copies its argument through hypercall memory and back. */
#include "private.h"

static long bounced(xc_interface *xch, unsigned int op, void *arg, size_t len)
{
    void *buf = xc_buf(xch, arg, len);
    long ret;

    if (!buf)
        return -1;
    ret = xencall1(xch->xcall, op, (uintptr_t)buf);
    xc_buf_done(xch, buf, arg, len);
    return ret;
}

int xc_domctl(xc_interface *xch, struct xen_domctl *domctl)
{
    domctl->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return bounced(xch, __HYPERVISOR_domctl, domctl, sizeof(*domctl));
}

int xc_sysctl(xc_interface *xch, struct xen_sysctl *sysctl)
{
    sysctl->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return bounced(xch, __HYPERVISOR_sysctl, sysctl, sizeof(*sysctl));
}

/* @arg's own handles must already point into hypercall memory. */
long xc_memory_op(xc_interface *xch, unsigned int cmd, void *arg, size_t len)
{
    void *buf = xc_buf(xch, arg, len);
    long ret;

    if (!buf)
        return -1;
    ret = xencall2L(xch->xcall, __HYPERVISOR_memory_op, cmd, (uintptr_t)buf);
    xc_buf_done(xch, buf, arg, len);
    return ret;
}

static size_t version_size(int cmd)
{
    switch (cmd) {
    case XENVER_extraversion:
        return sizeof(xen_extraversion_t);
    case XENVER_compile_info:
        return sizeof(xen_compile_info_t);
    case XENVER_capabilities:
        return sizeof(xen_capabilities_info_t);
    case XENVER_changeset:
        return sizeof(xen_changeset_info_t);
    case XENVER_platform_parameters:
        return sizeof(xen_platform_parameters_t);
    case XENVER_get_features:
        return sizeof(xen_feature_info_t);
    case XENVER_guest_handle:
        return sizeof(xen_domain_handle_t);
    case XENVER_commandline:
        return sizeof(xen_commandline_t);
    default: /* version and pagesize take no argument */
        return 0;
    }
}

int xc_version(xc_interface *xch, int cmd, void *arg)
{
    size_t len = version_size(cmd);
    void *buf;
    int ret;

    /* The one call of variable size says itself how large it is. */
    if (cmd == XENVER_build_id && arg)
        len = sizeof(xen_build_id_t) + ((xen_build_id_t *)arg)->len;
    if (!arg || !len)
        return xencall2(xch->xcall, __HYPERVISOR_xen_version, cmd, 0);
    buf = xc_buf(xch, arg, len);
    if (!buf)
        return -1;
    ret = xencall2(xch->xcall, __HYPERVISOR_xen_version, cmd, (uintptr_t)buf);
    xc_buf_done(xch, buf, arg, len);
    return ret;
}
