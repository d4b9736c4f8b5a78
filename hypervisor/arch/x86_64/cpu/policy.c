/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU policies from raw CPUID leaves; see asm/policy.h. Leaves: Intel SDM 2A CPUID, AMD APM 3
 * appendix E. */
#include <hv/abi.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <asm/policy.h>

#define F(name) XEN_X86_FEATURE_##name
#define EXT     0x80000000u

/* Places in cpu_policy.leaf: `count` leaves from `leaf`, or as many subleaves of that one.
 * Subleaves stand first: their leaves lie within the basic ones. */
static const struct range {
    uint32_t leaf;
    uint8_t count;
    bool subs;
} ranges[] = {{4, 6, true}, {7, 3, true}, {0xd, 10, true}, {0, 14, false}, {EXT, 0x22, false}};

/* Register r (0: eax .. 3: edx) of each feature word. */
static const struct {
    uint32_t leaf;
    uint8_t sub, r;
} words[FEATURE_WORDS] = {
    {1, 0, 3},
    {1, 0, 2},
    {EXT + 1, 0, 3},
    {EXT + 1, 0, 2},
    {0xd, 1, 0},
    {7, 0, 1},
    {7, 0, 2},
    {EXT + 7, 0, 3},
    {EXT + 8, 0, 1},
    {7, 0, 3},
    {7, 1, 0},
    {EXT + 0x21, 0, 0},
    {7, 1, 1},
    {7, 2, 3},
    {7, 1, 2},
    {7, 1, 3},
    [18] = {EXT + 0x21, 0, 2},
};
enum { WORD_ARCH_CAPS = 16 }; /* this and the next are no leaf's but an MSR's */

/* Bits that are no features but facts of the CPU: also shown. */
static const struct {
    uint32_t leaf, sub, mask[4];
} facts[] = {
    {0, 0, {~0u, ~0u, ~0u, ~0u}}, /* limit, vendor */
    {1, 0, {~0u, 0x00ffffff}},    /* model; cache line, logical CPUs */
    {2, 0, {~0u, ~0u, ~0u, ~0u}}, /* caches */
    {4, 0, {~0u, ~0u, ~0u, ~0u}},
    {4, 1, {~0u, ~0u, ~0u, ~0u}},
    {4, 2, {~0u, ~0u, ~0u, ~0u}},
    {4, 3, {~0u, ~0u, ~0u, ~0u}},
    {4, 4, {~0u, ~0u, ~0u, ~0u}},
    {7, 0, {~0u}}, /* limit of subleaves */
    {EXT, 0, {~0u, ~0u, ~0u, ~0u}},
    {EXT + 1, 0, {~0u}},
    {EXT + 2, 0, {~0u, ~0u, ~0u, ~0u}}, /* name */
    {EXT + 3, 0, {~0u, ~0u, ~0u, ~0u}},
    {EXT + 4, 0, {~0u, ~0u, ~0u, ~0u}},
    {EXT + 5, 0, {~0u, ~0u, ~0u, ~0u}}, /* caches */
    {EXT + 6, 0, {~0u, ~0u, ~0u, ~0u}},
    {EXT + 8, 0, {0xffff, 0, 0xf0ff}}, /* widths of addresses; number of cores */
};

/* The allow-list. */
#define ALL  (POLICY_DEFAULT | POLICY_MAX | POLICY_DOM0)
#define ASK  (POLICY_MAX | POLICY_DOM0)
#define DOM0 POLICY_DOM0
static const struct {
    uint16_t feature, need[2];
    uint8_t kinds;
} allowed[] = {
#define FEATURE(name, who, need1, need2) {F(name), {F(need1), F(need2)}, who},
#include "features.def"
#undef FEATURE
};

/* Leaves whose eax is a limit, and the last we know. */
static const struct {
    uint32_t leaf, most;
} limits[] = {{0, 0xd}, {7, 2}, {EXT, EXT + 0x21}};

