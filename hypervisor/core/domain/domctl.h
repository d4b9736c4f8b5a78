/* SPDX-License-Identifier: BSD-2-Clause */
/* One domctl call under way, and the handlers of domctl_vcpu.c. */
#ifndef DOMAIN_DOMCTL_H
#define DOMAIN_DOMCTL_H

#include "room.h"

struct call {
    struct vcpu *cur;
    struct domain *d;
    struct xen_domctl *op; /* our copy */
    bool *write;           /* set: goes back to the caller */
};
typedef long (*domctl_fn)(struct call *);

static inline long copyback(struct call *c)
{
    *c->write = true;
    return 0;
}

long domctl_setvcpucontext(struct call *c);
long domctl_getvcpucontext(struct call *c);
long domctl_getvcpuinfo(struct call *c);
long domctl_max_vcpus(struct call *c);
long domctl_vcpuaffinity(struct call *c);
long domctl_scheduler_op(struct call *c);
long domctl_sendtrigger(struct call *c);

#endif
