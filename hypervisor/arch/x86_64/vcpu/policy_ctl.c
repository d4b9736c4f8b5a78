/* SPDX-License-Identifier: BSD-2-Clause */
/* domctl and sysctl on CPU policies: what the machine has, what guests get, and what one guest
 * gets. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <asm/policy.h>

/* What a tool-stack's own copy of a policy may grow to: 14 basic leaves, subleaves of 4 (6), 7 (3),
 * 0xb (2) and 0xd (63), each the first time in place of the leaf, 34 extended leaves and two of
 * ours. */
#define SERIALISED_LEAVES (14 + 5 + 2 + 1 + 62 + 34 + 2)
#define SERIALISED_MSRS   2
#define MSR_PLATFORM_INFO 0xce /* bit 31: CPUID can fault, which guests are not offered */

/* Answers: all leaves into the array (NULL: none), their number into *n. */
static long leaves_to_guest(const struct cpu_policy *p, gva_t to, uint32_t *n)
{
    xen_cpuid_leaf_t l;
    uint32_t done = 0;

    for (unsigned i = 0; to.a && i < POLICY_LEAVES; i++) {
        if (!policy_slot_name(i, &l.leaf, &l.subleaf) || !policy_leaf(p, l.leaf, l.subleaf))
            continue;
        if (done >= *n)
            return refuse(XEN_ENOBUFS);
        l.a = p->leaf[i].a, l.b = p->leaf[i].b, l.c = p->leaf[i].c, l.d = p->leaf[i].d;
        budget_draw(BUDGET_ENTRY);
        if (guest_write(gva_add(to, done++ * sizeof(l)), &l, sizeof(l)))
            return refuse(XEN_EFAULT);
    }
    *n = to.a ? done : SERIALISED_LEAVES;
    return 0;
}

static long msrs_to_guest(const struct cpu_policy *p, gva_t to, uint32_t *n)
{
    const xen_msr_entry_t m[SERIALISED_MSRS] = {
        {.idx = MSR_PLATFORM_INFO},
        {.idx = MSR_ARCH_CAPS, .val = p->arch_caps.a | (uint64_t)p->arch_caps.d << 32},
    };

    if (to.a && *n < SERIALISED_MSRS)
        return refuse(XEN_ENOBUFS);
    *n = SERIALISED_MSRS;
    return to.a ? guest_write(to, m, sizeof(m)) : 0;
}

/* One leaf of a tool-stack's policy; those that no policy here has a place for are its own
 * business. */
static long take_leaf(struct cpu_policy *p, const xen_cpuid_leaf_t *l)
{
    bool subs = l->leaf == 4 || l->leaf == 7 || l->leaf == 0xd;
    struct cpuid *to = policy_slot(p, l->leaf, l->subleaf);

    if ((l->leaf == 0xb && l->subleaf < 2) || (l->leaf == 0xd && l->subleaf < 63 && !to) ||
        ((l->leaf & ~0x100u) == 0x40000000 && l->subleaf == XEN_CPUID_NO_SUBLEAF))
        return 0;
    if (!to || (!subs && l->subleaf != XEN_CPUID_NO_SUBLEAF))
        return refuse(XEN_ERANGE);
    *to = (struct cpuid){l->a, l->b, l->c, l->d};
    return 0;
}

static long take_msr(struct cpu_policy *p, const xen_msr_entry_t *m)
{
    if (m->flags)
        return refuse(XEN_EINVAL);
    if (m->idx == MSR_PLATFORM_INFO)
        return m->val ? refuse(XEN_EINVAL) : 0;
    if (m->idx != MSR_ARCH_CAPS)
        return refuse(XEN_ERANGE);
    p->arch_caps = (struct cpuid){.a = (uint32_t)m->val, .d = (uint32_t)(m->val >> 32)};
    return 0;
}

/* What the tool-stack says over what is in p; the error fields of *c name what it said wrong. */
static long policy_from_guest(struct cpu_policy *p, struct xen_domctl_cpu_policy *c)
{
    long ret = 0;

    for (uint32_t i = 0; i < c->nr_leaves && !ret; i++) {
        xen_cpuid_leaf_t l;
        if (guest_read(&l, gva_add(GUEST_PTR(c->leaves), i * sizeof(l)), sizeof(l)))
            return refuse(XEN_EFAULT);
        budget_draw(BUDGET_ENTRY);
        ret = take_leaf(p, &l);
        if (ret)
            c->err_leaf = l.leaf, c->err_subleaf = l.subleaf;
    }
    for (uint32_t i = 0; i < c->nr_msrs && !ret; i++) {
        xen_msr_entry_t m;
        if (guest_read(&m, gva_add(GUEST_PTR(c->msrs), i * sizeof(m)), sizeof(m)))
            return refuse(XEN_EFAULT);
        ret = take_msr(p, &m);
        if (ret)
            c->err_msr = m.idx;
    }
    return ret;
}

