/* SPDX-License-Identifier: BSD-2-Clause */
/* domctl and sysctl on policies, as libxc calls them. */
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/frame.h>

#include "world.h"
#include "host.h"
#include "dumps.h"

#define LEAVES 120
static const struct cpu_policy *mine;
static xen_cpuid_leaf_t leaves[LEAVES + 1];
static xen_msr_entry_t msrs[3];

static void start(void)
{
    world_start(1);
    raw_policy = cpu_of_the_future(0x756e6547);
    policy_derive(&max_policy, &raw_policy, POLICY_MAX);
    policy_derive(&default_policy, &raw_policy, POLICY_DEFAULT);
    policy_derive(&dom0_policy, &raw_policy, POLICY_DOM0);
    mine = &default_policy;
}

static long domctl(uint32_t cmd, uint32_t nr_leaves, uint32_t nr_msrs, bool started,
                   struct xen_domctl_cpu_policy *c)
{
    struct xen_domctl op = {.cmd = cmd};
    bool copyback = false;
    long ret;

    op.u.cpu_policy.nr_leaves = nr_leaves;
    op.u.cpu_policy.nr_msrs = nr_msrs;
    op.u.cpu_policy.leaves.p = leaves;
    op.u.cpu_policy.msrs.p = msrs;
    ret = policy_domctl(&op, &mine, started, &copyback);
    *c = op.u.cpu_policy;
    return ret;
}

/* The leaf's place in what was answered. */
static xen_cpuid_leaf_t *find(uint32_t n, uint32_t leaf, uint32_t sub)
{
    for (uint32_t i = 0; i < n; i++)
        if (leaves[i].leaf == leaf && leaves[i].subleaf == sub)
            return &leaves[i];
    cr_assert_fail("no leaf %x.%x", leaf, sub);
    return NULL;
}

static uint32_t get(void)
{
    struct xen_domctl_cpu_policy c;

    cr_assert_eq(domctl(XEN_DOMCTL_get_cpu_policy, LEAVES, 2, true, &c), 0);
    cr_assert_eq(c.nr_msrs, 2);
    return c.nr_leaves;
}

Test(policy_ctl, get_and_set_what_was_got)
{
    struct xen_domctl_cpu_policy c;
    uint32_t n;

    start();
    n = get();
    cr_expect_eq(find(n, 0, XEN_CPUID_NO_SUBLEAF)->a, 0xd);
    cr_expect_eq(find(n, 7, 0)->a, 2);
    cr_expect_eq(find(n, 0x80000000, XEN_CPUID_NO_SUBLEAF)->a, 0x80000021);
    for (uint32_t i = 0; i < n; i++) { /* as libxc takes them */
        uint32_t l = leaves[i].leaf;
        bool subs = l == 4 || l == 7 || l == 0xb || l == 0xd;
        cr_expect_eq(leaves[i].subleaf != XEN_CPUID_NO_SUBLEAF, subs, "leaf %x", l);
    }
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, n, 2, false, &c), 0);
    cr_expect_neq(mine, &default_policy, "its own now");
    cr_expect_arr_eq(mine, &default_policy, sizeof(*mine));
    find(n, 1, XEN_CPUID_NO_SUBLEAF)->c &= ~(1u << F(SSE3) % 32);
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, n, 0, false, &c), 0);
    cr_expect(!policy_has(mine, F(SSE3)) && !policy_has(mine, F(SSSE3)));
    policy_free(mine);
}

Test(policy_ctl, room_for_the_answer)
{
    struct xen_domctl_cpu_policy c;
    uint32_t n;

    start();
    n = get();
    memset(leaves, 0xee, sizeof(leaves));
    cr_expect_eq(domctl(XEN_DOMCTL_get_cpu_policy, n - 1, 2, false, &c), -XEN_ENOBUFS);
    cr_expect_eq(leaves[n - 1].leaf, 0xeeeeeeee, "nothing behind the room");
    cr_expect_eq(domctl(XEN_DOMCTL_get_cpu_policy, n, 1, false, &c), -XEN_ENOBUFS);
    cr_expect_eq(domctl(XEN_DOMCTL_get_cpu_policy, n, 2, false, &c), 0);
    for (long at = 0; at <= (long)n; at++) {
        host_fault_in = at;
        cr_expect_eq(domctl(XEN_DOMCTL_get_cpu_policy, n, 2, false, &c), -XEN_EFAULT, "access %ld",
                     at);
        host_fault_in = -1;
    }
}

