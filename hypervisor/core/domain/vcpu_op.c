/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_op: what a domain does with its own vCPUs. */
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <hv/sched.h>

#include "room.h"

void vcpu_info_reset(struct vcpu *v)
{
    mfn_t mfn = v->info_mfn;

    v->info_mfn = MFN_INVALID;
    v->own_info = (vcpu_info_t){.evtchn_upcall_mask = 1};
    v->info = v->id < XEN_LEGACY_MAX_VCPUS
                  ? (vcpu_info_t *)&v->domain->shared_info->vcpu_info[v->id]
                  : &v->own_info;
    if (!mfn_eq(mfn, MFN_INVALID))
        ptype_put_frame(v->domain, frame_of(mfn), PT_WRITABLE);
}

static long initialise(struct vcpu *v, gva_t arg)
{
    struct vcpu_guest_context *c;
    long ret;

    if (v->info == &v->own_info)
        return refuse(XEN_EINVAL);
    ret = context_from_guest(arg, &c);
    if (!ret)
        ret = vcpu_set_context(v, c, true);
    hv_free(c);
    return ret;
}

/* The last one that goes down takes the domain with it. */
static long down(struct vcpu *v)
{
    struct domain *d = v->domain;
    const struct vcpu *other;
    bool last = true;

    for_each_vcpu(d, other) last &= other == v || other->sched.flags & VPF_DOWN;
    if (last)
        domain_shutdown(d, SHUTDOWN_poweroff);
    else
        vcpu_down(v);
    return 0;
}

/* Both areas are given as a guest address in a union of 8 bytes. */
static long register_area(struct vcpu *cur, struct vcpu *v, gva_t *area, size_t size, gva_t arg)
{
    gva_t gva;

    STATIC_CHECK(sizeof(struct vcpu_register_runstate_memory_area) == sizeof(gva), "an address");
    STATIC_CHECK(sizeof(struct vcpu_register_time_memory_area) == sizeof(gva), "an address");
    if (guest_read_u64(&gva.a, arg) || !guest_range_ok(gva, size))
        return refuse(XEN_EFAULT);
    *area = gva;
    if (v == cur)
        sched_update_areas(v);
    return 0;
}

static long set_periodic(struct vcpu *v, gva_t arg)
{
    struct vcpu_set_periodic_timer p;

    if (guest_read(&p, arg, sizeof(p)))
        return refuse(XEN_EFAULT);
    if (p.period_ns < (uint64_t)MILLISECS(1) || p.period_ns > (uint64_t)SECONDS(3600))
        return refuse(XEN_EINVAL);
    v->periodic_period = (s_time_t)p.period_ns;
    timer_set(&v->periodic, arch_now() + v->periodic_period);
    return 0;
}

static long set_singleshot(struct vcpu *cur, struct vcpu *v, gva_t arg)
{
    struct vcpu_set_singleshot_timer s;

    if (v != cur)
        return refuse(XEN_EINVAL);
    if (guest_read(&s, arg, sizeof(s)))
        return refuse(XEN_EFAULT);
    /* VCPU_SSHOTTMR_future is ignored, as the header allows and Xen 4.17 does: late is at once. */
    timer_set(&v->singleshot, deadline_from_guest(s.timeout_abs_ns));
    return 0;
}

/* Meaningful only if the vCPU is that CPU: local APIC id and ACPI id, here both the CPU's number.
 */
static long get_physid(struct vcpu *v, gva_t arg)
{
    struct vcpu_get_physid id = {.phys_id = (uint64_t)v->sched.cpu << 32 | v->sched.cpu};

    if (!v->domain->privileged || !cmdline.dom0_vcpus_pin)
        return refuse(XEN_EINVAL);
    return guest_write(arg, &id, sizeof(id));
}

void vcpu_send_nmi(struct vcpu *v)
{
    atomic_fetch_or(&v->work, VCPU_WORK_NMI);
    vcpu_kick(v);
}

static long register_info(struct vcpu *cur, struct vcpu *v, gva_t arg)
{
    struct vcpu_register_vcpu_info r;
    struct frame *f;
    vcpu_info_t *info;

    if (guest_read(&r, arg, sizeof(r)))
        return refuse(XEN_EFAULT);
    if (r.offset > PAGE_SIZE - sizeof(*info) || r.offset % 8)
        return refuse(XEN_ENXIO);
    if (!mfn_eq(v->info_mfn, MFN_INVALID) || (v != cur && !(v->sched.flags & VPF_DOWN)))
        return refuse(XEN_EINVAL);
    if (ptype_get_frame(v->domain, MFN(r.mfn), PT_WRITABLE, &f))
        return refuse(XEN_EINVAL);
    info = (vcpu_info_t *)((char *)arch_frame_ptr(MFN(r.mfn)) + r.offset);
    memcpy(info, v->info, sizeof(*info));
    lock(&v->domain->lifecycle);
    bool again = !mfn_eq(v->info_mfn, MFN_INVALID);
    if (!again) {
        v->info_mfn = MFN(r.mfn);
        (void)shared_swap(&v->info, info);
    }
    unlock(&v->domain->lifecycle);
    if (again) {
        ptype_put_frame(v->domain, f, PT_WRITABLE);
        return refuse(XEN_EINVAL);
    }
    /* An event between the copy and the store went to the old place: let the guest look at all. */
    info->evtchn_pending_sel = ~0UL;
    info->evtchn_upcall_pending = 1;
    return 0;
}

long op_vcpu_op(struct vcpu *cur, unsigned cmd, unsigned vcpuid, gva_t arg)
{
    struct vcpu *v = domain_vcpu(cur->domain, vcpuid);
    struct vcpu_runstate_info info;
    long ret;

    if (unlikely(!v))
        return refuse(XEN_ENOENT);
    switch (cmd) {
    case VCPUOP_initialise:
        ret = initialise(v, arg);
        return ret == -XEN_ERESTART ? hcall_continue_vcpu_op(cur, cmd, vcpuid, arg) : ret;
    case VCPUOP_up:
        if (!vcpu_whole(v))
            return refuse(XEN_EINVAL);
        vcpu_up(v);
        return 0;
    case VCPUOP_down:
        return down(v);
    case VCPUOP_is_up:
        return !(v->sched.flags & VPF_DOWN);
    case VCPUOP_get_runstate_info:
        vcpu_runstate(v, &info);
        return guest_write(arg, &info, sizeof(info));
    case VCPUOP_register_runstate_memory_area:
        return register_area(cur, v, &v->runstate_gva, sizeof(struct vcpu_runstate_info), arg);
    case VCPUOP_set_periodic_timer:
        return set_periodic(v, arg);
    case VCPUOP_stop_periodic_timer:
        v->periodic_period = 0;
        timer_stop(&v->periodic);
        return 0;
    case VCPUOP_set_singleshot_timer:
        return set_singleshot(cur, v, arg);
    case VCPUOP_stop_singleshot_timer:
        timer_stop(&v->singleshot);
        return 0;
    case VCPUOP_register_vcpu_info:
        return register_info(cur, v, arg);
    case VCPUOP_send_nmi:
        if (arg.a)
            return refuse(XEN_EINVAL);
        vcpu_send_nmi(v);
        return 0;
    case VCPUOP_get_physid:
        return get_physid(v, arg);
    case VCPUOP_register_vcpu_time_memory_area:
        return register_area(cur, v, &v->time_gva, sizeof(struct vcpu_time_info), arg);
    default:
        return refuse(XEN_ENOSYS);
    }
}