/* Bits of leaf 1's edx that AMD's CPUs repeat in leaf 80000001's (APM 3). */
#define AMD_COMMON 0x0183f3ffu

/* A bit of CR4, the feature that brings it; `on`: it is always set, else the guest's choice.  TSD
 * and FSGSBASE are felt by user mode; a kernel that does not know of FSGSBASE must not find its
 * user's bases changed behind its back (XSA-293).  MCE is what every PV guest reads. */
static const struct {
    uint32_t bit;
    uint16_t feature;
    bool on;
} cr4_bits[] = {
    {CR4_TSD, F(TSC), false},       {CR4_DE, F(DE), false},
    {CR4_PAE, F(PAE), true},        {CR4_MCE, F(FPU), true},
    {CR4_OSFXSR, F(FXSR), true},    {CR4_OSXMMEXCPT, F(SSE), true},
    {CR4_OSXSAVE, F(XSAVE), false}, {CR4_FSGSBASE, F(FSGSBASE), false},
};

/* Components of XCR0, which come and go together, and what they need beside x87. */
static const struct {
    uint32_t bits, needs;
    uint16_t feature;
} xcr0_parts[] = {
    {0x1, 0, F(XSAVE)}, {0x2, 0, F(XSAVE)}, {0x4, 0x2, F(AVX)}, {0xe0, 0x6, F(AVX512F)}};

/* The registers there are for a guest; what MSR_READ gives and MSR_WRITE does is in guest.c. */
static const struct {
    uint32_t msr;
    uint16_t feature;
    uint8_t access;
    bool dom0_only;
} msrs[] = {
    {MSR_TSC, F(TSC), MSR_READ | MSR_DROP, false},
    {MSR_APIC_BASE, F(APIC), MSR_READ, false},
    {MSR_BIOS_SIGN_ID, F(MSR), MSR_ZERO | MSR_DROP, false},
    {MSR_MTRR_CAP, F(MSR), MSR_ZERO, false},
    {MSR_ARCH_CAPS, F(ARCH_CAPS), MSR_READ, false},
    {MSR_MCG_CAP, F(MSR), MSR_ZERO, false},
    {MSR_MCG_STATUS, F(MSR), MSR_ZERO, false},
    {MSR_MISC_ENABLE, F(MSR), MSR_ZERO | MSR_DROP, false},
    {MSR_DEBUGCTL, F(MSR), MSR_ZERO | MSR_DROP, false},
    {MSR_PAT, F(PAT), MSR_READ | MSR_WRITE, false},
    /* Its bits are fixed: writing what is there is harmless. */
    {MSR_EFER, F(LM), MSR_READ | MSR_DROP, false},
    {MSR_FS_BASE, F(LM), MSR_READ | MSR_WRITE, false},
    {MSR_GS_BASE, F(LM), MSR_READ | MSR_WRITE, false},
    {MSR_KERNEL_GS_BASE, F(LM), MSR_READ | MSR_WRITE, false},
    {MSR_TSC_AUX, F(RDTSCP), MSR_READ | MSR_WRITE, false},
    {MSR_K8_SYSCFG, F(MSR), MSR_ZERO, true},
    {MSR_K8_HWCR, F(MSR), MSR_ZERO, true},
    {MSR_SPEC_CTRL, F(IBRSB), MSR_READ | MSR_WRITE, false},
    {MSR_PRED_CMD, F(IBRSB), MSR_WRITE, false},
    {MSR_PRED_CMD, F(IBPB), MSR_WRITE, false},
};

/* The number of a leaf's slot; POLICY_LEAVES: has none. */
static unsigned find(uint32_t leaf, uint32_t sub)
{
    unsigned at = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(ranges); at += ranges[i++].count) {
        uint32_t n = ranges[i].subs ? sub : leaf - ranges[i].leaf;

        if (ranges[i].subs && leaf != ranges[i].leaf)
            continue;
        if (n < ranges[i].count)
            return at + (unsigned)index_nospec(n, ranges[i].count);
        if (ranges[i].subs)
            break;
    }
    return POLICY_LEAVES;
}

