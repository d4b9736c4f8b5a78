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

/* XEN_DOMCTL_getvcpuextstate: XCR0 of now, XCR0 ever used, then the XSAVE area. */
static long get_extended_state(struct xen_domctl_vcpuextstate *e, struct vcpu *v)
{
    uint64_t head[2] = {v->arch.xcr0, v->arch.xcr0}, size = sizeof(head) + fpu_area_size;
    long err = 0;

    if (e->buffer.p) {
        if (e->size < size)
            return -XEN_EINVAL;
        if (guest_write((uint64_t)e->buffer.p, head, sizeof(head)) ||
            guest_write((uint64_t)e->buffer.p + sizeof(head), v->arch.fpu, fpu_area_size))
            err = -XEN_EFAULT;
    }
    e->size = size;
    e->xfeature_mask = hv_xcr0;
    return err;
}

static long set_extended_state(const struct xen_domctl_vcpuextstate *e, struct vcpu *v)
{
    uint64_t head[2];
    uint8_t *area;
    long err = 0;

    if (e->size != sizeof(head) + fpu_area_size)
        return -XEN_EINVAL;
    if (guest_read(head, (uint64_t)e->buffer.p, sizeof(head)))
        return -XEN_EFAULT;
    if (!policy_xcr0_valid(v->domain->arch.policy, head[0]))
        return -XEN_EINVAL;
    area = fpu_alloc();
    if (!area)
        return -XEN_ENOMEM;
    if (guest_read(area, (uint64_t)e->buffer.p + sizeof(head), fpu_area_size))
        err = -XEN_EFAULT;
    else if (!fpu_area_valid(area))
        err = -XEN_EINVAL;
    else
        memcpy(v->arch.fpu, area, fpu_area_size), v->arch.xcr0 = head[0];
    hv_free(area);
    return err;
}

static long extended_state(struct xen_domctl *op, struct domain *d, bool *copyback)
{
    struct xen_domctl_vcpuextstate *e = &op->u.vcpuextstate;
    struct vcpu *v = domain_vcpu(d, e->vcpu);
    long ret;

    if (!v)
        return -XEN_ESRCH;
    if (!d->pause_count)
        return -XEN_EBUSY;
    *copyback = op->cmd == XEN_DOMCTL_getvcpuextstate;
    vcpu_pause(v);
    ret = *copyback ? get_extended_state(e, v) : set_extended_state(e, v);
    vcpu_unpause(v);
    return ret;
}

long arch_domctl(struct xen_domctl *op, struct domain *d, bool *copyback)
{
    switch (op->cmd) {
    case XEN_DOMCTL_getvcpuextstate:
    case XEN_DOMCTL_setvcpuextstate:
        return extended_state(op, d, copyback);
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
