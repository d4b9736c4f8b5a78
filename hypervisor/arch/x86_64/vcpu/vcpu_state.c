/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a vCPU's state is not in struct vcpu_guest_context, as save and restore take and give
 * it: the XSAVE area, the callbacks of 32-bit processes, MSRs.
 */
#include <hv/check.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/policy.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

/* In front of the area: XCR0 of now, and all of it that was ever used (the area's size follows). */
struct xsave_head {
    uint64_t xcr0, accum;
};

static long get_xsave(struct xen_domctl_vcpuextstate *e, struct vcpu *v)
{
    struct xsave_head head = {v->arch.xcr0, hv_xcr0};
    uint64_t size = sizeof(head) + fpu_area_size;
    gva_t to = GUEST_PTR(e->buffer);
    long err = 0;

    if (!cpu_has_xsave) {
        e->size = e->xfeature_mask = 0;
        return 0;
    }
    if (to.a) {
        if (e->size != size || e->xfeature_mask != hv_xcr0) /* what it was told (public/domctl.h) */
            return -XEN_EINVAL;
        if (guest_write(to, &head, sizeof(head)) ||
            guest_write(gva_add(to, sizeof(head)), v->arch.fpu, fpu_area_size))
            err = -XEN_EFAULT;
    }
    e->size = size;
    e->xfeature_mask = hv_xcr0;
    return err;
}

/* Does the head go with @size bytes, with this CPU, and with what the domain sees of it? */
static long check_head(const struct cpu_policy *p, const struct xsave_head *h, uint64_t size)
{
    if (!h->accum && !h->xcr0 && size == sizeof(*h))
        return 0; /* nothing was ever used */
    if (!policy_xcr0_valid(p, h->xcr0) || h->xcr0 & ~h->accum || h->accum & ~hv_xcr0)
        return -XEN_EINVAL;
    return size == sizeof(*h) + policy_xsave_size(p, h->accum, false) ? 0 : -XEN_EINVAL;
}

static long set_xsave(const struct xen_domctl_vcpuextstate *e, struct vcpu *v)
{
    gva_t from = GUEST_PTR(e->buffer);
    struct xsave_head head;
    uint8_t *area;
    long err;

    if (!cpu_has_xsave || e->size < sizeof(head))
        return -XEN_EINVAL;
    if (guest_read(&head, from, sizeof(head)))
        return -XEN_EFAULT;
    err = check_head(v->domain->arch.policy, &head, e->size);
    if (err || e->size == sizeof(head))
        return err;
    area = fpu_alloc(); /* as large as hv_xcr0 needs: accum is a part of that */
    if (!area)
        return -XEN_ENOMEM;
    if (guest_read(area, gva_add(from, sizeof(head)), e->size - sizeof(head)))
        err = -XEN_EFAULT;
    else if (!fpu_area_valid(area) || *(const uint64_t *)(area + 512) & ~head.accum)
        err = -XEN_EINVAL;
    else
        memcpy(v->arch.fpu, area, fpu_area_size), v->arch.xcr0 = head.xcr0;
    hv_free(area);
    return err;
}

static void get_callbacks(struct xen_domctl_ext_vcpucontext *c, const struct vcpu *v)
{
    const struct arch_vcpu *a = &v->arch;
    uint32_t id = c->vcpu;

    *c = (struct xen_domctl_ext_vcpucontext){
        .vcpu = id,
        .size = sizeof(*c),
        .syscall32_callback_eip = a->callback[CALLBACKTYPE_syscall32],
        .sysenter_callback_eip = a->callback[CALLBACKTYPE_sysenter],
        .syscall32_callback_cs = FLAT_KERNEL_CS,
        .sysenter_callback_cs = FLAT_KERNEL_CS,
        .syscall32_disables_events = a->cb_masks >> CALLBACKTYPE_syscall32 & 1,
        .sysenter_disables_events = a->cb_masks >> CALLBACKTYPE_sysenter & 1,
    };
}

static void set_callback(struct arch_vcpu *a, unsigned type, uint64_t address, bool mask)
{
    a->callback[type] = address;
    a->cb_masks = (uint8_t)((a->cb_masks & ~(1u << type)) | (mask ? 1u << type : 0));
}

