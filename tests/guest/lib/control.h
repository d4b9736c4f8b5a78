/* SPDX-License-Identifier: BSD-2-Clause */
/* The control domain's calls with their command, version and domain filled in. */
#ifndef GUEST_CONTROL_H
#define GUEST_CONTROL_H

#include <front/hcall.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

static inline long domctl(struct xen_domctl *d, uint32_t cmd, domid_t dom)
{
    d->cmd = cmd;
    d->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    d->domain = dom;
    return hc_domctl(d);
}

static inline long sysctl(struct xen_sysctl *s, uint32_t cmd)
{
    s->cmd = cmd;
    s->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hc_sysctl(s);
}

#endif
