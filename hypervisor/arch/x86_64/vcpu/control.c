/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's part of domctl and sysctl. */
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/policy.h>
#include <asm/time.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

long arch_domctl(struct xen_domctl *op, struct domain *d, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_getvcpuextstate:
    case XEN_DOMCTL_setvcpuextstate:
    case XEN_DOMCTL_get_ext_vcpucontext:
    case XEN_DOMCTL_set_ext_vcpucontext:
    case XEN_DOMCTL_get_vcpu_msrs:
    case XEN_DOMCTL_set_vcpu_msrs:
        return vcpu_state_domctl(op, d, copyback);
    case XEN_DOMCTL_ioport_permission: /* devices belong to the control domain: nothing to take
                                          away, nothing to give */
        return op->u.ioport_permission.allow_access ? -XEN_EOPNOTSUPP : 0;
    case XEN_DOMCTL_iomem_permission:
        return op->u.iomem_permission.allow_access ? -XEN_EOPNOTSUPP : 0;
    case XEN_DOMCTL_set_cpu_policy:
        if (d->privileged)
            return -XEN_EINVAL;
    }
    return policy_domctl(op, &d->arch.policy, d->started, copyback);
}

void arch_physinfo(struct xen_sysctl_physinfo *p)
{
    p->cpu_khz = (uint32_t)(tsc_hz / 1000);
    for (unsigned i = 0; i < ARRAY_SIZE(p->hw_cap); i++)
        p->hw_cap[i] = policy_word(&raw_policy, i);
}

long arch_sysctl(struct xen_sysctl *op, bool *copyback)
{
    return policy_sysctl(op, copyback);
}