static long set_callbacks(const struct xen_domctl_ext_vcpucontext *c, struct vcpu *v)
{
    /* as Xen: longer ones come from newer tools, machine-check state may be absent */
    if (c->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap))
        return -XEN_EINVAL;
    if (!code_address_ok(c->syscall32_callback_eip) || !code_address_ok(c->sysenter_callback_eip))
        return -XEN_EINVAL;
    set_callback(&v->arch, CALLBACKTYPE_syscall32, c->syscall32_callback_eip,
                 c->syscall32_disables_events);
    set_callback(&v->arch, CALLBACKTYPE_sysenter, c->sysenter_callback_eip,
                 c->sysenter_disables_events);
    return 0;
}

/* MSR_SPEC_CTRL and MSR_TSC_AUX, as far as they are not 0; asked without a place: how many there
 * may be. */
static long get_msrs(struct xen_domctl_vcpu_msrs *m, const struct vcpu *v)
{
    const struct xen_domctl_vcpu_msr all[] = {{.index = MSR_SPEC_CTRL, .value = v->arch.spec_ctrl},
                                              {.index = MSR_TSC_AUX, .value = v->arch.tsc_aux}};
    uint32_t room = m->msr_count;

    m->msr_count = m->msrs.p ? 0 : ARRAY_SIZE(all);
    for (unsigned i = 0; m->msrs.p && i < ARRAY_SIZE(all); i++) {
        if (!all[i].value)
            continue;
        if (m->msr_count == room)
            return -XEN_ENOBUFS;
        if (guest_write(gva_add(GUEST_PTR(m->msrs), m->msr_count++ * sizeof(all[i])), &all[i],
                        sizeof(all[i])))
            return -XEN_EFAULT;
    }
    return 0;
}

/* Those that Xen sends are known by their numbers; of all but the first two nothing is kept. */
static long set_msrs(struct xen_domctl_vcpu_msrs *m, struct vcpu *v)
{
    static const uint32_t known[] = {MSR_SPEC_CTRL, MSR_TSC_AUX, 0x140,     0xc0011027,
                                     0xc0011019,    0xc001101a,  0xc001101b};
    uint32_t n = m->msr_count;

    if (n > ARRAY_SIZE(known))
        return -XEN_EINVAL;
    for (uint32_t i = 0; i < n; i++) {
        struct xen_domctl_vcpu_msr msr;
        unsigned k = 0;

        m->msr_count = i; /* says which is bad */
        if (guest_read(&msr, gva_add(GUEST_PTR(m->msrs), i * sizeof(msr)), sizeof(msr)))
            return -XEN_EFAULT;
        while (k < ARRAY_SIZE(known) && known[k] != msr.index)
            k++;
        if (k == ARRAY_SIZE(known) || msr.reserved ||
            (k < 2 && !guest_msr_store(v, msr.index, msr.value)))
            return -XEN_EINVAL;
    }
    m->msr_count = n;
    return 0;
}

static struct vcpu *vcpu_of(const struct xen_domctl *op, struct domain *d)
{
    /* all of them begin with the number */
    STATIC_CHECK(offsetof(struct xen_domctl_vcpuextstate, vcpu) == 0 &&
                     offsetof(struct xen_domctl_ext_vcpucontext, vcpu) == 0 &&
                     offsetof(struct xen_domctl_vcpu_msrs, vcpu) == 0,
                 "one place for the vCPU's number");
    return domain_vcpu(d, op->u.vcpuextstate.vcpu);
}

long vcpu_state_domctl(struct xen_domctl *op, struct domain *d, bool *copyback)
{
    struct vcpu *v = vcpu_of(op, d);
    long ret = 0;

    if (d == this_pcpu()->current->domain)
        return -XEN_EINVAL;
    if (!v)
        return -XEN_ESRCH;
    vcpu_pause(v);
    switch (op->cmd) {
    case XEN_DOMCTL_getvcpuextstate:
        ret = get_xsave(&op->u.vcpuextstate, v);
        break;
    case XEN_DOMCTL_setvcpuextstate:
        ret = set_xsave(&op->u.vcpuextstate, v);
        break;
    case XEN_DOMCTL_get_ext_vcpucontext:
        get_callbacks(&op->u.ext_vcpucontext, v);
        break;
    case XEN_DOMCTL_set_ext_vcpucontext:
        ret = set_callbacks(&op->u.ext_vcpucontext, v);
        break;
    case XEN_DOMCTL_get_vcpu_msrs:
        ret = get_msrs(&op->u.vcpu_msrs, v);
        break;
    default:
        ret = set_msrs(&op->u.vcpu_msrs, v);
        break;
    }
    vcpu_unpause(v);
    *copyback = true;
    return ret;
}
