/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU policies: what guests see of CPUs old, new and to come.  Invariants CP-1 to CP-3:
 * asm/policy.h. */
#include <string.h>
#include <criterion/criterion.h>
#include <hv/abi.h>

#include "dumps.h"

#define AMD   0x68747541
#define INTEL 0x756e6547

/* What beside features may be seen of a register, written down a second time: leaf, subleaf or ~0,
 * mask. */
static uint32_t fact_mask(uint32_t leaf, uint32_t sub, unsigned r)
{
    switch (leaf) {
    case 0:
    case 2:
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
    case 0x80000005:
    case 0x80000006:
    case 0x80000000:
        return ~0u;
    case 4:
        return sub < 5 ? ~0u : 0;
    case 1:
        return r == 0 ? ~0u : r == 1 ? 0xffffff : 0;
    case 7:
        return r == 0 && sub == 0 ? 3 : 0;
    case 0xd: /* sizes and places of XCR0's shown parts; size of all */
        return sub == 0                             ? (r == 0   ? 0xe7
                                                       : r == 2 ? 0xfff
                                                                : 0)
               : sub == 2 || (sub >= 5 && sub <= 7) ? (r < 3 ? 0xfff : 0)
                                                    : 0;
    case 0x80000001:
        return r == 0 ? ~0u : 0;
    case 0x80000008:
        return r == 0 ? 0xffff : r == 2 ? 0xf0ff : 0;
    }
    return 0;
}

/* The bits of p->leaf[i] register r that some named feature may set. */
static struct cpu_policy feature_masks(unsigned kinds)
{
    struct cpu_policy m = {0};

    for (unsigned f = 0; f < FEATURE_WORDS * 32; f++)
        if (named(f, kinds))
            raw_feature(&m, f, true);
    /* AMD repeats bits of leaf 1. */
    policy_slot(&m, 0x80000001, 0)->d |= policy_slot(&m, 1, 0)->d & 0x0183f3ff;
    return m;
}

static void nothing_unnamed(const char *who, const struct cpu_policy *p, unsigned kind)
{
    struct cpu_policy m = feature_masks(kind);
    uint32_t leaf, sub;

    for (unsigned i = 0; i < POLICY_LEAVES; i++) {
        bool used = policy_slot_name(i, &leaf, &sub);
        for (unsigned r = 0; r < 4; r++) {
            uint32_t may = used ? (&m.leaf[i].a)[r] | fact_mask(leaf, sub, r) : 0;
            cr_expect_eq((&p->leaf[i].a)[r] & ~may, 0,
                         "%s, kind %u: leaf %x.%x register %u: %x beyond %x", who, kind, leaf, sub,
                         r, (&p->leaf[i].a)[r], may);
        }
    }
    cr_expect_eq(p->arch_caps.a & ~m.arch_caps.a, 0);
    cr_expect_eq(p->arch_caps.d & ~m.arch_caps.d, 0);
}

Test(policy, there_are_enough_cpus)
{
    dumps_load();
    cr_assert_geq(cpu_count, 30);
}

/* CP-1 */
Test(policy, nothing_unnamed_is_seen)
{
    struct cpu_policy p, future[2] = {cpu_of_the_future(INTEL), cpu_of_the_future(AMD)};

    dumps_load();
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned i = 0; i < cpu_count; i++) {
            policy_derive(&p, &cpus[i].raw, all_kinds[k]);
            nothing_unnamed(cpus[i].name, &p, all_kinds[k]);
        }
        for (unsigned i = 0; i < 2; i++) {
            policy_derive(&p, &future[i], all_kinds[k]);
            nothing_unnamed("future", &p, all_kinds[k]);
        }
    }
}

/* ... and what is named is, where the CPU has it and nothing it needs is missing. */
Test(policy, all_that_is_named_is_seen)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);

    for (unsigned k = 0; k < 3; k++) {
        policy_derive(&p, &raw, all_kinds[k]);
        for (unsigned f = 0; f < FEATURE_WORDS * 32; f++)
            cr_expect_eq(policy_has(&p, f), named(f, all_kinds[k]), "feature %u, kind %u", f,
                         all_kinds[k]);
    }
}

