/* SPDX-License-Identifier: BSD-2-Clause */
/* The decision: who runs on this CPU next, and the hand-over. */
#include <hv/frame.h>

#include "queue.h"

/* A CPU that has somebody to run takes another's waiting vCPU only if that one is this far behind:
 * moving costs caches, and the bound keeps weights exact all the same. */
#define STEAL_MARGIN (MILLISECS(5) / VTIME_NS)

static void slice_over(void *data)
{
    struct sched_cpu *q = data;

    lock(&q->lock);
    resched(q);
    unlock(&q->lock);
}

struct vcpu *sched_idle_vcpu(unsigned cpu)
{
    return sched_cpus[cpu].idle;
}

struct vcpu *sched_current(unsigned cpu)
{
    return sched_cpus[cpu].cur;
}

void sched_soon(void)
{
    resched(&sched_cpus[arch_cpu()]);
}

bool sched_pending(void)
{
    return sched_cpus[arch_cpu()].pending || timer_pending();
}

/* First waiting vCPU of q that may run on `cpu`, is behind `limit` and within its cap. */
static struct vcpu *first_fit(struct sched_cpu *q, unsigned cpu, int64_t limit, s_time_t now)
    REQUIRES(q->lock)
{
    struct list *p, *next;

    list_for_each_safe(p, next, &q->queue)
    {
        struct vcpu *v = list_entry(p, struct vcpu, sched.queue);
        if (v->sched.vtime >= limit)
            break;
        if (!allowed(v, cpu))
            continue;
        if (credit_has_budget(v, now))
            return v;
        dequeue(q, v); /* parked until the next period */
        count_runnable(v, false);
    }
    return NULL;
}

/* Takes over the vCPU that is furthest behind on another CPU's queue, if behind `limit`. */
static struct vcpu *steal(struct sched_cpu *q, int64_t limit, s_time_t now) REQUIRES(q->lock)
{
    cpuset_t left = all_cpus() & ~CPUSET(cpu_of(q));

    while (left && sched_queued) {
        struct sched_cpu *from = NULL;
        int64_t best = limit;
        unsigned cpu;

        cpuset_for_each(cpu, left)
        {
            if (sched_cpus[cpu].head_vtime < best) {
                best = sched_cpus[cpu].head_vtime;
                from = &sched_cpus[cpu];
            }
        }
        if (!from)
            return NULL;
        left &= ~CPUSET(cpu_of(from));
        if (!trylock(&from->lock))
            continue;
        struct vcpu *v = first_fit(from, cpu_of(q), limit, now);
        if (v) {
            dequeue(from, v);
            v->sched.cpu = cpu_of(q);
            credit_enter(q, v, false);
        }
        unlock(&from->lock);
        if (v)
            return v;
    }
    return NULL;
}

/* Chooses among prev, our queue and the others'; what is chosen is on no queue any more. */
static struct vcpu *pick(struct sched_cpu *q, struct vcpu *prev, s_time_t now) REQUIRES(q->lock)
{
    unsigned cpu = cpu_of(q);
    bool stay = !prev->domain->is_idle && vcpu_runnable(prev) && allowed(prev, cpu) &&
                credit_has_budget(prev, now);
    int64_t limit = stay && !prev->sched.yielded ? prev->sched.vtime : INT64_MAX;
    struct vcpu *next = first_fit(q, cpu, limit, now), *stolen = NULL;

    if (next && prev->sched.yielded) /* what is given away is gone */
        prev->sched.vtime = max(prev->sched.vtime, next->sched.vtime);
    prev->sched.yielded = false;
    if (next)
        limit = next->sched.vtime;
    else if (stay)
        limit = prev->sched.vtime;
    if (unlikely(sched_queued))
        stolen = steal(q, next || stay ? limit - STEAL_MARGIN : INT64_MAX, now);
    if (stolen)
        return stolen;
    if (next) {
        dequeue(q, next);
        return next;
    }
    return stay ? prev : q->idle;
}

static void set_slice(struct sched_cpu *q, const struct vcpu *v, s_time_t now) REQUIRES(q->lock)
{
    s_time_t slice = v->domain->is_idle ? TIME_NEVER : credit_slice(v);

    if (slice != TIME_NEVER)
        timer_set(&q->slice, now + slice);
    else if (q->slice.active)
        timer_stop(&q->slice);
}

/* Others wait here while some CPU runs without a slice timer: have it compare. */
static void wake_untimed(struct sched_cpu *q) REQUIRES(q->lock)
{
    unsigned cpu;

    if (list_empty(&q->queue))
        return;
    cpuset_for_each(cpu, online_cpus() & ~CPUSET(cpu_of(q)))
    {
        if (!sched_cpus[cpu].slice.active)
            resched(&sched_cpus[cpu]);
    }
}

/* Tells the others that this CPU is idle.  Also when it was so before: a wake-up that claimed it
 * may have come to nothing.  True if they did not know, so that one of them may have queued a vCPU
 * since this CPU looked. */