struct cpuid *policy_slot(struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
    unsigned at = find(leaf, sub);

    return at < POLICY_LEAVES ? &p->leaf[at] : NULL;
}

bool policy_slot_name(unsigned i, uint32_t *leaf, uint32_t *sub)
{
    const struct range *r = ranges;

    for (; i >= r->count; r++)
        i -= r->count;
    *leaf = r->leaf + (r->subs ? 0 : i);
    *sub = r->subs ? i : XEN_CPUID_NO_SUBLEAF;
    return r->subs || (*leaf != 4 && *leaf != 7 && *leaf != 0xb && *leaf != 0xd);
}

const struct cpuid *policy_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub)
{
    unsigned at = find(leaf, sub);

    if (at == POLICY_LEAVES || leaf > p->leaf[find(leaf & EXT, 0)].a ||
        (leaf == 7 && sub > p->leaf[find(7, 0)].a))
        return NULL;
    return &p->leaf[at];
}

/* Where word w stands: its register's place in struct cpu_policy. */
static size_t word_at(unsigned w)
{
    if (w == WORD_ARCH_CAPS || w == WORD_ARCH_CAPS + 1)
        return w == WORD_ARCH_CAPS ? offsetof(struct cpu_policy, arch_caps.a)
                                   : offsetof(struct cpu_policy, arch_caps.d);
    return offsetof(struct cpu_policy, leaf) +
           find(words[w].leaf, words[w].sub) * sizeof(struct cpuid) + words[w].r * 4;
}

static uint32_t *word(struct cpu_policy *p, unsigned w)
{
    return (uint32_t *)((char *)p + word_at(w));
}

uint32_t policy_word(const struct cpu_policy *p, unsigned w)
{
    return *(const uint32_t *)((const char *)p + word_at(w));
}

static uint32_t xcr0_offered(const struct cpu_policy *from)
{
    const struct cpuid *root = policy_leaf(from, 0xd, 0);

    return root ? root->a : 0;
}

/* Whether allowed[i] is a feature of `from` and all it needs is in p by now; the hypervisor's own
 * bit is no CPU's. */
static bool shown(const struct cpu_policy *p, const struct cpu_policy *from, unsigned i)
{
    unsigned feature = allowed[i].feature, w = feature / 32;

    for (unsigned n = 0; n < 2; n++)
        if (allowed[i].need[n] != feature && !policy_has(p, allowed[i].need[n]))
            return false;
    if (words[w].leaf && !policy_leaf(from, words[w].leaf, words[w].sub))
        return false;
    for (unsigned n = 0; n < ARRAY_SIZE(xcr0_parts); n++)
        if (xcr0_parts[n].feature == feature && ~xcr0_offered(from) & xcr0_parts[n].bits)
            return false;
    return policy_has(from, feature) || feature == F(HYPERVISOR);
}

static bool is_amd(const struct cpu_policy *p)
{
    uint32_t vendor = policy_leaf(p, 0, 0)->b; /* "Auth"enticAMD, "Hygo"nGenuine */

    return vendor == 0x68747541 || vendor == 0x6f677948;
}

static void set_feature(struct cpu_policy *p, unsigned feature)
{
    *word(p, feature / 32) |= 1u << feature % 32;
}

/* Leaf 0xd: the components shown, where they lie, and the sizes they make. */
static void fill_xsave(struct cpu_policy *p, const struct cpu_policy *from)
{
    uint64_t xcr0 = policy_xcr0(p);
    struct cpuid *root = policy_slot(p, 0xd, 0);

    for (unsigned i = 2; i < 10; i++)
        if (xcr0 >> i & 1)
            *policy_slot(p, 0xd, i) = *policy_leaf(from, 0xd, i);
    *root = (struct cpuid){.a = (uint32_t)xcr0, .d = (uint32_t)(xcr0 >> 32)};
    if (xcr0)
        root->c = policy_xsave_size(p, xcr0, false);
}

