/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's part of domctl and sysctl. */
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>
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
    }
    return -XEN_ENOSYS;
}

/* A featureset is the feature words of CPUID in the order of xen/arch-x86/cpufeatureset.h. */
static const struct {
    uint32_t leaf, sub;
    uint8_t reg;
} words[] = {{1, 0, 3}, {1, 0, 2}, {0x80000001, 0, 3}, {0x80000001, 0, 2}, {0xd, 1, 0}, {7, 0, 1},
             {7, 0, 2}, {0x80000007, 0, 3}, {0x80000008, 0, 1}, {7, 0, 3}, {7, 1, 0}};

/* Word @i as PV guests see it, or (@v NULL) as the machine has it. */
static uint32_t feature_word(unsigned i, struct vcpu *v)
{
    uint32_t o[4];

    if (v) {
        guest_cpuid(v, words[i].leaf, words[i].sub, o);
    } else {
        struct cpuid r = {0};
        if (cpuid(words[i].leaf & 0x80000000, 0).a >= words[i].leaf)
            r = cpuid(words[i].leaf, words[i].sub);
        memcpy(o, &r, sizeof(o));
    }
    return o[words[i].reg];
}

static long featureset(struct xen_sysctl_cpu_featureset *f, struct vcpu *cur)
{
    uint32_t n = min(f->nr_features, (uint32_t)ARRAY_SIZE(words));
    struct vcpu *v = f->index == XEN_SYSCTL_cpu_featureset_pv ? cur : NULL;

    if (f->index > XEN_SYSCTL_cpu_featureset_pv)
        return -XEN_EOPNOTSUPP; /* HVM */
    for (uint32_t i = 0; f->features.p && i < n; i++)
        if (guest_write_u32((uint64_t)f->features.p + 4 * i, feature_word(i, v)))
            return -XEN_EFAULT;
    f->nr_features = ARRAY_SIZE(words);
    return 0;
}

void arch_physinfo(struct xen_sysctl_physinfo *p)
{
    p->cpu_khz = (uint32_t)(tsc_hz / 1000);
    for (unsigned i = 0; i < ARRAY_SIZE(p->hw_cap); i++)
        p->hw_cap[i] = feature_word(i, NULL);
}

long arch_sysctl(struct vcpu *cur, struct xen_sysctl *op, bool *copyback)
{
    switch (op->cmd) {
    case XEN_SYSCTL_get_cpu_featureset:
        *copyback = true;
        return featureset(&op->u.cpu_featureset, cur);
    case XEN_SYSCTL_get_cpu_levelling_caps:
        *copyback = true;
        op->u.cpu_levelling_caps.caps = 0;
        return 0;
    }
    return -XEN_ENOSYS;
}