/* What a 64-bit PV kernel of our day stops without, and what it must never be told. */
Test(policy, a_guest_can_run_on_each)
{
    static const unsigned needed[] = {F(FPU),        F(TSC),  F(PAE),    F(CX8),     F(CMOV),
                                      F(FXSR),       F(SSE2), F(LM),     F(SYSCALL), F(NX),
                                      F(HYPERVISOR), F(CX16), F(LAHF_LM)};
    static const unsigned never[] = {
        F(VME),  F(PSE),        F(PGE),     F(MTRR),       F(PSE36),   F(X2APIC),  F(TSC_DEADLINE),
        F(PCID), F(VMX),        F(SVM),     F(SMEP),       F(SMAP),    F(INVPCID), F(PKU),
        F(UMIP), F(MPX),        F(SGX),     F(CET_SS),     F(CET_IBT), F(XSAVES),  F(HLE),
        F(RTM),  F(PROC_TRACE), F(PAGE1GB), F(TSC_ADJUST), F(MONITOR), F(OSXSAVE), F(OSPKE)};
    struct cpu_policy p;

    dumps_load();
    for (unsigned i = 0; i < cpu_count; i++) {
        policy_derive(&p, &cpus[i].raw, POLICY_DEFAULT);
        for (unsigned n = 0; n < ARRAY_SIZE(needed); n++)
            if (needed[n] == F(HYPERVISOR) || policy_has(&cpus[i].raw, needed[n]))
                cr_expect(policy_has(&p, needed[n]), "%s lacks feature %u", cpus[i].name,
                          needed[n]);
        cr_expect(policy_has(&p, F(LM)) && policy_has(&p, F(NX)) && policy_has(&p, F(SYSCALL)),
                  "%s", cpus[i].name);
        for (unsigned n = 0; n < ARRAY_SIZE(never); n++)
            cr_expect(!policy_has(&p, never[n]), "%s shows feature %u", cpus[i].name, never[n]);
        cr_expect(!policy_has(&p, F(MCE)) && !policy_has(&p, F(ITSC)), "unasked");
        policy_derive(&p, &cpus[i].raw, POLICY_DOM0);
        cr_expect_eq(policy_has(&p, F(MCE)), policy_has(&cpus[i].raw, F(MCE)));
        cr_expect_eq(policy_has(&p, F(ITSC)), policy_has(&cpus[i].raw, F(ITSC)));
    }
}

Test(policy, limits_are_clamped)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);

    policy_derive(&p, &raw, POLICY_MAX);
    cr_expect_eq(policy_slot(&p, 0, 0)->a, 0xd);
    cr_expect_eq(policy_slot(&p, 7, 0)->a, 2);
    cr_expect_eq(policy_slot(&p, 0x80000000, 0)->a, 0x80000021);
    cr_expect_null(policy_leaf(&p, 0xe, 0));
    cr_expect_null(policy_leaf(&p, 0x80000022, 0));
    cr_expect_null(policy_leaf(&p, 7, 3));
    cr_expect_null(policy_leaf(&p, 0x40000000, 0));
    cr_expect_null(policy_leaf(&p, 0xffffffff, 0));
    /* An older CPU's own limit, and leaves that lie beyond it whatever was read there. */
    policy_slot(&raw, 0, 0)->a = 6;
    policy_slot(&raw, 0x80000000, 0)->a = 0x80000001;
    policy_derive(&p, &raw, POLICY_MAX);
    cr_expect_eq(policy_slot(&p, 0, 0)->a, 6);
    cr_expect_null(policy_leaf(&p, 7, 0));
    cr_expect(!policy_has(&p, F(AVX2)) && !policy_has(&p, F(XSAVE)) && !policy_has(&p, F(CLZERO)));
    cr_expect_eq(policy_xcr0(&p), 0);
}

Test(policy, names_of_places)
{
    struct cpu_policy p;
    uint32_t leaf, sub;
    unsigned used = 0;

    for (unsigned i = 0; i < POLICY_LEAVES; i++)
        if (policy_slot_name(i, &leaf, &sub)) {
            cr_expect_eq(policy_slot(&p, leaf, sub), &p.leaf[i], "place %u is leaf %x.%x", i, leaf,
                         sub);
            used++;
        }
    cr_expect_eq(used, POLICY_LEAVES - 4, "leaves 4, 7, 0xb and 0xd have subleaves only");
    cr_expect_null(policy_slot(&p, 4, 6));
    cr_expect_null(policy_slot(&p, 0xd, 10));
    cr_expect_null(policy_slot(&p, 14, 0));
}

