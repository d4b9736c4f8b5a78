/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual processors: register contexts, run time, affinity. */
#include <stdlib.h>
#include "private.h"

int xc_vcpu_setcontext(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                       vcpu_guest_context_any_t *ctxt)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_setvcpucontext, .domain = domid};
    void *buf = NULL;
    int ret;

    if (ctxt && !(buf = xc_buf(xch, &ctxt->c, sizeof(ctxt->c))))
        return -1;
    domctl.u.vcpucontext.vcpu = vcpu;
    set_xen_guest_handle_raw(domctl.u.vcpucontext.ctxt, buf);
    ret = xc_domctl(xch, &domctl);
    xc_buf_done(xch, buf, NULL, 0);
    return ret;
}

int xc_vcpu_getcontext(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                       vcpu_guest_context_any_t *ctxt)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_getvcpucontext, .domain = domid};
    void *buf = xc_buf(xch, NULL, sizeof(ctxt->c));
    int ret;

    if (!buf)
        return -1;
    domctl.u.vcpucontext.vcpu = vcpu;
    set_xen_guest_handle_raw(domctl.u.vcpucontext.ctxt, buf);
    ret = xc_domctl(xch, &domctl);
    xc_buf_done(xch, buf, ret ? NULL : &ctxt->c, sizeof(ctxt->c));
    return ret;
}

int xc_vcpu_getinfo(xc_interface *xch, uint32_t domid, uint32_t vcpu, xc_vcpuinfo_t *info)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_getvcpuinfo, .domain = domid, .u.getvcpuinfo.vcpu = vcpu};
    int ret = xc_domctl(xch, &domctl);

    if (!ret)
        *info = domctl.u.getvcpuinfo;
    return ret;
}

long long xc_domain_get_cpu_usage(xc_interface *xch, uint32_t domid, int vcpu)
{
    xc_vcpuinfo_t info;

    return xc_vcpu_getinfo(xch, domid, vcpu, &info) ? -1 : (long long)info.cpu_time;
}

/* Set and get differ only in the direction of the maps. */
static int affinity(xc_interface *xch, struct xen_domctl *domctl, xc_cpumap_t hard,
                    xc_cpumap_t soft, bool set)
{
    struct xen_domctl_vcpuaffinity *aff = &domctl->u.vcpuaffinity;
    int bits = xc_get_max_cpus(xch), size = xc_get_cpumap_size(xch), ret = -1;
    bool want_hard = aff->flags & XEN_VCPUAFFINITY_HARD;
    bool want_soft = aff->flags & XEN_VCPUAFFINITY_SOFT;
    void *hard_buf = NULL, *soft_buf = NULL;

    if (bits <= 0 || size <= 0)
        return -1;
    if ((want_hard && !hard) || (want_soft && !soft)) {
        errno = EINVAL;
        return -1;
    }
    if (want_hard && !(hard_buf = xc_buf(xch, set ? hard : NULL, size)))
        goto out;
    if (want_soft && !(soft_buf = xc_buf(xch, set ? soft : NULL, size)))
        goto out;
    set_xen_guest_handle_raw(aff->cpumap_hard.bitmap, hard_buf);
    aff->cpumap_hard.nr_bits = want_hard ? bits : 0;
    set_xen_guest_handle_raw(aff->cpumap_soft.bitmap, soft_buf);
    aff->cpumap_soft.nr_bits = want_soft ? bits : 0;
    ret = xc_domctl(xch, domctl);
out:
    xc_buf_done(xch, hard_buf, ret ? NULL : hard, size);
    xc_buf_done(xch, soft_buf, ret ? NULL : soft, size);
    return ret;
}

int xc_vcpu_setaffinity(xc_interface *xch, uint32_t domid, int vcpu, xc_cpumap_t cpumap_hard_inout,
                        xc_cpumap_t cpumap_soft_inout, uint32_t flags)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_setvcpuaffinity,
        .domain = domid,
        .u.vcpuaffinity = {.vcpu = vcpu, .flags = flags},
    };

    return affinity(xch, &domctl, cpumap_hard_inout, cpumap_soft_inout, true);
}

int xc_vcpu_getaffinity(xc_interface *xch, uint32_t domid, int vcpu, xc_cpumap_t cpumap_hard,
                        xc_cpumap_t cpumap_soft, uint32_t flags)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_getvcpuaffinity,
        .domain = domid,
        .u.vcpuaffinity = {.vcpu = vcpu, .flags = flags},
    };

    return affinity(xch, &domctl, cpumap_hard, cpumap_soft, false);
}