/* All of `from` that rows name; of the features those of these kinds that `most` has, too (NULL:
 * any). */
static void build(struct cpu_policy *p, const struct cpu_policy *from,
                  const struct cpu_policy *most, unsigned kinds)
{
    memset(p, 0, sizeof(*p));
    for (unsigned i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct cpuid *in = policy_leaf(from, facts[i].leaf, facts[i].sub);
        uint32_t *out = &policy_slot(p, facts[i].leaf, facts[i].sub)->a;

        for (unsigned r = 0; in && r < 4; r++)
            out[r] = (&in->a)[r] & facts[i].mask[r];
    }
    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++)
        if (policy_slot(p, limits[i].leaf, 0)->a > limits[i].most)
            policy_slot(p, limits[i].leaf, 0)->a = limits[i].most;
    for (unsigned i = 0; i < ARRAY_SIZE(allowed); i++)
        if (allowed[i].kinds & kinds && shown(p, from, i) &&
            (!most || policy_has(most, allowed[i].feature)))
            set_feature(p, allowed[i].feature);
    if (is_amd(p))
        policy_slot(p, EXT + 1, 0)->d |= policy_slot(p, 1, 0)->d & AMD_COMMON;
    fill_xsave(p, most ? most : from);
}

void policy_derive(struct cpu_policy *out, const struct cpu_policy *raw, enum policy_kind kind)
{
    build(out, raw, NULL, kind);
}

bool policy_limit(struct cpu_policy *p, const struct cpu_policy *most, uint32_t *leaf)
{
    struct cpu_policy from = *p;

    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        *leaf = limits[i].leaf;
        if (policy_slot(p, *leaf, 0)->a > most->leaf[find(*leaf, 0)].a)
            return false;
    }
    build(p, &from, most, ALL);
    return true;
}

uint64_t policy_cr4(const struct cpu_policy *p, uint64_t val)
{
    uint64_t cr4 = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(cr4_bits); i++)
        if (policy_has(p, cr4_bits[i].feature) && (cr4_bits[i].on || val & cr4_bits[i].bit))
            cr4 |= cr4_bits[i].bit;
    return cr4;
}

uint64_t policy_xcr0(const struct cpu_policy *p)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(xcr0_parts); i++)
        if (policy_has(p, xcr0_parts[i].feature))
            bits |= xcr0_parts[i].bits;
    return bits;
}

bool policy_xcr0_valid(const struct cpu_policy *p, uint64_t val)
{
    if (val & ~policy_xcr0(p) || !(val & 1))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(xcr0_parts); i++)
        if (val & xcr0_parts[i].bits && ~val & (xcr0_parts[i].bits | xcr0_parts[i].needs))
            return false;
    return true;
}

unsigned policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compacted)
{
    unsigned end = 512 + 64; /* legacy part and header */

    for (unsigned i = 2; i < 10; i++) {
        const struct cpuid *part = policy_leaf(p, 0xd, i);

        if (!(xcr0 >> i & 1) || !part)
            continue;
        if (compacted)
            end = (part->c & 2 ? ROUND_UP(end, 64) : end) + part->a;
        else
            end = max(end, part->b + part->a);
    }
    return end;
}

unsigned policy_msr(const struct cpu_policy *p, uint32_t msr, bool privileged)
{
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++)
        if (msrs[i].msr == msr && policy_has(p, msrs[i].feature) &&
            (privileged || !msrs[i].dom0_only))
            return msrs[i].access;
    return 0;
}

uint32_t policy_spec_ctrl(const struct cpu_policy *p)
{
    return (policy_has(p, F(IBRSB)) ? SPEC_CTRL_IBRS | SPEC_CTRL_STIBP : 0) |
           (policy_has(p, F(SSBD)) ? SPEC_CTRL_SSBD : 0);
}
