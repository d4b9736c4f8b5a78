/* SPDX-License-Identifier: BSD-2-Clause */
/* This machine's policies, and a guest's CPUID and MSR instructions by its domain's. */
#include <xen/arch-x86/cpuid.h>
#include <asm/policy.h>
#include <asm/spec.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

/* The local APIC's base register at reset: enabled, at its usual address (Intel SDM 3A 11.4.4). */
#define APIC_BASE_RESET 0xfee00800UL
#define APIC_BASE_BSP   0x100UL

struct cpu_policy raw_policy, max_policy, default_policy, dom0_policy;

static void xen_leaf(uint32_t leaf, uint32_t o[4])
{
    switch (leaf & 0xff) {
    case 0:
        o[0] = XEN_CPUID_FIRST_LEAF + 2;
        o[1] = XEN_CPUID_SIGNATURE_EBX;
        o[2] = XEN_CPUID_SIGNATURE_ECX;
        o[3] = XEN_CPUID_SIGNATURE_EDX;
        break;
    case 1:
        o[0] = 4 << 16 | 17;
        break;
    case 2:
        o[0] = 1; /* hypercall pages */
        o[1] = 0x40000000;
        o[2] = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
        break;
    }
}

/* All that the machine says of itself. */
static __init void read_machine(struct cpu_policy *raw)
{
    uint32_t leaf, sub;

    for (unsigned i = 0; i < POLICY_LEAVES; i++)
        if (policy_slot_name(i, &leaf, &sub) && leaf <= cpuid(leaf & 0x80000000, 0).a)
            raw->leaf[i] = cpuid(leaf, sub);
    if (policy_has(raw, XEN_X86_FEATURE_ARCH_CAPS)) {
        uint64_t caps = rdmsr(MSR_ARCH_CAPS);
        raw->arch_caps = (struct cpuid){.a = (uint32_t)caps, .d = (uint32_t)(caps >> 32)};
    }
}

__init void policy_init(void)
{
    read_machine(&raw_policy);
    policy_derive(&max_policy, &raw_policy, POLICY_MAX);
    policy_derive(&default_policy, &raw_policy, POLICY_DEFAULT);
    policy_derive(&dom0_policy, &raw_policy, POLICY_DOM0);
}

/* What a policy cannot say, because it differs by vCPU or changes. */
static void vcpu_leaf(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t o[4])
{
    const struct cpu_policy *p = v->domain->arch.policy;

    if (leaf == 1) {
        o[1] |= v->id * 2 << 24;
        /* OSXSAVE: as a kernel reads it, whatever its CR4 (as Xen) */
        if (policy_has(p, XEN_X86_FEATURE_XSAVE))
            o[2] |= 1u << XEN_X86_FEATURE_OSXSAVE % 32;
    } else if (leaf == 0xd && sub == 0 && o[0]) {
        o[1] = policy_xsave_size(p, v->arch.xcr0, false);
    } else if (leaf == 0xd && sub == 1 && policy_has(p, XEN_X86_FEATURE_XSAVEC)) {
        o[1] = policy_xsave_size(p, v->arch.xcr0, true);
    }
}

void guest_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t o[4])
{
    const struct cpuid *c = policy_leaf(v->domain->arch.policy, leaf, sub);

    o[0] = o[1] = o[2] = o[3] = 0;
    if ((leaf & 0xffffff00) == XEN_CPUID_FIRST_LEAF) {
        xen_leaf(leaf, o);
    } else if (c) {
        o[0] = c->a, o[1] = c->b, o[2] = c->c, o[3] = c->d;
        vcpu_leaf(v, leaf, sub, o);
    }
}

/* PAT that PV guests get (as Xen programs it): WB WT UC- UC WC WP UC UC. */
#define GUEST_PAT 0x050100070406UL

static uint64_t read_msr(struct vcpu *v, uint32_t msr)
{
    switch (msr) {
    case MSR_FS_BASE:
        return read_fsbase();
    case MSR_GS_BASE:
        return read_gsbase();
    case MSR_EFER:
        return rdmsr(MSR_EFER) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
    case MSR_PAT:
        return GUEST_PAT;
    case MSR_TSC_AUX:
        return v->arch.tsc_aux;
    case MSR_SPEC_CTRL:
        return v->arch.spec_ctrl;
    case MSR_ARCH_CAPS:
        return v->domain->arch.policy->arch_caps.a | (uint64_t)v->domain->arch.policy->arch_caps.d
                                                         << 32;
    case MSR_APIC_BASE: /* Linux reads it everywhere; others than dom0 see its value at reset */
        if (!v->domain->privileged)
            return APIC_BASE_RESET | (v->id == 0 ? APIC_BASE_BSP : 0);
    }
    return rdmsr(msr); /* TSC, KERNEL_GS_BASE, dom0's APIC_BASE */
}

bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val)
{
    unsigned access = policy_msr(v->domain->arch.policy, msr, v->domain->privileged);

    if (!(access & (MSR_READ | MSR_ZERO)))
        return false;
    *val = access & MSR_READ ? read_msr(v, msr) : 0;
    return true;
}

bool guest_msr_store(struct vcpu *v, uint32_t msr, uint64_t val)
{
    const struct cpu_policy *p = v->domain->arch.policy;

    if (!(policy_msr(p, msr, v->domain->privileged) & MSR_WRITE) ||
        val & ~(uint64_t)(msr == MSR_SPEC_CTRL ? policy_spec_ctrl(p) : UINT32_MAX))
        return false;
    *(msr == MSR_SPEC_CTRL ? &v->arch.spec_ctrl : &v->arch.tsc_aux) = (uint32_t)val;
    return true;
}

bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val)
{
    unsigned access = policy_msr(v->domain->arch.policy, msr, v->domain->privileged);

    if (!(access & MSR_WRITE))
        return access & MSR_DROP;
    switch (msr) {
    case MSR_PAT:
        return val == GUEST_PAT;
    case MSR_PRED_CMD:
        if (val & ~1UL)
            return false;
        if (val)
            wrmsr(MSR_PRED_CMD, val);
        return true;
    case MSR_SPEC_CTRL:
    case MSR_TSC_AUX:
        if (!guest_msr_store(v, msr, val))
            return false;
        spec_load_guest(v);
        load_tsc_aux(v);
        return true;
    }
    if (!canonical(val)) /* a base */
        return false;
    if (msr == MSR_FS_BASE)
        write_fsbase(val);
    else if (msr == MSR_GS_BASE)
        write_gsbase(val);
    else
        wrmsr(msr, val);
    return true;
}
