/* SPDX-License-Identifier: BSD-2-Clause */
/* Features of CPUs; see cpu.h. */
#include <stdbool.h>
#include <stdio.h>

#include <xen/arch-x86/cpufeatureset.h>

#include "stream/cpu.h"

#define FEATURE(name)                                                                              \
    {                                                                                              \
        XEN_X86_FEATURE_##name, #name                                                              \
    }

/*
 * What a program executes because CPUID has it.  (What only makes the same faster, or says what is safe, may
 * be missing, and what guests are not shown here they cannot have used.)
 */
static const struct {
    unsigned int number;
    const char *name;
} used[] = {
    FEATURE(CX16),          FEATURE(LAHF_LM),
    FEATURE(RDTSCP),        FEATURE(RDPID),
    FEATURE(FSGSBASE),      FEATURE(3DNOW),
    FEATURE(3DNOWEXT),      FEATURE(MOVBE),
    FEATURE(POPCNT),        FEATURE(ABM),
    FEATURE(TBM),           FEATURE(BMI1),
    FEATURE(BMI2),          FEATURE(ADX),
    FEATURE(RDRAND),        FEATURE(RDSEED),
    FEATURE(CLFLUSHOPT),    FEATURE(CLWB),
    FEATURE(CLZERO),        FEATURE(SERIALIZE),
    FEATURE(SSE3),          FEATURE(SSSE3),
    FEATURE(SSE4_1),        FEATURE(SSE4_2),
    FEATURE(SSE4A),         FEATURE(MISALIGNSSE),
    FEATURE(PCLMULQDQ),     FEATURE(AESNI),
    FEATURE(SHA),           FEATURE(GFNI),
    FEATURE(XSAVE),         FEATURE(XSAVEOPT),
    FEATURE(XSAVEC),        FEATURE(XGETBV1),
    FEATURE(AVX),           FEATURE(FMA),
    FEATURE(F16C),          FEATURE(FMA4),
    FEATURE(XOP),           FEATURE(VAES),
    FEATURE(VPCLMULQDQ),    FEATURE(AVX2),
    FEATURE(AVX_VNNI),      FEATURE(AVX512F),
    FEATURE(AVX512DQ),      FEATURE(AVX512_IFMA),
    FEATURE(AVX512PF),      FEATURE(AVX512ER),
    FEATURE(AVX512CD),      FEATURE(AVX512BW),
    FEATURE(AVX512VL),      FEATURE(AVX512_VBMI),
    FEATURE(AVX512_VBMI2),  FEATURE(AVX512_VNNI),
    FEATURE(AVX512_BITALG), FEATURE(AVX512_VPOPCNTDQ),
    FEATURE(AVX512_4VNNIW), FEATURE(AVX512_4FMAPS),
    FEATURE(AVX512_BF16),
};

/* Where the words of features are. */
static const struct {
    uint32_t leaf, subleaf;
    size_t reg;
} words[CPU_WORDS] = {
    {0x1, 0, offsetof(struct cpu_leaf, d)},        {0x1, 0, offsetof(struct cpu_leaf, c)},
    {0x80000001, 0, offsetof(struct cpu_leaf, d)}, {0x80000001, 0, offsetof(struct cpu_leaf, c)},
    {0xd, 1, offsetof(struct cpu_leaf, a)},        {0x7, 0, offsetof(struct cpu_leaf, b)},
    {0x7, 0, offsetof(struct cpu_leaf, c)},        {0x80000007, 0, offsetof(struct cpu_leaf, d)},
    {0x80000008, 0, offsetof(struct cpu_leaf, b)}, {0x7, 0, offsetof(struct cpu_leaf, d)},
    {0x7, 1, offsetof(struct cpu_leaf, a)},
};

void cpu_note(struct cpu_features *cpu, const struct cpu_leaf *leaf)
{
    const uint32_t subleaf = leaf->subleaf == UINT32_MAX ? 0 : leaf->subleaf; /* it has none */

    for (size_t i = 0; i < CPU_WORDS; i++)
        if (words[i].leaf == leaf->leaf && words[i].subleaf == subleaf)
            cpu->word[i] = *(const uint32_t *)((const char *)leaf + words[i].reg);
}

static bool has(const struct cpu_features *cpu, unsigned int feature)
{
    return cpu->word[feature / 32] >> feature % 32 & 1;
}

unsigned int cpu_lacks(const struct cpu_features *was, const struct cpu_features *is, char *text,
                       size_t cap)
{
    unsigned int n = 0;
    size_t len = 0;

    *text = '\0';
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        if (!has(was, used[i].number) || has(is, used[i].number))
            continue;
        if (len + sizeof(", AVX512_VPOPCNTDQ, ...") <= cap)
            len += (size_t)snprintf(text + len, cap - len, "%s%s", n ? ", " : "", used[i].name);
        else if (len && text[len - 1] != '.')
            len += (size_t)snprintf(text + len, cap - len, ", ...");
        n++;
    }
    return n;
}
