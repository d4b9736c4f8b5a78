/* SPDX-License-Identifier: BSD-2-Clause */
/* CP-2: a feature without what it needs is none. */
#include <string.h>
#include <criterion/criterion.h>

#include "dumps.h"

/* What the manuals say needs what (SDM 1 13 to 15, APM 3 appendix E), written down a second time.
 */
static const unsigned pairs[][2] = {
    {F(MMX), F(FPU)},
    {F(FXSR), F(FPU)},
    {F(SSE), F(FXSR)},
    {F(SSE2), F(SSE)},
    {F(SSE3), F(SSE2)},
    {F(SSSE3), F(SSE3)},
    {F(SSE4_1), F(SSSE3)},
    {F(SSE4_2), F(SSE4_1)},
    {F(SSE4A), F(SSE3)},
    {F(AESNI), F(SSE2)},
    {F(PCLMULQDQ), F(SSE2)},
    {F(SHA), F(SSE2)},
    {F(GFNI), F(SSE2)},
    {F(LM), F(PAE)},
    {F(LM), F(SSE2)},
    {F(NX), F(PAE)},
    {F(SYSCALL), F(LM)},
    {F(CX16), F(LM)},
    {F(LAHF_LM), F(LM)},
    {F(FSGSBASE), F(LM)},
    {F(3DNOWEXT), F(3DNOW)},
    {F(RDPID), F(RDTSCP)},
    {F(XSAVEOPT), F(XSAVE)},
    {F(XSAVEC), F(XSAVE)},
    {F(XGETBV1), F(XSAVE)},
    {F(AVX), F(XSAVE)},
    {F(FMA), F(AVX)},
    {F(F16C), F(AVX)},
    {F(FMA4), F(AVX)},
    {F(XOP), F(AVX)},
    {F(AVX2), F(AVX)},
    {F(VAES), F(AVX)},
    {F(VAES), F(AESNI)},
    {F(VPCLMULQDQ), F(AVX)},
    {F(VPCLMULQDQ), F(PCLMULQDQ)},
    {F(AVX_VNNI), F(AVX2)},
    {F(AVX512F), F(AVX2)},
    {F(AVX512F), F(FMA)},
    {F(AVX512DQ), F(AVX512F)},
    {F(AVX512_IFMA), F(AVX512F)},
    {F(AVX512CD), F(AVX512F)},
    {F(AVX512BW), F(AVX512F)},
    {F(AVX512VL), F(AVX512F)},
    {F(AVX512_VBMI), F(AVX512BW)},
    {F(AVX512_VBMI2), F(AVX512BW)},
    {F(AVX512_VNNI), F(AVX512F)},
    {F(AVX512_BITALG), F(AVX512BW)},
    {F(AVX512_VPOPCNTDQ), F(AVX512F)},
    {F(AVX512_BF16), F(AVX512BW)},
    {F(AVX512_VP2INTERSECT), F(AVX512F)},
    {F(AVX512_4VNNIW), F(AVX512F)},
    {F(AVX512_4FMAPS), F(AVX512F)},
    {F(AVX512PF), F(AVX512F)},
    {F(AVX512ER), F(AVX512F)},
    {F(MCA), F(MCE)},
    {F(CMP_LEGACY), F(HTT)},
    {F(CLFLUSHOPT), F(CLFLUSH)},
    {F(CLWB), F(CLFLUSH)},
    {F(CLZERO), F(CLFLUSH)},
};

static void holds(const struct cpu_policy *p, const char *who, unsigned without)
{
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
        cr_expect(!policy_has(p, pairs[i][0]) || policy_has(p, pairs[i][1]),
                  "%s without %u: %u without %u", who, without, pairs[i][0], pairs[i][1]);
    cr_expect_eq(policy_xcr0(p) & 4, policy_has(p, F(AVX)) ? 4 : 0);
    cr_expect(!(policy_xcr0(p) & ~0xe7ul));
}