static void refused(xen_cpuid_leaf_t l, long error)
{
    struct xen_domctl_cpu_policy c;

    leaves[0] = l;
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 1, 0, false, &c), error, "leaf %x.%x", l.leaf,
                 l.subleaf);
    cr_expect_eq(c.err_leaf, error ? l.leaf : XEN_CPUID_INPUT_UNUSED);
    cr_expect_eq(c.err_subleaf, error ? l.subleaf : XEN_CPUID_INPUT_UNUSED);
}

Test(policy_ctl, leaves_that_are_none)
{
    start();
    refused((xen_cpuid_leaf_t){.leaf = 0xe, .subleaf = XEN_CPUID_NO_SUBLEAF}, -XEN_ERANGE);
    refused((xen_cpuid_leaf_t){.leaf = 1, .subleaf = 0}, -XEN_ERANGE);
    refused((xen_cpuid_leaf_t){.leaf = 7, .subleaf = XEN_CPUID_NO_SUBLEAF}, -XEN_ERANGE);
    refused((xen_cpuid_leaf_t){.leaf = 0xd, .subleaf = 63}, -XEN_ERANGE);
    refused((xen_cpuid_leaf_t){.leaf = 0x40000001, .subleaf = XEN_CPUID_NO_SUBLEAF}, -XEN_ERANGE);
    refused((xen_cpuid_leaf_t){.leaf = 0x80000022, .subleaf = XEN_CPUID_NO_SUBLEAF}, -XEN_ERANGE);
    refused((xen_cpuid_leaf_t){.leaf = 0, .subleaf = XEN_CPUID_NO_SUBLEAF, .a = 0xe}, -XEN_EINVAL);
    refused((xen_cpuid_leaf_t){.leaf = 7, .subleaf = 0, .a = 3}, -XEN_EINVAL);
    cr_expect_eq(mine, &default_policy, "nothing came of it");
    refused((xen_cpuid_leaf_t){.leaf = 0x40000100, .subleaf = XEN_CPUID_NO_SUBLEAF}, 0);
    refused((xen_cpuid_leaf_t){.leaf = 0xb, .subleaf = 1}, 0);
    refused((xen_cpuid_leaf_t){.leaf = 0xd, .subleaf = 62}, 0);
    policy_free(mine);
}

Test(policy_ctl, msrs_that_are_none)
{
    struct xen_domctl_cpu_policy c;
    static const struct {
        xen_msr_entry_t m;
        long error;
    } tries[] = {{{.idx = 0x10a, .flags = 1}, -XEN_EINVAL},
                 {{.idx = 0xce, .val = 1u << 31}, -XEN_EINVAL},
                 {{.idx = 0x48}, -XEN_ERANGE},
                 {{.idx = 0x10a, .val = ~0ul}, 0}};

    start();
    for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
        msrs[0] = tries[i].m;
        cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 0, 1, false, &c), tries[i].error);
        cr_expect_eq(c.err_msr, tries[i].error ? tries[i].m.idx : XEN_CPUID_INPUT_UNUSED);
    }
    cr_expect_eq(mine->arch_caps.a & ~max_policy.arch_caps.a, 0,
                 "no claim that the list does not name");
    policy_free(mine);
}

Test(policy_ctl, set_refused)
{
    struct xen_domctl_cpu_policy c;

    start();
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 0, 0, true, &c), -XEN_EEXIST);
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, LEAVES + 1, 0, false, &c), -XEN_E2BIG);
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 0, 3, false, &c), -XEN_E2BIG);
    world_alloc_fails_in = 0;
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 0, 0, false, &c), -XEN_ENOMEM);
    world_alloc_fails_in = -1;
    host_fault_in = 0;
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 1, 0, false, &c), -XEN_EFAULT);
    host_fault_in = 0;
    cr_expect_eq(domctl(XEN_DOMCTL_set_cpu_policy, 0, 1, false, &c), -XEN_EFAULT);
    host_fault_in = -1;
    cr_expect_eq(mine, &default_policy);
    cr_expect_eq(domctl(XEN_DOMCTL_max_mem, 0, 0, false, &c), -XEN_ENOSYS);
}

/* Neither what was refused nor what was replaced is kept. */
Test(policy_ctl, no_memory_is_lost)
{
    struct xen_domctl_cpu_policy c;
    uint64_t before = 0;

    start();
    for (unsigned i = 0; i < 100; i++) {
        leaves[0] = (xen_cpuid_leaf_t){.leaf = 0, .subleaf = XEN_CPUID_NO_SUBLEAF, .a = 0xe};
        cr_assert_eq(domctl(XEN_DOMCTL_set_cpu_policy, 1, 0, false, &c), -XEN_EINVAL);
        cr_assert_eq(domctl(XEN_DOMCTL_set_cpu_policy, 0, 0, false, &c), 0);
        if (i == 10)
            before = frame_free_count();
    }
    cr_expect_eq(frame_free_count(), before);
    policy_free(mine);
}

