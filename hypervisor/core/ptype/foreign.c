/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose frames, whose tables: the domain arguments of the memory hypercalls. */
#include "ptype_int.h"

int ptype_frame_owner(struct vcpu *cur, domid_t id, struct domain **out)
{
    if (likely(id == DOMID_SELF)) {
        *out = cur->domain;
        return 0;
    }
    if (id == cur->domain->id)
        return refuse(XEN_ESRCH); /* nobody is foreign to himself */
    if (id == DOMID_IO) {         /* who may map what is asked for each frame */
        *out = io_domain;
        return 0;
    }
    if (id == DOMID_XEN) {
        *out = hv_domain;
        return cur->domain->privileged ? 0 : refuse(XEN_EPERM);
    }
    return domain_target(cur, id, out);
}
