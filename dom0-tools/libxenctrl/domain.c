/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's life: create, pause, shut down, destroy; and the limits it lives under. */
#include "private.h" /* <xenctrl.h> must come before <xenguest.h> */
#include <xenguest.h>

static int simple(xc_interface *xch, uint32_t domid, uint32_t cmd)
{
    struct xen_domctl domctl = {.cmd = cmd, .domain = domid};

    return xc_domctl(xch, &domctl);
}

int xc_domain_create(xc_interface *xch, uint32_t *pdomid, struct xen_domctl_createdomain *config)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_createdomain,
        .domain = *pdomid,
        .u.createdomain = *config,
    };

    if (xc_domctl(xch, &domctl))
        return -1;
    *pdomid = (uint16_t)domctl.domain;
    *config = domctl.u.createdomain;
    return 0;
}

int xc_domain_pause(xc_interface *xch, uint32_t domid)
{
    return simple(xch, domid, XEN_DOMCTL_pausedomain);
}

int xc_domain_unpause(xc_interface *xch, uint32_t domid)
{
    return simple(xch, domid, XEN_DOMCTL_unpausedomain);
}

int xc_domain_destroy(xc_interface *xch, uint32_t domid)
{
    int ret;

    /* A long teardown may ask to be called again. */
    do
        ret = simple(xch, domid, XEN_DOMCTL_destroydomain);
    while (ret && errno == EAGAIN);
    return ret;
}

int xc_domain_shutdown(xc_interface *xch, uint32_t domid, int reason)
{
    sched_remote_shutdown_t arg = {.domain_id = domid, .reason = reason};
    void *buf = xc_buf(xch, &arg, sizeof(arg));
    int ret;

    if (!buf)
        return -1;
    ret = xencall2(xch->xcall, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, (uintptr_t)buf);
    xc_buf_done(xch, buf, NULL, 0);
    return ret;
}

/*
 * Lets a domain that suspended go on.  Only the "fast" way exists for PV: the guest sees its
 * suspend hypercall return 1 (SUSPEND_CANCEL).
 */
int xc_domain_resume(xc_interface *xch, uint32_t domid, int fast)
{
    vcpu_guest_context_any_t ctxt;

    if (!fast) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (xc_vcpu_getcontext(xch, domid, 0, &ctxt))
        return -1;
    ctxt.x64.user_regs.rax = 1;
    if (xc_vcpu_setcontext(xch, domid, 0, &ctxt))
        return -1;
    return simple(xch, domid, XEN_DOMCTL_resumedomain);
}

int xc_domain_max_vcpus(xc_interface *xch, uint32_t domid, unsigned int max)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_max_vcpus, .domain = domid, .u.max_vcpus.max = max};

    return xc_domctl(xch, &domctl);
}

int xc_domain_setmaxmem(xc_interface *xch, uint32_t domid, uint64_t max_memkb)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_max_mem, .domain = domid, .u.max_mem.max_memkb = max_memkb};

    return xc_domctl(xch, &domctl);
}

int xc_domain_sethandle(xc_interface *xch, uint32_t domid, xen_domain_handle_t handle)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_setdomainhandle, .domain = domid};

    memcpy(domctl.u.setdomainhandle.handle, handle, sizeof(xen_domain_handle_t));
    return xc_domctl(xch, &domctl);
}

int xc_domain_set_time_offset(xc_interface *xch, uint32_t domid, int32_t time_offset_seconds)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_settimeoffset, .domain = domid};

    domctl.u.settimeoffset.time_offset_seconds = time_offset_seconds;
    return xc_domctl(xch, &domctl);
}

int xc_domain_set_tsc_info(xc_interface *xch, uint32_t domid, uint32_t tsc_mode,
                           uint64_t elapsed_nsec, uint32_t gtsc_khz, uint32_t incarnation)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_settscinfo,
        .domain = domid,
        .u.tsc_info = {.tsc_mode = tsc_mode,
                       .elapsed_nsec = elapsed_nsec,
                       .gtsc_khz = gtsc_khz,
                       .incarnation = incarnation},
    };

    return xc_domctl(xch, &domctl);
}

int xc_domain_ioport_permission(xc_interface *xch, uint32_t domid, uint32_t first_port,
                                uint32_t nr_ports, uint32_t allow_access)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_ioport_permission,
        .domain = domid,
        .u.ioport_permission = {.first_port = first_port,
                                .nr_ports = nr_ports,
                                .allow_access = allow_access},
    };

    return xc_domctl(xch, &domctl);
}

int xc_domain_iomem_permission(xc_interface *xch, uint32_t domid, unsigned long first_mfn,
                               unsigned long nr_mfns, uint8_t allow_access)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_iomem_permission,
        .domain = domid,
        .u.iomem_permission = {.first_mfn = first_mfn,
                               .nr_mfns = nr_mfns,
                               .allow_access = allow_access},
    };

    return xc_domctl(xch, &domctl);
}

int xc_domain_irq_permission(xc_interface *xch, uint32_t domid, uint32_t pirq, bool allow_access)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_irq_permission,
        .domain = domid,
        .u.irq_permission = {.pirq = pirq, .allow_access = allow_access},
    };

    return xc_domctl(xch, &domctl);
}
