/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling parameters: credit's weight and cap, per domain and for the scheduler as a whole. */
#include "private.h"

static int credit_domain(xc_interface *xch, uint32_t domid, uint32_t cmd,
                         struct xen_domctl_sched_credit *sdom)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_scheduler_op,
        .domain = domid,
        .u.scheduler_op = {.sched_id = XEN_SCHEDULER_CREDIT, .cmd = cmd, .u.credit = *sdom},
    };
    int ret = xc_domctl(xch, &domctl);

    if (!ret)
        *sdom = domctl.u.scheduler_op.u.credit;
    return ret;
}

int xc_sched_credit_domain_set(xc_interface *xch, uint32_t domid,
                               struct xen_domctl_sched_credit *sdom)
{
    return credit_domain(xch, domid, XEN_DOMCTL_SCHEDOP_putinfo, sdom);
}

int xc_sched_credit_domain_get(xc_interface *xch, uint32_t domid,
                               struct xen_domctl_sched_credit *sdom)
{
    return credit_domain(xch, domid, XEN_DOMCTL_SCHEDOP_getinfo, sdom);
}

int xc_sched_credit_params_get(xc_interface *xch, uint32_t cpupool_id,
                               struct xen_sysctl_credit_schedule *schedule)
{
    struct xen_sysctl sysctl = {
        .cmd = XEN_SYSCTL_scheduler_op,
        .u.scheduler_op = {.cpupool_id = cpupool_id,
                           .sched_id = XEN_SCHEDULER_CREDIT,
                           .cmd = XEN_SYSCTL_SCHEDOP_getinfo},
    };
    int ret = xc_sysctl(xch, &sysctl);

    if (!ret)
        *schedule = sysctl.u.scheduler_op.u.sched_credit;
    return ret;
}

static int credit2_domain(xc_interface *xch, uint32_t domid, uint32_t cmd,
                          struct xen_domctl_sched_credit2 *sdom)
{
    struct xen_domctl domctl = {
        .cmd = XEN_DOMCTL_scheduler_op,
        .domain = domid,
        .u.scheduler_op = {.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = cmd, .u.credit2 = *sdom},
    };
    int ret = xc_domctl(xch, &domctl);

    if (!ret)
        *sdom = domctl.u.scheduler_op.u.credit2;
    return ret;
}

int xc_sched_credit2_domain_set(xc_interface *xch, uint32_t domid,
                                struct xen_domctl_sched_credit2 *sdom)
{
    return credit2_domain(xch, domid, XEN_DOMCTL_SCHEDOP_putinfo, sdom);
}

int xc_sched_credit2_domain_get(xc_interface *xch, uint32_t domid,
                                struct xen_domctl_sched_credit2 *sdom)
{
    return credit2_domain(xch, domid, XEN_DOMCTL_SCHEDOP_getinfo, sdom);
}
