/* SPDX-License-Identifier: BSD-2-Clause */
/* A living domain: pause, shut down, resume; and what the tools are told about it. */
#include <hv/budget.h>
#include <hv/evtchn.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>

#include "room.h"

/* The wait comes last and without the lock, which a running vCPU's hypercall may want. */
void domain_pause(struct domain *d)
{
    struct vcpu *v;

    lock(&d->lifecycle);
    d->hold_count++;
    for_each_vcpu(d, v) vcpu_pause_nosync(v);
    unlock(&d->lifecycle);
    for_each_vcpu(d, v) vcpu_sync(v);
}

void domain_unpause(struct domain *d)
{
    struct vcpu *v;

    lock(&d->lifecycle);
    CHECK(d->hold_count);
    d->hold_count--;
    for_each_vcpu(d, v) vcpu_unpause(v);
    unlock(&d->lifecycle);
}

/* The control domain's end is the machine's. */
static void control_domain_down(uint8_t reason)
{
    static const char *const names[] = {"power-off", "reboot", "suspend", "crash", "watchdog"};

    log_warn("the control domain asks for: %s",
             reason < ARRAY_SIZE(names) ? names[reason] : "an unknown end");
    if (reason == SHUTDOWN_poweroff)
        arch_poweroff();
    if (reason == SHUTDOWN_crash || reason == SHUTDOWN_watchdog)
        arch_crash();
    if (reason == SHUTDOWN_crash && cmdline.noreboot)
        arch_halt();
    arch_reboot();
}

void domain_shutdown(struct domain *d, uint8_t reason)
{
    struct vcpu *v;
    uint32_t port = 0;

    lock(&d->lifecycle);
    if (!d->shutdown_code_set)
        d->shutdown_code = reason;
    d->shutdown_code_set = true;
    if (d->privileged)
        control_domain_down(d->shutdown_code);
    if (d->shutting_down) {
        unlock(&d->lifecycle);
        return;
    }
    d->shutting_down = true;
    for_each_vcpu(d, v)
    {
        v->paused_for_shutdown = true;
        vcpu_pause_nosync(v);
    }
    d->shut_down = true;
    if (d->shutdown_code == SHUTDOWN_suspend)
        port = d->suspend_port;
    unlock(&d->lifecycle);
    if (port)
        evtchn_send(d, port);
    else
        domain_global_virq(VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d)
{
    struct vcpu *v;

    domain_pause(d);
    lock(&d->lifecycle);
    d->shutting_down = d->shut_down = d->shutdown_code_set = false;
    for_each_vcpu(d, v)
    {
        if (v->paused_for_shutdown)
            vcpu_unpause(v);
        v->paused_for_shutdown = false;
    }
    unlock(&d->lifecycle);
    domain_unpause(d);
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    guest_vlog(d, LOG_ERR, fmt, ap);
    va_end(ap);
    domain_shutdown(d, SHUTDOWN_crash);
}

static domid_t virq_handlers[NR_VIRQS]; /* 0: dom0 */

long domain_set_virq_handler(struct domain *d, unsigned virq)
{
    if (virq != VIRQ_CONSOLE && virq != VIRQ_DOM_EXC && virq != VIRQ_CON_RING)
        return refuse(XEN_EINVAL);
    virq_handlers[virq] = d->id;
    d->handled_virqs |= 1u << virq;
    return 0;
}

void domain_global_virq(unsigned virq)
{
    struct domain *d = virq_handlers[virq] ? domain_find(virq_handlers[virq]) : NULL;

    if (!d || d->dying || !(d->handled_virqs >> virq & 1)) /* or it only has a dead one's number */
        d = dom0;
    if (d)
        evtchn_virq_global(d, virq);
}

static uint32_t info_flags(struct domain *d)
{
    uint32_t flags = XEN_DOMINF_blocked;
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        if (v->sched.flags & VPF_DOWN)
            continue;
        if (!(v->sched.flags & VPF_BLOCKED))
            flags &= ~XEN_DOMINF_blocked;
        if (v->sched.running)
            flags |= XEN_DOMINF_running;
    }
    return flags | (d->dying ? XEN_DOMINF_dying : 0) | (d->shut_down ? XEN_DOMINF_shutdown : 0) |
           (d->pause_count ? XEN_DOMINF_paused : 0) | (d->debugged ? XEN_DOMINF_debugged : 0) |
           (d->create_flags & XEN_DOMCTL_CDF_xs_domain ? XEN_DOMINF_xs_domain : 0) |
           (uint32_t)(d->shutdown_code_set ? d->shutdown_code : 0xFF) << XEN_DOMINF_shutdownshift;
}

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *out)
{
    struct vcpu *v;

    budget_draw((int)(BUDGET_OP + d->vcpu_max * BUDGET_ENTRY));
    memset(out, 0, sizeof(*out));
    out->domain = d->id;
    out->flags = info_flags(d);
    out->tot_pages = d->tot_pages;
    out->max_pages = d->max_pages;
    out->shared_info_frame = d->shared_info_mfn.n;
    out->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    for_each_vcpu(d, v)
    {
        out->max_vcpu_id = v->id;
        out->cpu_time += vcpu_cpu_time(v);
        out->nr_online_vcpus += !(v->sched.flags & VPF_DOWN);
    }
    out->ssidref = d->ssidref;
    memcpy(out->handle, d->handle, sizeof(out->handle));
    out->gpaddr_bits = 52;
}