/* CP-3 */
Test(policy, cr4_follows)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);
    const uint64_t fixed = CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_cr4(&p, 0), fixed);
    cr_expect_eq(policy_cr4(&p, ~0ul), fixed | CR4_TSD | CR4_DE | CR4_FSGSBASE | CR4_OSXSAVE);
    raw_feature(&raw, F(FSGSBASE), false);
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_cr4(&p, ~0ul), fixed | CR4_TSD | CR4_DE | CR4_OSXSAVE);
    raw_feature(&raw, F(XSAVE), false);
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_cr4(&p, ~0ul), fixed | CR4_TSD | CR4_DE);
    dumps_load();
    for (unsigned i = 0; i < cpu_count; i++) {
        uint64_t cr4;
        policy_derive(&p, &cpus[i].raw, POLICY_DOM0);
        cr4 = policy_cr4(&p, ~0ul);
        cr_expect_eq(!!(cr4 & CR4_OSXSAVE), policy_has(&p, F(XSAVE)), "%s", cpus[i].name);
        cr_expect_eq(!!(cr4 & CR4_FSGSBASE), policy_has(&p, F(FSGSBASE)), "%s", cpus[i].name);
        cr_expect_eq(cr4 & ~(fixed | CR4_TSD | CR4_DE | CR4_FSGSBASE | CR4_OSXSAVE), 0, "%s",
                     cpus[i].name);
    }
}

Test(policy, xcr0_follows)
{
    struct cpu_policy p;

    dumps_load();
    for (unsigned i = 0; i < cpu_count; i++) {
        uint64_t want = 0;

        policy_derive(&p, &cpus[i].raw, POLICY_DEFAULT);
        want |= policy_has(&p, F(XSAVE)) ? 3 : 0;
        want |= policy_has(&p, F(AVX)) ? 4 : 0;
        want |= policy_has(&p, F(AVX512F)) ? 0xe0 : 0;
        cr_expect_eq(policy_xcr0(&p), want, "%s", cpus[i].name);
        cr_expect_eq(want & ~(uint64_t)policy_slot(&cpus[i].raw, 0xd, 0)->a, 0,
                     "%s: more than it has", cpus[i].name);
        cr_expect_eq(policy_slot(&p, 0xd, 0)->a, want);
    }
}

/* A CPU that has AVX while XCR0 cannot enable it, as behind another hypervisor. */
Test(policy, no_feature_whose_state_cannot_be_saved)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);

    policy_slot(&raw, 0xd, 0)->a = 0x7;
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect(policy_has(&p, F(AVX2)) && !policy_has(&p, F(AVX512F)) &&
              !policy_has(&p, F(AVX512BW)));
    policy_slot(&raw, 0xd, 0)->a = 0x3;
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect(policy_has(&p, F(XSAVE)) && !policy_has(&p, F(AVX)) && !policy_has(&p, F(AVX2)));
    policy_slot(&raw, 0xd, 0)->a = 0x1;
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect(!policy_has(&p, F(XSAVE)) && !policy_has(&p, F(XSAVEOPT)));
}

Test(policy, xcr0_values)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);

    policy_derive(&p, &raw, POLICY_DEFAULT);
    for (uint64_t v = 0; v < 0x400; v++) {
        uint64_t zmm = v & 0xe0;
        bool ok = v & 1 && !(v & ~0xe7ul) && (!(v & 4) || v & 2) &&
                  (!zmm || (zmm == 0xe0 && (v & 6) == 6));
        cr_expect_eq(policy_xcr0_valid(&p, v), ok, "%lx", v);
    }
    cr_expect(!policy_xcr0_valid(&p, 1ul << 63 | 1));
    raw_feature(&raw, F(AVX512F), false);
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect(policy_xcr0_valid(&p, 7) && !policy_xcr0_valid(&p, 0xe7));
}

/* SDM 1 13.4: and what the CPUs say of themselves, where they have nothing else to save. */
Test(policy, sizes_of_the_xsave_area)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);
    unsigned compared = 0;

    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_xsave_size(&p, 3, false), 576);
    cr_expect_eq(policy_xsave_size(&p, 7, false), 832);
    cr_expect_eq(policy_xsave_size(&p, 0xe7, false), 0xa80);
    cr_expect_eq(policy_xsave_size(&p, 7, true), 832);
    cr_expect_eq(policy_xsave_size(&p, 0xe7, true), 832 + 0x40 + 0x200 + 0x400);
    policy_slot(&p, 0xd, 5)->c = 2; /* to be aligned */
    policy_slot(&p, 0xd, 2)->a = 0x101;
    cr_expect_eq(policy_xsave_size(&p, 0x27, true), 576 + 0x140 + 0x40);
    dumps_load();
    for (unsigned i = 0; i < cpu_count; i++) {
        const struct cpuid *root = policy_slot(&cpus[i].raw, 0xd, 0);
        if (!root->a || root->a & ~0x2e7u)
            continue;
        cr_expect_eq(policy_xsave_size(&cpus[i].raw, root->a, false), root->c, "%s", cpus[i].name);
        compared++;
    }
    cr_expect_gt(compared, 15);
}

