/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose frames, whose tables: the domain arguments of the memory hypercalls. */
#include "ptype_int.h"

int ptype_frame_owner(struct vcpu *cur, domid_t id, struct domain **out)
{
    if (likely(id == DOMID_SELF)) {
        *out = cur->domain;
        return 0;
    }
    if (id == cur->domain->id) /* itself is no foreign domain: as Xen */
        return refuse(XEN_ESRCH);
    if (id == DOMID_IO) { /* who may map what is asked for each frame */
        *out = io_domain;
        return 0;
    }
    if (id == DOMID_XEN) {
        *out = hv_domain;
        return cur->domain->privileged ? 0 : refuse(XEN_EPERM);
    }
    return domain_target(cur, id, out);
}
