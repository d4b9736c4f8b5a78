/* SPDX-License-Identifier: BSD-2-Clause */
/* sched_op and set_timer_op. */
#include <hv/check.h>
#include <hv/evtchn.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>

#define POLL_PORTS_MAX 128

static long do_shutdown(struct vcpu *cur, gva_t arg)
{
    struct sched_shutdown s;

    if (guest_read(&s, arg, sizeof(s)))
        return refuse(XEN_EFAULT);
    domain_shutdown(cur->domain, (uint8_t)s.reason);
    return 0;
}

static long do_shutdown_code(struct vcpu *cur, gva_t arg)
{
    struct domain *d = cur->domain;
    struct sched_shutdown s;
    long ret = 0;

    if (guest_read(&s, arg, sizeof(s)))
        return refuse(XEN_EFAULT);
    lock(&d->lifecycle);
    if (d->shutting_down)
        ret = refuse(XEN_EBUSY);
    d->shutdown_code = ret ? d->shutdown_code : (uint8_t)s.reason;
    d->shutdown_code_set |= !ret;
    unlock(&d->lifecycle);
    return ret;
}

static long do_remote_shutdown(struct vcpu *cur, gva_t arg)
{
    struct sched_remote_shutdown s;
    struct domain *d;

    if (guest_read(&s, arg, sizeof(s)))
        return refuse(XEN_EFAULT);
    if (!cur->domain->privileged || s.domain_id == DOMID_SELF || s.domain_id == cur->domain->id)
        return refuse(XEN_EPERM);
    d = domain_find(s.domain_id);
    if (!d)
        return refuse(XEN_ESRCH);
    domain_shutdown(d, (uint8_t)s.reason);
    return 0;
}

/* > 0: a port is pending, 0: none, < 0: error. */
static int any_pending(struct vcpu *cur, const uint32_t *ports, unsigned n)
{
    int ret = 0;

    for (unsigned i = 0; i < n && ret == 0; i++)
        ret = evtchn_pending(cur->domain, ports[i]);
    return ret;
}

static long do_poll(struct vcpu *cur, gva_t arg)
{
    uint32_t ports[POLL_PORTS_MAX];
    struct sched_poll p;
    int ret;

    if (guest_read(&p, arg, sizeof(p)))
        return refuse(XEN_EFAULT);
    if (p.nr_ports > POLL_PORTS_MAX)
        return refuse(XEN_EINVAL);
    if (p.nr_ports && guest_read(ports, GUEST_PTR(p.ports), p.nr_ports * sizeof(*ports)))
        return refuse(XEN_EFAULT);
    /* First be visible as one that sleeps, then look: an event in between finds us. */
    ret = vcpu_poll(cur, p.nr_ports == 1 ? ports[0] : 0) ? 1 : any_pending(cur, ports, p.nr_ports);
    if (ret) {
        vcpu_wake(cur);
        return min(ret, 0);
    }
    vcpu_poll_sleep(cur, p.timeout);
    return 0;
}

static long do_watchdog(struct vcpu *cur, gva_t arg)
{
    struct sched_domain *s = &cur->domain->sched;
    sched_watchdog_t w;
    long ret = 0;

    if (guest_read(&w, arg, sizeof(w)))
        return refuse(XEN_EFAULT);
    if (w.id > ARRAY_SIZE(s->watchdog) || (!w.id && !w.timeout))
        return refuse(XEN_EINVAL);
    lock(&cur->domain->lifecycle);
    if (!w.id) {
        while (w.id < ARRAY_SIZE(s->watchdog) && s->watchdogs >> w.id & 1)
            w.id++;
        ret = w.id < ARRAY_SIZE(s->watchdog) ? (long)++w.id : refuse(XEN_ENOSPC);
    } else if (!(s->watchdogs >> (w.id - 1) & 1)) {
        ret = refuse(XEN_EINVAL);
    }
    struct timer *t = &s->watchdog[index_nospec(w.id - 1, ARRAY_SIZE(s->watchdog))];
    if (ret >= 0 && w.timeout) {
        s->watchdogs |= 1u << (w.id - 1);
        timer_set(t, arch_now() + SECONDS(w.timeout));
    } else if (ret >= 0) {
        s->watchdogs &= ~(1u << (w.id - 1));
        timer_stop(t);
    }
    unlock(&cur->domain->lifecycle);
    return ret;
}

static long do_pin_override(struct vcpu *cur, gva_t arg)
{
    struct sched_pin_override p;
    int err;

    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    if (guest_read(&p, arg, sizeof(p)))
        return refuse(XEN_EFAULT);
    err = vcpu_pin_override(cur, p.pcpu);
    return err ? refuse(-err) : 0;
}

long op_sched_op(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    switch (cmd) {
    case SCHEDOP_yield:
        vcpu_yield(cur);
        return 0;
    case SCHEDOP_block:
        cur->info->evtchn_upcall_mask = 0;
        vcpu_block(cur);
        return 0;
    case SCHEDOP_shutdown:
        return do_shutdown(cur, arg);
    case SCHEDOP_poll:
        return do_poll(cur, arg);
    case SCHEDOP_remote_shutdown:
        return do_remote_shutdown(cur, arg);
    case SCHEDOP_shutdown_code:
        return do_shutdown_code(cur, arg);
    case SCHEDOP_watchdog:
        return do_watchdog(cur, arg);
    case SCHEDOP_pin_override:
        return do_pin_override(cur, arg);
    default:
        return refuse(XEN_ENOSYS);
    }
}

/* Past deadlines fire at once; one that is absurdly far is a guest's overflow (Linux' jiffies did
 * so), for which it expects a tick soon, as Xen gives it: further than 2^50 ns, 13 days. */
long op_set_timer_op(struct vcpu *cur, uint64_t deadline)
{
    const uint64_t now = (uint64_t)arch_now();

    if (unlikely(!deadline)) {
        timer_stop(&cur->singleshot);
        return 0;
    }
    if (unlikely(deadline > now + (1UL << 50)))
        deadline = now + (uint64_t)MILLISECS(100);
    timer_set(&cur->singleshot, (s_time_t)deadline);
    return 0;
}
