/* SPDX-License-Identifier: BSD-2-Clause */
/* Which CPUs a guest's TLB flush is for. */
#include "ptype_int.h"

int ptype_cpus_of_mask(struct vcpu *cur, gva_t gva, cpuset_t *out)
{
    const struct domain *d = cur->domain;
    const cpuset_t dirty = domain_dirty_cpus(d); /* first: its barrier is for the CPUs below, too */
    uint64_t mask = 0;
    cpuset_t cpus = 0;

    STATIC_CHECK(HV_MAX_VCPUS <= 64, "a vCPU mask is one word");
    if (guest_read(&mask, gva, (d->vcpu_max + 7) / 8))
        return ptype_guest_address(gva) ? refuse(XEN_EINVAL) : refuse(XEN_EFAULT); /* as Xen */
    for (; mask; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctzl(mask);
        if (i < d->vcpu_max && d->vcpu[i])
            cpus |= CPUSET(d->vcpu[i]->sched.cpu);
    }
    *out = cpus & dirty;
    return 0;
}