static void each_taken_away(const char *who, const struct cpu_policy *raw)
{
    struct cpu_policy p, less;

    policy_derive(&p, raw, POLICY_MAX);
    holds(&p, who, ~0u);
    for (unsigned f = 0; f < FEATURE_WORDS * 32; f++) {
        if (!policy_has(raw, f) || !named(f, POLICY_MAX))
            continue;
        less = *raw;
        raw_feature(&less, f, false);
        policy_derive(&p, &less, POLICY_MAX);
        cr_expect(f == F(HYPERVISOR) || !policy_has(&p, f));
        holds(&p, who, f);
    }
}

Test(deps, hold_on_every_cpu_whatever_is_missing)
{
    struct cpu_policy future = cpu_of_the_future(0x756e6547);

    dumps_load();
    for (unsigned i = 0; i < cpu_count; i++)
        each_taken_away(cpus[i].name, &cpus[i].raw);
    each_taken_away("future", &future);
}

/* policy.c goes through the list once. */
Test(deps, needs_stand_first)
{
    unsigned seen[512] = {0}, n = 0;

#define FEATURE(name, who, need1, need2)                                                           \
    for (unsigned k = 0; k < 2; k++) {                                                             \
        unsigned need = k ? F(need2) : F(need1), i = 0;                                            \
        while (i < n && seen[i] != need)                                                           \
            i++;                                                                                   \
        cr_expect(i < n || need == F(name), #name " stands before what it needs");                 \
    }                                                                                              \
    for (unsigned i = 0; i < n; i++)                                                               \
        cr_expect_neq(seen[i], F(name), #name " stands twice");                                    \
    seen[n++] = F(name);
#include "../../../hypervisor/arch/x86_64/cpu/features.def"
#undef FEATURE
}

/* A tool-stack asks for all, and for less. */
Test(deps, a_tool_stack_gets_at_most_the_most)
{
    struct cpu_policy most, p, raw = cpu_of_the_future(0x756e6547);
    uint32_t leaf;

    raw_feature(&raw, F(RDSEED), false);
    policy_derive(&most, &raw, POLICY_MAX);
    p = cpu_of_the_future(0x756e6547);
    policy_slot(&p, 0, 0)->a = 0xd;
    policy_slot(&p, 7, 0)->a = 2;
    policy_slot(&p, 0x80000000, 0)->a = 0x80000021;
    *policy_slot(&p, 0xd, 2) = (struct cpuid){~0u, ~0u, ~0u, ~0u}; /* the hardware's to say */
    cr_assert(policy_limit(&p, &most, &leaf));
    cr_expect_arr_eq(&p, &most, sizeof(p), "all: the most, with ITSC");
    cr_expect(policy_has(&p, F(ITSC)) && !policy_has(&p, F(RDSEED)) && !policy_has(&p, F(MCE)));

    p = most;
    raw_feature(&p, F(AVX), false);
    cr_assert(policy_limit(&p, &most, &leaf));
    holds(&p, "limited", F(AVX));
    cr_expect_eq(policy_xcr0(&p), 3);
    cr_expect_eq(policy_slot(&p, 0xd, 0)->c, 576);
    cr_expect(policy_has(&p, F(XSAVE)) && !policy_has(&p, F(AVX512F)));
}

Test(deps, limits_of_a_tool_stack)
{
    static const uint32_t roots[] = {0, 7, 0x80000000};
    struct cpu_policy most, p, raw = cpu_of_the_future(0x756e6547);
    uint32_t leaf;

    policy_derive(&most, &raw, POLICY_MAX);
    for (unsigned i = 0; i < ARRAY_SIZE(roots); i++) {
        p = most;
        policy_slot(&p, roots[i], 0)->a++;
        leaf = 1;
        cr_expect(!policy_limit(&p, &most, &leaf));
        cr_expect_eq(leaf, roots[i]);
        p = most;
        policy_slot(&p, roots[i], 0)->a--;
        cr_expect(policy_limit(&p, &most, &leaf));
        cr_expect_eq(policy_slot(&p, roots[i], 0)->a, policy_slot(&most, roots[i], 0)->a - 1);
    }
}