static long sysctl(struct xen_sysctl *op, uint32_t cmd)
{
    bool copyback;

    op->cmd = cmd;
    return policy_sysctl(op, &copyback);
}

Test(policy_ctl, policies_of_the_machine)
{
    static const long want[] = {0, 0, 0, -XEN_EOPNOTSUPP, 0, -XEN_EOPNOTSUPP, -XEN_EINVAL};
    struct xen_sysctl op;

    start();
    for (uint32_t i = 0; i < ARRAY_SIZE(want); i++) {
        memset(&op, 0, sizeof(op));
        op.u.cpu_policy.index = i;
        cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_policy), want[i], "index %u", i);
        if (!want[i])
            cr_expect(op.u.cpu_policy.nr_leaves == LEAVES && op.u.cpu_policy.nr_msrs == 2, "sizes");
    }
    op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_pv_max;
    op.u.cpu_policy._rsvd = 1;
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_policy), -XEN_EINVAL);
    op.u.cpu_policy._rsvd = 0;
    op.u.cpu_policy.leaves.p = leaves;
    op.u.cpu_policy.nr_leaves = LEAVES;
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_policy), 0);
    cr_expect_eq(find(op.u.cpu_policy.nr_leaves, 0x80000007, XEN_CPUID_NO_SUBLEAF)->d, 0x100,
                 "ITSC may be asked for");
    op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_pv_default;
    op.u.cpu_policy.nr_leaves = LEAVES;
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_policy), 0);
    cr_expect_eq(find(op.u.cpu_policy.nr_leaves, 0x80000007, XEN_CPUID_NO_SUBLEAF)->d, 0);
}

Test(policy_ctl, featuresets)
{
    struct xen_sysctl op = {0};
    uint32_t words[FEATURE_WORDS + 1];

    start();
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_featureset), 0);
    cr_expect_eq(op.u.cpu_featureset.nr_features, FEATURE_WORDS);
    op.u.cpu_featureset.features.p = words;
    for (uint32_t room = 0; room <= FEATURE_WORDS; room++) {
        memset(words, 0xee, sizeof(words));
        op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_pv;
        op.u.cpu_featureset.nr_features = room;
        cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_featureset),
                     room < FEATURE_WORDS ? -XEN_ENOBUFS : 0);
        cr_expect_eq(words[room], 0xeeeeeeee, "nothing behind the room for %u", room);
    }
    for (uint32_t w = 0; w < FEATURE_WORDS; w++)
        cr_expect_eq(words[w], policy_word(&default_policy, w));
    op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_hvm;
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_featureset), -XEN_EOPNOTSUPP);
    op.u.cpu_featureset.index = 6;
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_featureset), -XEN_EINVAL);
    op.u.cpu_levelling_caps.caps = 7;
    cr_expect_eq(sysctl(&op, XEN_SYSCTL_get_cpu_levelling_caps), 0);
    cr_expect_eq(op.u.cpu_levelling_caps.caps, 0);
}

/* Whatever a tool-stack writes, its domain gets no bit that the most has not. */
Test(policy_ctl, random_policies)
{
    static const uint32_t roots[] = {0, 7, 0x80000000};
    struct xen_domctl_cpu_policy c;
    unsigned taken = 0;

    start();
    srand(1);
    for (unsigned n = 0; n < 5000; n++) {
        uint32_t count = get();

        for (uint32_t i = 0; i < count; i++) {
            uint32_t *r = &leaves[i].a;
            for (unsigned k = 0; k < 4; k++)
                r[k] = (uint32_t)rand() << 16 ^ (uint32_t)rand() ^ (uint32_t)(rand() & 1 ? ~0 : 0);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(roots); i++) /* mostly as it must be */
            if (n % 8 != i)
                find(count, roots[i], roots[i] == 7 ? 0 : XEN_CPUID_NO_SUBLEAF)->a =
                    policy_slot(&max_policy, roots[i], 0)->a - (n % 16 == 9);
        taken += !domctl(XEN_DOMCTL_set_cpu_policy, count, 0, false, &c);
        for (unsigned w = 0; w < FEATURE_WORDS; w++)
            cr_assert_eq(policy_word(mine, w) & ~policy_word(&max_policy, w), 0, "%u: word %u", n,
                         w);
        cr_assert_eq(policy_xcr0(mine) & ~policy_xcr0(&max_policy), 0);
        cr_assert_eq(policy_cr4(mine, ~0ul) & ~policy_cr4(&max_policy, ~0ul), 0);
        policy_free(mine);
        mine = &default_policy;
    }
    cr_expect(taken > 1000 && taken < 5000, "%u taken", taken);
}
