/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPU policies: what of a CPU a guest sees.  Everything derives from the allow-list in
 * cpu/features.def; the functions here are pure (the machine is read into a policy by cpu/guest.c),
 * so host tests run them.
 *
 *   CP-1  a bit that no row of a table names is 0 in every policy but the raw one
 *   CP-2  a feature is shown only with all that it needs (FEATURE's last columns)
 *   CP-3  CR4, XCR0 and MSRs of a guest follow the features of its policy, nothing else
 */
#ifndef ASM_POLICY_H
#define ASM_POLICY_H

#include <hv/types.h>
#include <xen/arch-x86/cpufeatureset.h>
#include <asm/cpu.h>

/* Words of a featureset, in the order of cpufeatureset.h. */
#define FEATURE_WORDS 19
/* Leaves that a policy has room for: basic, cache, features, XSAVE, extended; then MSR 0x10a (a:
 * low, d: high). */
#define POLICY_LEAVES (14 + 6 + 3 + 10 + 0x22)
struct cpu_policy {
    struct cpuid leaf[POLICY_LEAVES];
    struct cpuid arch_caps;
};

/* Which columns of the list count: what a guest gets unasked, may be given at most, and dom0's
 * share. */
enum policy_kind { POLICY_DEFAULT = 1, POLICY_MAX = 2, POLICY_DOM0 = 4 };

/* A leaf's place in p, or NULL: no policy has it. Subleaf: ignored where the leaf has none. */
struct cpuid *policy_slot(struct cpu_policy *p, uint32_t leaf, uint32_t sub);
/* The number and subleaf (XEN_CPUID_NO_SUBLEAF: none) of p->leaf[i]; false: this place is not used,
 * its leaf has subleaves (of 0xb, topology, none is ever shown).
 */
bool policy_slot_name(unsigned i, uint32_t *leaf, uint32_t *sub);
/* As a guest with this policy sees it before what changes with its vCPU; NULL: all zero. */
const struct cpuid *policy_leaf(const struct cpu_policy *p, uint32_t leaf, uint32_t sub);
/* A feature word, 0..FEATURE_WORDS-1. */
uint32_t policy_word(const struct cpu_policy *p, unsigned word);
static inline bool policy_has(const struct cpu_policy *p, unsigned feature)
{
    return policy_word(p, feature / 32) >> feature % 32 & 1;
}

/* The policy of this kind on a machine with these raw leaves. */
void policy_derive(struct cpu_policy *out, const struct cpu_policy *raw, enum policy_kind kind);
/* Takes away from p, which a tool-stack wrote, what `most` has not.  false: p claims leaves beyond
 * those of `most`, and *leaf is the one that says so. */
bool policy_limit(struct cpu_policy *p, const struct cpu_policy *most, uint32_t *leaf);

/* ---- what follows from the features ---- */
/* CR4 as a guest sees it after writing val. */
uint64_t policy_cr4(const struct cpu_policy *p, uint64_t val);
/* Components a guest may enable, and whether val is a value XSETBV may load (SDM 1 13.3). */
uint64_t policy_xcr0(const struct cpu_policy *p);
bool policy_xcr0_valid(const struct cpu_policy *p, uint64_t val);
/* Bytes of an XSAVE area for these components, in the standard or the compacted format (SDM
 * 1 13.4). */
unsigned policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compacted);

/* What RDMSR and WRMSR of a guest kernel do; 0: #GP both. */
#define MSR_READ  1u /* gives the register's value */
#define MSR_ZERO  2u /* gives 0 */
#define MSR_WRITE 4u /* stores */
#define MSR_DROP  8u /* is accepted and forgotten */
/* Bits of MSR SPEC_CTRL that a guest may set; STIBP is ignored where the CPU does not have it
 * (Intel 336996). */
uint32_t policy_spec_ctrl(const struct cpu_policy *p);
unsigned policy_msr(const struct cpu_policy *p, uint32_t msr, bool privileged);

/* ---- this machine (cpu/guest.c) ---- */
extern struct cpu_policy raw_policy, max_policy, default_policy, dom0_policy;
void policy_init(void); /* boot */

/* domctl and sysctl on policies (vcpu/policy_ctl.c); -XEN_ENOSYS: none of theirs.  *mine is the
 * domain's, which is replaced by one of its own; not once it has started. */
struct xen_domctl;
struct xen_sysctl;
long policy_domctl(struct xen_domctl *op, const struct cpu_policy **mine, bool started,
                   bool *copyback);
long policy_sysctl(struct xen_sysctl *op, bool *copyback);
void policy_free(const struct cpu_policy *p); /* one that is a domain's own */

#endif
