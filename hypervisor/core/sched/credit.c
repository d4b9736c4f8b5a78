/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy: virtual time by weight, and the cap.  See hv/sched.h. */

#include "queue.h"

/* In milliseconds of CPU time: what a vCPU may be behind those it waits with, and a domain behind
 * the others; */
#define BEHIND 10
/* the same for one that slept, its boost, unless its domain is further behind; and behind its own
 * domain, or that behind the others where all of it slept: nobody is owed what he did not want; */
#define BOOST 3
#define LAG   1
/* and ahead of them, for each sibling that wants to run. */
#define AHEAD 20
/* So many times that ahead, a domain's time comes from a CPU whose clock does not agree. */
#define AGREE 5
/* What is charged at once.  One that ran for longer ran without a slice timer, as nobody waited. */
#define CHARGE_MAX (2 * SCHED_SLICE)
/* A capped domain's vCPU runs at least so long, or switching would cost more than running. */
#define CAP_GRAIN MICROSECS(500)

/* CPU time in a domain's virtual time; *rest: what is less than a unit of it. */
static int64_t domain_time(const struct sched_domain *s, uint64_t ns, uint64_t *rest)
{
    const uint64_t unit = VTIME_NS / SCHED_WEIGHT_DEFAULT * s->weight;

    if (likely(s->weight == SCHED_WEIGHT_DEFAULT)) { /* no division */
        *rest = ns % VTIME_NS;
        return (int64_t)(ns / VTIME_NS);
    }
    *rest = ns % unit;
    return (int64_t)(ns / unit);
}

/* A vCPU shares its domain's time with those of its siblings that want to run, too.  Not 0: who is
 * charged or queued is counted itself. */
static int64_t sharers(const struct sched_domain *s)
{
    return atomic_load_explicit(&s->runnable, memory_order_relaxed);
}

void credit_charge(struct vcpu *v, s_time_t now)
{
    struct sched_domain *s = &v->domain->sched;
    s_time_t ran = now - v->sched.charged;

    v->sched.charged = now;
    if (v->domain->is_idle || ran <= 0)
        return;
    if (unlikely(s->cap))
        s->cap_budget -= ran;
    ran = domain_time(s, (uint64_t)min(ran, CHARGE_MAX) + v->sched.owed, &v->sched.owed);
    v->sched.vtime += ran * sharers(s);
    atomic_fetch_add_explicit(&s->vtime, ran, memory_order_relaxed);
}

/* The domain's virtual time, not further back than `least`, of q's clock.  One time serves all CPUs
 * as long as their clocks agree.  Where vCPUs are pinned they need not: a clock runs as fast as few
 * wait there, and a time that a fast one set is far ahead of a slow one for ever.  Then what counts
 * is the time by q's clock alone, `most` at most; under q's lock, as its difference. */
static int64_t domain_vtime(const struct sched_cpu *q, struct sched_domain *s, int64_t least,
                            int64_t most, int64_t agree) REQUIRES(q->lock)
{
    const int64_t used = atomic_load_explicit(&s->vtime, memory_order_relaxed);
    const int64_t own = min(max(used + s->own_offset[cpu_of(q)], least), most);
    int64_t offset = atomic_load_explicit(&s->offset, memory_order_relaxed);

    s->own_offset[cpu_of(q)] = own - used;
    while (unlikely(used + offset < least)) {
        if (atomic_compare_exchange_weak(&s->offset, &offset, least - used))
            return least;
    }
    return likely(used + offset < agree) ? used + offset : own;
}

/* The limits of v's vtime.  Downwards, so that no time is hoarded: by sleeping, nor by a domain
 * whose vCPUs take turns.  Upwards, as the clocks of two CPUs need not agree, and as siblings that
 * wait for little cost a vCPU more than its domain used. */
