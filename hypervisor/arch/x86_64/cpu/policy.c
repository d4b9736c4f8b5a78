/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PV guest sees of CPUID, CR4 and MSRs. */
#include <xen/arch-x86/cpuid.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

#define BIT(n) (1u << (n))

/* The local APIC's base register at reset: enabled, at its usual address (Intel SDM 3A 11.4.4). */
#define APIC_BASE_RESET 0xfee00800UL
#define APIC_BASE_BSP   0x100UL

/* Features a PV guest cannot have, by leaf (Intel SDM 2A CPUID; AMD APM 3 appendix E). */
#define HIDE_1C (BIT(2) | BIT(3) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(10) | BIT(15) | BIT(17) | BIT(18) | BIT(21) | BIT(24))
#define HIDE_1D (BIT(1) | BIT(3) | BIT(12) | BIT(13) | BIT(17) | BIT(21) | BIT(22) | BIT(29) | BIT(31))
#define HIDE_1D_DOMU (BIT(7) | BIT(14))
#define HIDE_7B (BIT(1) | BIT(2) | BIT(4) | BIT(6) | BIT(7) | BIT(10) | BIT(11) | BIT(12) | BIT(15) | BIT(20) | BIT(25))
#define HIDE_7C (BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(7) | BIT(16) | BIT(22))
#define HIDE_7D (BIT(22) | BIT(24) | BIT(25) | BIT(18) | BIT(26) | BIT(27) | BIT(29) | BIT(30) | BIT(31))
#define HIDE_E1C (BIT(2) | BIT(3) | BIT(10) | BIT(12) | BIT(13) | BIT(15) | BIT(23) | BIT(24) | BIT(27) | BIT(28) | BIT(29))
#define HIDE_E1D (BIT(1) | BIT(3) | BIT(12) | BIT(13) | BIT(17) | BIT(26) | BIT(25))

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

static void basic_features(struct vcpu *v, uint32_t o[4])
{
    o[1] = (o[1] & 0xffffff) | v->id * 2 << 24;
    o[2] &= ~HIDE_1C;
    o[2] |= BIT(31); /* a hypervisor is present */
    o[2] = hv_xcr0 ? o[2] | BIT(27) : o[2] & ~(BIT(26) | BIT(27) | BIT(28) | BIT(12) | BIT(29));
    o[3] &= ~HIDE_1D;
    if (!v->domain->privileged)
        o[3] &= ~HIDE_1D_DOMU;
}

static void xsave_leaf(uint32_t sub, uint32_t o[4])
{
    if (sub == 0) {
        o[0] &= (uint32_t)hv_xcr0;
        o[3] &= (uint32_t)(hv_xcr0 >> 32);
        o[2] = fpu_area_size;
    } else if (sub == 1) {
        o[0] &= BIT(0) | BIT(1) | BIT(2); /* no XSAVES: supervisor state is not a PV guest's */
        o[1] = o[2] = o[3] = 0;
    } else if (sub > 62 || !(hv_xcr0 >> sub & 1)) {
        o[0] = o[1] = o[2] = o[3] = 0;
    }
}

void guest_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t o[4])
{
    struct cpuid c;

    o[0] = o[1] = o[2] = o[3] = 0;
    if ((leaf & 0xffffff00) == XEN_CPUID_FIRST_LEAF) {
        xen_leaf(leaf, o);
        return;
    }
    if (leaf < 0x80000000 ? leaf > min(cpuid(0, 0).a, 0xdu) : leaf > cpuid(0x80000000, 0).a)
        return;
    c = cpuid(leaf, sub);
    o[0] = c.a, o[1] = c.b, o[2] = c.c, o[3] = c.d;
    switch (leaf) {
    case 0:
        o[0] = min(o[0], 0xdu);
        break;
    case 1:
        basic_features(v, o);
        break;
    case 5: case 6: case 0xa: case 0xb: /* MONITOR, thermal, PMU, topology */
        o[0] = o[1] = o[2] = o[3] = 0;
        break;
    case 7:
        o[0] = 0;
        o[1] &= ~HIDE_7B;
        o[2] &= ~HIDE_7C;
        o[3] &= ~HIDE_7D;
        if (sub)
            o[1] = o[2] = o[3] = 0;
        break;
    case 0xd:
        xsave_leaf(sub, o);
        break;
    case 0x80000001:
        o[2] &= ~HIDE_E1C;
        o[3] &= ~HIDE_E1D;
        break;
    case 0x80000007:
        o[3] &= BIT(8);
        break;
    case 0x8000000a: case 0x8000001f:
        o[0] = o[1] = o[2] = o[3] = 0;
        break;
    }
}