static bool tell_idle(struct sched_cpu *q)
{
    return !(atomic_fetch_or(&sched_idle_cpus, CPUSET(cpu_of(q))) & CPUSET(cpu_of(q)));
}

static void hand_over(struct sched_cpu *q, struct vcpu *prev, struct vcpu *next, s_time_t now)
    REQUIRES(q->lock)
{
    q->cur = next;
    next->sched.running = true;
    next->sched.charged = now;
    set_runstate(prev, idle_runstate(prev), now);
    set_runstate(next, RUNSTATE_running, now);
    if (!vcpu_runnable(prev))
        count_runnable(prev, false);
    if (prev->domain->is_idle)
        sched_idle_cpus &= ~CPUSET(cpu_of(q));
}

static void advance_clock(struct sched_cpu *q, int64_t vtime) REQUIRES(q->lock)
{
    q->vclock = max(q->vclock, vtime);
    if (q->vclock > sched_vclock)
        sched_vclock = q->vclock; /* of two CPUs at once either may win: it need not be exact */
}

static void decide(struct sched_cpu *q)
{
    s_time_t now = arch_now();
    struct vcpu *prev, *next;

    lock(&q->lock);
    prev = q->cur;
    q->pending = false;
    atomic_fetch_and(&prev->work, ~VCPU_WORK_RESCHED);
    credit_charge(prev, now);
    next = pick(q, prev, now);
    if (next->domain->is_idle && tell_idle(q) && sched_queued) {
        struct vcpu *stolen = steal(q, INT64_MAX, now);
        if (stolen) {
            sched_idle_cpus &= ~CPUSET(cpu_of(q));
            next = stolen;
        }
    }
    if (!next->domain->is_idle)
        advance_clock(q, next->sched.vtime);
    if (next != prev)
        hand_over(q, prev, next, now);
    set_slice(q, next, now);
    if (unlikely(next->periodic_period && !next->periodic.active))
        timer_set(&next->periodic, max(next->periodic.expires + next->periodic_period, now));
    wake_untimed(q);
    unlock(&q->lock);
    if (next == prev)
        return;
    atomic_fetch_or(&next->work, VCPU_WORK_TIME);
    arch_context_switch(prev, next);
}

void sched_softirq(void)
{
    struct sched_cpu *q = &sched_cpus[arch_cpu()];

    if (timer_pending())
        timer_softirq();
    if (q->pending)
        decide(q);
    else
        atomic_fetch_and(&q->cur->work, ~VCPU_WORK_RESCHED);
}

void sched_switched(struct vcpu *prev)
{
    if (prev->domain->is_idle) {
        prev->sched.running = false;
        return;
    }
    struct sched_cpu *q;
    lock_vcpu(prev, &q);
    shared_store_release(&prev->sched.running, false);
    unlock(&q->lock);
    place(prev, false);
}

static struct domain idle_dom = {
    .id = DOMID_IDLE,
    .is_idle = true,
    .sched = {.weight = SCHED_WEIGHT_DEFAULT},
    .shared_info_mfn = {~0UL},
};
struct domain *idle_domain = &idle_dom;

void sched_init(void)
{
    lock_init(&idle_dom.lifecycle, LOCK_LIFECYCLE);
    idle_dom.vcpu_max = 0;
    sched_idle_cpus = sched_online_cpus = 0;
    sched_queued = 0;
    sched_vclock = 0;
}

int sched_init_cpu(unsigned cpu)
{
    struct sched_cpu *q = &sched_cpus[cpu];
    struct vcpu *v = hv_alloc(sizeof(*v));
    int ret;

    if (!v)
        return -XEN_ENOMEM;
    v->domain = idle_domain;
    v->id = cpu;
    v->cr3 = v->user_cr3 = v->info_mfn = MFN_INVALID;
    v->sched.cpu = cpu;
    v->sched.hard_affinity = v->sched.soft_affinity = CPUSET(cpu);
    v->sched.since = v->sched.charged = arch_now();
    v->sched.runstate = RUNSTATE_running;
    v->sched.running = true;
    list_init(&v->sched.queue);
    ret = arch_vcpu_init(v);
    if (ret) {
        hv_free(v);
        return ret;
    }
    timers_init_cpu(cpu);
    lock_init(&q->lock, LOCK_RUN_QUEUE);
    list_init(&q->queue);
    q->head_vtime = INT64_MAX;
    q->pending = false;
    q->vclock = 0;
    timer_init(&q->slice, slice_over, q, cpu);
    q->cur = q->idle = idle_dom.vcpu[cpu] = v;
    idle_dom.vcpu_max = max(idle_dom.vcpu_max, cpu + 1);
    sched_idle_cpus |= CPUSET(cpu);
    sched_online_cpus |= CPUSET(cpu);
    return 0;
}

uint64_t sched_idle_time(unsigned cpu)
{
    struct vcpu_runstate_info info;

    vcpu_runstate(sched_cpus[cpu].idle, &info);
    return info.time[RUNSTATE_running];
}