static long set_policy(struct xen_domctl_cpu_policy *c, const struct cpu_policy **mine)
{
    struct cpu_policy *p;
    uint32_t leaf;
    long ret;

    c->err_leaf = c->err_subleaf = c->err_msr = XEN_CPUID_INPUT_UNUSED;
    if (c->nr_leaves > SERIALISED_LEAVES || c->nr_msrs > SERIALISED_MSRS)
        return refuse(XEN_E2BIG);
    p = hv_alloc(sizeof(*p));
    if (!p)
        return -XEN_ENOMEM;
    memcpy(p, *mine, sizeof(*p));
    budget_draw(4 *
                BUDGET_PAGE); /* two copies of a policy and a look at each feature and its needs */
    ret = policy_from_guest(p, c);
    if (!ret && !policy_limit(p, &max_policy, &leaf)) {
        c->err_leaf = leaf, c->err_subleaf = leaf == 7 ? 0 : XEN_CPUID_NO_SUBLEAF;
        ret = refuse(XEN_EINVAL);
    }
    if (ret) {
        hv_free(p);
        return ret;
    }
    policy_free(*mine);
    *mine = p;
    return 0;
}

void policy_free(const struct cpu_policy *p)
{
    if (p != &default_policy && p != &dom0_policy)
        hv_free((void *)(uintptr_t)p); /* set_policy() made it */
}

long policy_domctl(struct xen_domctl *op, const struct cpu_policy **mine, bool started,
                   bool *copyback)
{
    struct xen_domctl_cpu_policy *c = &op->u.cpu_policy;
    long ret;

    switch (op->cmd) {
    case XEN_DOMCTL_get_cpu_policy:
        ret = leaves_to_guest(*mine, GUEST_PTR(c->leaves), &c->nr_leaves);
        if (!ret)
            ret = msrs_to_guest(*mine, GUEST_PTR(c->msrs), &c->nr_msrs);
        *copyback = !ret;
        return ret;
    case XEN_DOMCTL_set_cpu_policy:
        if (started)
            return refuse(XEN_EEXIST);
        ret = set_policy(c, mine);
        *copyback = ret;
        return ret;
    }
    return -XEN_ENOSYS;
}

static long get_featureset(struct xen_sysctl_cpu_featureset *f)
{
    static const struct cpu_policy *const all[] = {&raw_policy, &raw_policy, &default_policy,
                                                   NULL,        &max_policy, NULL};
    uint32_t n = min(f->nr_features, (uint32_t)FEATURE_WORDS);

    if (f->features.p) {
        if (f->index >= ARRAY_SIZE(all))
            return refuse(XEN_EINVAL);
        if (!all[f->index])
            return refuse(XEN_EOPNOTSUPP); /* HVM */
        for (uint32_t i = 0; i < n; i++)
            if (guest_write_u32(gva_add(GUEST_PTR(f->features), 4 * i),
                                policy_word(all[f->index], i)))
                return refuse(XEN_EFAULT);
    }
    f->nr_features = f->features.p ? n : FEATURE_WORDS;
    return f->features.p && n < FEATURE_WORDS ? -XEN_ENOBUFS : 0;
}

static long get_policy(struct xen_sysctl_cpu_policy *c)
{
    static const struct cpu_policy *const all[] = {&raw_policy, &raw_policy,     &max_policy,
                                                   NULL,        &default_policy, NULL};
    long ret;

    if (c->_rsvd || c->index >= ARRAY_SIZE(all))
        return refuse(XEN_EINVAL);
    if (!all[c->index])
        return refuse(XEN_EOPNOTSUPP); /* HVM */
    ret = leaves_to_guest(all[c->index], GUEST_PTR(c->leaves), &c->nr_leaves);
    return ret ? ret : msrs_to_guest(all[c->index], GUEST_PTR(c->msrs), &c->nr_msrs);
}

long policy_sysctl(struct xen_sysctl *op, bool *copyback)
{
    *copyback = true;
    switch (op->cmd) {
    case XEN_SYSCTL_get_cpu_levelling_caps: /* no CPUID instruction of user mode is changed */
        op->u.cpu_levelling_caps.caps = 0;
        return 0;
    case XEN_SYSCTL_get_cpu_featureset:
        return get_featureset(&op->u.cpu_featureset);
    case XEN_SYSCTL_get_cpu_policy:
        return get_policy(&op->u.cpu_policy);
    }
    *copyback = false;
    return -XEN_ENOSYS;
}
