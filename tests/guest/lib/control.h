/* SPDX-License-Identifier: BSD-2-Clause */
/* The control domain's calls with their command, version and domain filled in. */
#ifndef GUEST_CONTROL_H
#define GUEST_CONTROL_H

#include <front/hcall.h>
#include <front/lib.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

static inline long domctl(struct xen_domctl *d, uint32_t cmd, domid_t dom)
{
    d->cmd = cmd;
    d->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    d->domain = dom;
    return hc_domctl(d);
}

/* A domain of one vCPU, paused and without memory: d->domain. */
static inline long create_domain(struct xen_domctl *d)
{
    memset(d, 0, sizeof(*d));
    d->u.createdomain.max_vcpus = 1;
    d->u.createdomain.max_evtchn_port = -1u;
    d->u.createdomain.max_grant_frames = 4;
    d->u.createdomain.max_maptrack_frames = 16;
    d->u.createdomain.grant_opts = 1;
    return domctl(d, XEN_DOMCTL_createdomain, 0);
}

static inline long sysctl(struct xen_sysctl *s, uint32_t cmd)
{
    s->cmd = cmd;
    s->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hc_sysctl(s);
}

#endif