void credit_enter(struct sched_cpu *q, struct vcpu *v, bool woken)
{
    struct sched_domain *s = &v->domain->sched;
    uint64_t rest;
    const int64_t ms = domain_time(s, MILLISECS(1), &rest), ahead = AHEAD * ms * sharers(s);
    int64_t least = q->vclock - (woken && sharers(s) == 1 ? LAG : BEHIND) * ms;
    int64_t used = domain_vtime(q, s, least, q->vclock + ahead, q->vclock + AGREE * ahead);

    if (woken)
        least = max(min(q->vclock - BOOST * ms, used), used - LAG * ms);
    v->sched.vtime = min(max(v->sched.vtime, least), q->vclock + ahead);
}

/* Gives a capped domain the budget of the periods that began; true if some is left. */
static bool refill(struct sched_domain *s, s_time_t now) REQUIRES(s->cap_lock)
{
    int64_t quota = SCHED_CAP_PERIOD / 100 * s->cap;

    if (now >= s->cap_refill) {
        int64_t periods = 1 + (now - s->cap_refill) / SCHED_CAP_PERIOD;
        /* Bounded, so that neither the product nor a hoard is ever large. */
        int64_t budget = s->cap_budget + min(periods, (int64_t)1000) * quota;
        s->cap_budget = min(budget, quota);
        s->cap_refill += periods * SCHED_CAP_PERIOD;
    }
    return s->cap_budget > 0;
}

bool credit_has_budget(struct vcpu *v, s_time_t now)
{
    struct sched_domain *s = &v->domain->sched;
    bool ok;

    if (likely(!s->cap || s->cap_budget > 0))
        return true;
    lock(&s->cap_lock);
    ok = refill(s, now);
    if (!ok) {
        v->sched.flags |= VPF_CAPPED;
        timer_set(&s->cap_timer, s->cap_refill);
    }
    unlock(&s->cap_lock);
    return ok;
}

/* A new period of a capped domain: its vCPUs may run again. */
static void cap_timer_fired(void *data)
{
    struct domain *d = data;
    struct sched_domain *s = &d->sched;
    struct vcpu *v;
    bool ok;

    lock(&s->cap_lock);
    ok = !s->cap || refill(s, arch_now());
    if (!ok)
        timer_set(&s->cap_timer, s->cap_refill);
    unlock(&s->cap_lock);
    for_each_vcpu(d, v)
    {
        if (ok && v->sched.flags & VPF_CAPPED) {
            v->sched.flags &= ~VPF_CAPPED;
            vcpu_wake(v);
        }
    }
}

s_time_t credit_slice(const struct vcpu *v)
{
    const struct sched_domain *s = &v->domain->sched;

    /* also alone: who comes to wait counts on a timer that runs to be soon */
    if (unlikely(s->cap)) {
        int64_t share = s->cap_budget / (int64_t)max(s->runnable, 1u);
        return min(SCHED_SLICE, max(share, CAP_GRAIN));
    }
    return sched_queued ? SCHED_SLICE : TIME_NEVER;
}

int sched_set_params(struct domain *d, uint16_t weight, uint16_t cap)
{
    struct sched_domain *s = &d->sched;
    struct vcpu *v;

    if (!weight)
        return -XEN_EINVAL;
    lock(&s->cap_lock);
    s->weight = weight;
    if (cap != s->cap) {
        s->cap = cap;
        s->cap_budget = SCHED_CAP_PERIOD / 100 * cap;
        s->cap_refill = arch_now() + SCHED_CAP_PERIOD;
    }
    unlock(&s->cap_lock);
    cap_timer_fired(d);
    for_each_vcpu(d, v)
    {
        struct sched_cpu *q;
        lock_vcpu(v, &q);
        if (q->cur == v)
            resched(q);
        unlock(&q->lock);
    }
    return 0;
}

void sched_domain_init(struct domain *d)
{
    d->sched.weight = SCHED_WEIGHT_DEFAULT;
    lock_init(&d->sched.cap_lock, LOCK_CAP);
    timer_init(&d->sched.cap_timer, cap_timer_fired, d, arch_cpu());
}

void sched_domain_destroy(struct domain *d)
{
    d->sched.cap = 0; /* so that the timer does not set itself again */
    timer_kill(&d->sched.cap_timer);
}