static const uint32_t readable[] = {
    MSR_TSC,        MSR_APIC_BASE,   MSR_BIOS_SIGN_ID,   MSR_MTRR_CAP, MSR_MCG_CAP,
    MSR_MCG_STATUS, MSR_MISC_ENABLE, MSR_DEBUGCTL,       MSR_PAT,      MSR_EFER,
    MSR_FS_BASE,    MSR_GS_BASE,     MSR_KERNEL_GS_BASE, MSR_TSC_AUX,  MSR_SPEC_CTRL,
    MSR_ARCH_CAPS};
static const uint32_t stored[] = {MSR_PAT,     MSR_FS_BASE,   MSR_GS_BASE, MSR_KERNEL_GS_BASE,
                                  MSR_TSC_AUX, MSR_SPEC_CTRL, MSR_PRED_CMD};
static bool is_in(uint32_t msr, const uint32_t *list, size_t n)
{
    while (n--)
        if (list[n] == msr)
            return true;
    return false;
}

Test(policy, msrs_follow)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);
    static const uint32_t starts[] = {0, 0xc0000000, 0xc0010000, 0x40000000};

    policy_derive(&p, &raw, POLICY_DEFAULT);
    for (unsigned s = 0; s < ARRAY_SIZE(starts); s++)
        for (uint32_t m = starts[s]; m < starts[s] + 0x2000; m++) {
            unsigned access = policy_msr(&p, m, false), dom0 = policy_msr(&p, m, true);
            bool amd = m == MSR_K8_SYSCFG || m == MSR_K8_HWCR;

            cr_expect_eq(!!(access & (MSR_READ | MSR_ZERO)),
                         is_in(m, readable, ARRAY_SIZE(readable)), "read %x", m);
            cr_expect_eq(!!(access & MSR_WRITE), is_in(m, stored, ARRAY_SIZE(stored)), "write %x",
                         m);
            cr_expect_eq(dom0, amd ? MSR_ZERO : access, "dom0 %x", m);
        }
    raw_feature(&raw, F(RDTSCP), false);
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_msr(&p, MSR_TSC_AUX, true), 0);
    cr_expect(!policy_has(&p, F(RDPID)), "which reads that register");
}

/* Intel has both registers by one feature, AMD's PRED_CMD has one of its own; a bit no feature
 * names is a guest's never. */
Test(policy, what_a_guest_may_ask_for_against_speculation)
{
    struct cpu_policy p, raw = cpu_of_the_future(INTEL);

    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_spec_ctrl(&p), SPEC_CTRL_IBRS | SPEC_CTRL_STIBP | SPEC_CTRL_SSBD);
    cr_expect_eq(p.arch_caps.a & (1u << 2 | 1u << 7 | 1u << 19), 0, "RSBA, TSX_CTRL, RRSBA");
    raw_feature(&raw, F(SSBD), false);
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect_eq(policy_spec_ctrl(&p), SPEC_CTRL_IBRS | SPEC_CTRL_STIBP);
    raw_feature(&raw, F(IBRSB), false);
    policy_derive(&p, &raw, POLICY_DEFAULT);
    cr_expect(!policy_spec_ctrl(&p) && !policy_has(&p, F(STIBP)) && !policy_has(&p, F(EIBRS)));
    cr_expect(!policy_msr(&p, MSR_SPEC_CTRL, true) &&
              policy_msr(&p, MSR_PRED_CMD, false) == MSR_WRITE);
    raw_feature(&raw, F(IBPB), false);
    raw_feature(&raw, F(ARCH_CAPS), false);
    policy_derive(&p, &raw, POLICY_DOM0);
    cr_expect(!policy_msr(&p, MSR_PRED_CMD, true) && !policy_msr(&p, MSR_ARCH_CAPS, true));
    cr_expect(!p.arch_caps.a && !p.arch_caps.d);
}