/* As Xen: other bits are ignored.  TSD and FSGSBASE are felt by user mode and therefore loaded; a kernel
 * that does not know of FSGSBASE must not find its user's bases changed behind its back (XSA-293). */
#define CR4_GUEST_FIXED (CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT)
uint64_t guest_cr4(uint64_t val)
{
    uint64_t choice = CR4_TSD | CR4_DE;

    if (cpu_has_fsgsbase)
        choice |= CR4_FSGSBASE;
    if (cpu_has_xsave)
        choice |= CR4_OSXSAVE;
    return CR4_GUEST_FIXED | (val & choice);
}

#define MSR_MISC_ENABLE   0x1a0
#define MSR_BIOS_SIGN_ID  0x8b
#define MSR_MCG_CAP       0x179
#define MSR_MCG_STATUS    0x17a
#define MSR_K8_SYSCFG     0xc0010010
#define MSR_K8_HWCR       0xc0010015
#define MSR_DEBUGCTL      0x1d9
/* PAT that PV guests get (as Xen programs it): WB WT UC- UC WC WP UC UC. */
#define GUEST_PAT         0x050100070406UL

bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val)
{
    switch (msr) {
    case MSR_FS_BASE:
        *val = read_fsbase();
        return true;
    case MSR_GS_BASE:
        *val = read_gsbase();
        return true;
    case MSR_KERNEL_GS_BASE:
        *val = rdmsr(MSR_KERNEL_GS_BASE);
        return true;
    case MSR_EFER:
        *val = rdmsr(MSR_EFER) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
        return true;
    case MSR_TSC:
        *val = rdtsc();
        return true;
    case MSR_PAT:
        *val = GUEST_PAT;
        return true;
    case MSR_APIC_BASE:
        /* Linux reads it everywhere; others than dom0 see its value at reset. */
        *val = v->domain->privileged ? rdmsr(MSR_APIC_BASE)
                                     : APIC_BASE_RESET | (v->id == 0 ? APIC_BASE_BSP : 0);
        return true;
    case MSR_MTRR_CAP: case MSR_MCG_CAP: case MSR_MCG_STATUS: case MSR_DEBUGCTL: case MSR_BIOS_SIGN_ID: case MSR_MISC_ENABLE:
        *val = 0;
        return true;
    case MSR_K8_SYSCFG: case MSR_K8_HWCR:
        *val = 0;
        return v->domain->privileged;
    }
    return false;
}

bool guest_wrmsr(uint32_t msr, uint64_t val)
{
    switch (msr) {
    case MSR_FS_BASE: case MSR_GS_BASE: case MSR_KERNEL_GS_BASE:
        if (!canonical(val))
            return false;
        if (msr == MSR_FS_BASE)
            write_fsbase(val);
        else if (msr == MSR_GS_BASE)
            write_gsbase(val);
        else
            wrmsr(MSR_KERNEL_GS_BASE, val);
        return true;
    case MSR_EFER: /* its bits are fixed: writing what is there is harmless */
        return true;
    case MSR_PAT:
        return val == GUEST_PAT;
    case MSR_BIOS_SIGN_ID: case MSR_MISC_ENABLE: case MSR_DEBUGCTL: case MSR_TSC:
        return true;
    }
    return false;
}
