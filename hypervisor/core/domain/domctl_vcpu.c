/* SPDX-License-Identifier: BSD-2-Clause */
/* domctl operations on a domain's vCPUs. */
#include <hv/budget.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <hv/sched.h>

#include "domctl.h"

long domctl_max_vcpus(struct call *c)
{
    struct domain *d = c->d;
    long ret = 0;

    if (c->op->u.max_vcpus.max != d->vcpu_max || d == c->cur->domain)
        return refuse(XEN_EINVAL);
    for (unsigned i = 0; i < d->vcpu_max && !ret; i++) {
        if (d->vcpu[i])
            continue;
        if (budget_look())
            return -XEN_ERESTART;
        /* spread over the CPUs from the start */
        ret = domain_add_vcpu(d, i, (d->id + i) % arch_cpu_count());
    }
    return ret;
}

long domctl_setvcpucontext(struct call *c)
{
    struct vcpu *v = domain_vcpu(c->d, c->op->u.vcpucontext.vcpu);
    struct vcpu_guest_context *ctx;
    long ret;

    if (!v || c->d == c->cur->domain)
        return refuse(XEN_EINVAL);
    ret = context_from_guest(GUEST_PTR(c->op->u.vcpucontext.ctxt), &ctx);
    if (!ret) {
        domain_pause(c->d);
        ret = vcpu_set_context(v, ctx, false);
        if (!ret && ctx->flags & VGCF_online)
            vcpu_up(v);
        domain_unpause(c->d);
    }
    hv_free(ctx);
    return ret;
}

long domctl_getvcpucontext(struct call *c)
{
    struct vcpu *v = domain_vcpu(c->d, c->op->u.vcpucontext.vcpu);
    struct vcpu_guest_context *ctx;
    long ret;

    if (!v || v == c->cur)
        return refuse(v ? XEN_EINVAL : XEN_ESRCH);
    if (!vcpu_whole(v))
        return refuse(XEN_ENODATA);
    ctx = hv_alloc(sizeof(*ctx));
    if (!ctx)
        return -XEN_ENOMEM;
    vcpu_pause(v);
    arch_vcpu_get_context(v, ctx);
    vcpu_unpause(v);
    ret = guest_write(GUEST_PTR(c->op->u.vcpucontext.ctxt), ctx, sizeof(*ctx));
    hv_free(ctx);
    return ret;
}

long domctl_getvcpuinfo(struct call *c)
{
    struct xen_domctl_getvcpuinfo *info = &c->op->u.getvcpuinfo;
    struct vcpu *v = domain_vcpu(c->d, info->vcpu);

    if (!v)
        return refuse(XEN_ESRCH);
    info->online = !(v->sched.flags & VPF_DOWN);
    info->blocked = !!(v->sched.flags & VPF_BLOCKED);
    info->running = v->sched.running;
    info->cpu_time = vcpu_cpu_time(v);
    info->cpu = v->sched.cpu;
    return copyback(c);
}

int cpuset_from_guest(cpuset_t *out, const struct xenctl_bitmap *in)
{
    unsigned bytes = (min(in->nr_bits, 64u) + 7) / 8;
    uint64_t set = 0;

    if (bytes && guest_read(&set, GUEST_PTR(in->bitmap), bytes))
        return refuse(XEN_EFAULT);
    if (in->nr_bits < 64)
        set &= (1UL << in->nr_bits) - 1;
    *out = set;
    return 0;
}

/* All of the caller's bitmap is written, what we do not have as zero; its size is bounded. */
int cpuset_to_guest(const struct xenctl_bitmap *to, cpuset_t set)
{
    uint8_t bytes[512] = {0};
    unsigned n = (min(to->nr_bits, (uint32_t)sizeof(bytes) * 8) + 7) / 8;

    memcpy(bytes, &set, sizeof(set));
    if (n && to->nr_bits % 8 && to->nr_bits < sizeof(bytes) * 8)
        bytes[n - 1] &= (uint8_t)((1u << to->nr_bits % 8) - 1);
    return n ? guest_write(GUEST_PTR(to->bitmap), bytes, n) : 0;
}

/* "All" stays open-ended, as it is by default. */
static cpuset_t widen(cpuset_t set)
{
    return (set & all_cpus()) == all_cpus() ? CPUSET_ALL : set;
}

/* set answers with what came of it: the soft affinity as far as the hard one allows it. */
long domctl_vcpuaffinity(struct call *c)
{
    struct xen_domctl_vcpuaffinity *a = &c->op->u.vcpuaffinity;
    struct vcpu *v = domain_vcpu(c->d, a->vcpu);
    const bool want_hard = a->flags & XEN_VCPUAFFINITY_HARD;
    const bool want_soft = a->flags & XEN_VCPUAFFINITY_SOFT;

    if (!v)
        return refuse(XEN_ESRCH);
    if (!want_hard && !want_soft)
        return refuse(XEN_EINVAL);
    cpuset_t hard = v->sched.hard_affinity, soft = v->sched.soft_affinity;
    if (c->op->cmd == XEN_DOMCTL_setvcpuaffinity) {
        if ((want_hard && cpuset_from_guest(&hard, &a->cpumap_hard)) ||
            (want_soft && cpuset_from_guest(&soft, &a->cpumap_soft)))
            return -XEN_EFAULT;
        int ret = vcpu_set_affinity(v, widen(hard), widen(soft));
        if (ret)
            return ret;
        hard &= online_cpus();
        soft &= hard;
    }
    if ((want_hard && cpuset_to_guest(&a->cpumap_hard, hard)) ||
        (want_soft && cpuset_to_guest(&a->cpumap_soft, soft)))
        return -XEN_EFAULT;
    return 0;
}

long domctl_scheduler_op(struct call *c)
{
    struct xen_domctl_scheduler_op *s = &c->op->u.scheduler_op;
    struct sched_domain *mine = &c->d->sched;

    if (s->sched_id != XEN_SCHEDULER_CREDIT)
        return refuse(XEN_EINVAL);
    switch (s->cmd) {
    case XEN_DOMCTL_SCHEDOP_getinfo:
        s->u.credit.weight = mine->weight;
        s->u.credit.cap = mine->cap;
        return copyback(c);
    case XEN_DOMCTL_SCHEDOP_putinfo: /* weight 0, cap ~0: leave */
        return sched_set_params(c->d, s->u.credit.weight ? s->u.credit.weight : mine->weight,
                                s->u.credit.cap != UINT16_MAX ? s->u.credit.cap : mine->cap);
    default:
        return refuse(XEN_EINVAL);
    }
}

/* A PV domain has no buttons but that one. */
long domctl_sendtrigger(struct call *c)
{
    struct vcpu *v = domain_vcpu(c->d, c->op->u.sendtrigger.vcpu);
    const uint32_t trigger = c->op->u.sendtrigger.trigger;

    if (!v)
        return refuse(XEN_ESRCH);
    if (trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
        return trigger == XEN_DOMCTL_SENDTRIGGER_POWER || trigger == XEN_DOMCTL_SENDTRIGGER_SLEEP
                   ? refuse(XEN_EINVAL)
                   : refuse(XEN_ENOSYS);
    vcpu_send_nmi(v);
    return 0;
}
