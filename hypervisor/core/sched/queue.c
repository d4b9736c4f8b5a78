/* SPDX-License-Identifier: BSD-2-Clause */
/* Run queues, run states and placement: which CPU a vCPU that may run waits on. */

#include "queue.h"

struct sched_cpu sched_cpus[HV_MAX_CPUS];
_Atomic cpuset_t sched_idle_cpus;
_Atomic unsigned sched_queued;
_Atomic int64_t sched_vclock;

struct sched_cpu *lock_queue_of(const struct vcpu *v) NO_THREAD_SAFETY_ANALYSIS
{
    for (;;) {
        unsigned cpu = shared_load(&v->sched.cpu);
        struct sched_cpu *q = &sched_cpus[cpu];
        lock(&q->lock);
        if (likely(v->sched.cpu == cpu))
            return q;
        unlock(&q->lock);
    }
}

void set_runstate(struct vcpu *v, int state, s_time_t now)
{
    v->sched.time[v->sched.runstate] += (uint64_t)(now - v->sched.since);
    v->sched.since = now;
    v->sched.runstate = state;
}

int idle_runstate(const struct vcpu *v)
{
    if (vcpu_runnable(v) || v->sched.flags == VPF_CAPPED)
        return RUNSTATE_runnable;
    return v->sched.flags & VPF_BLOCKED ? RUNSTATE_blocked : RUNSTATE_offline;
}

void count_runnable(struct vcpu *v, bool on)
{
    if (v->sched.counted == on)
        return;
    v->sched.counted = on;
    v->domain->sched.runnable += on ? 1u : -1u;
}

static void publish_head(struct sched_cpu *q) REQUIRES(q->lock)
{
    int64_t head = INT64_MAX;

    if (!list_empty(&q->queue))
        head = list_entry(q->queue.next, struct vcpu, sched.queue)->sched.vtime;
    atomic_store_explicit(&q->head_vtime, head, memory_order_relaxed);
}

void enqueue(struct sched_cpu *q, struct vcpu *v)
{
    struct list *p = q->queue.prev;

    while (p != &q->queue && list_entry(p, struct vcpu, sched.queue)->sched.vtime > v->sched.vtime)
        p = p->prev;
    list_add_head(&v->sched.queue, p);
    v->sched.queued = true;
    publish_head(q);
    sched_queued++; /* last: whoever sees it finds the vCPU */
}

void dequeue(struct sched_cpu *q, struct vcpu *v)
{
    list_del(&v->sched.queue);
    v->sched.queued = false;
    sched_queued--;
    publish_head(q);
}

/* The vCPU's work bit is set each time, not only with `pending`: the interrupt may be taken in a
 * preemption window, where nobody looks.  Without the lock q->cur may be the one just switched
 * from; its successor then takes the interrupt as it enters the guest. */
void resched(struct sched_cpu *q)
{
    bool known = atomic_exchange(&q->pending, true);

    atomic_fetch_or(&q->cur->work, VCPU_WORK_RESCHED);
    if (!known && cpu_of(q) != arch_cpu())
        arch_ipi_resched(cpu_of(q));
}

/* Takes an idle CPU of the set for oneself, so that two wake-ups do not count on the same one. */
static bool claim_idle(cpuset_t set, unsigned *out)
{
    unsigned cpu;

    cpuset_for_each(cpu, set)
    {
        if (atomic_fetch_and(&sched_idle_cpus, ~CPUSET(cpu)) & CPUSET(cpu)) {
            *out = cpu;
            return true;
        }
    }
    return false;
}

/* Where to wait: an idle CPU (the last one, one of the soft affinity, any), or the last one, or
 * any. */
static unsigned choose_cpu(struct vcpu *v)
{
    cpuset_t may = v->sched.hard_affinity & online_cpus(), idle = may & sched_idle_cpus;
    unsigned last = v->sched.cpu, cpu;

    if (!may)
        return last; /* what its affinity named is going: sched_cpu_out() comes to it, too */
    if (idle & CPUSET(last) && claim_idle(CPUSET(last), &cpu))
        return cpu;
    if (claim_idle(idle & v->sched.soft_affinity, &cpu) || claim_idle(idle, &cpu))
        return cpu;
    if (may & CPUSET(last))
        return last;
    return (unsigned)__builtin_ctzl(may & v->sched.soft_affinity ? may & v->sched.soft_affinity
                                                                 : may);
}

/* v was queued on q: does the CPU have to look? */
static void look_at(struct sched_cpu *q, struct vcpu *v) REQUIRES(q->lock)
{
    struct vcpu *cur = q->cur;
    unsigned other;

    if (cur->domain->is_idle || v->sched.vtime < cur->sched.vtime || !vcpu_runnable(cur) ||
        !q->slice.active)
        resched(q);
    if (!cur->domain->is_idle &&
        claim_idle(v->sched.hard_affinity & online_cpus() & sched_idle_cpus & ~CPUSET(cpu_of(q)),
                   &other))
        resched(&sched_cpus[other]); /* it will steal */
}

void place(struct vcpu *v, bool woken)
{
    struct sched_cpu *q;
    lock_vcpu(v, &q);
    bool moved = false;

    while (!v->sched.running && !v->sched.queued && vcpu_runnable(v)) {
        s_time_t now = arch_now();
        if ((woken && !moved) || !allowed(v, v->sched.cpu)) {
            unsigned cpu = choose_cpu(v);
            if (cpu != v->sched.cpu) {
                moved = true;
                v->sched.cpu = cpu;
                unlock(&q->lock);
                lock_vcpu(v, &q);
                continue;
            }
        }
        if (v->sched.runstate != RUNSTATE_runnable)
            set_runstate(v, RUNSTATE_runnable, now);
        credit_charge(q->cur, now); /* which had not to share with v until now */
        count_runnable(v, true);
        if (q->cur->domain->is_idle) /* whose clock stood still */
            q->vclock = max(q->vclock, (int64_t)sched_vclock);
        credit_enter(q, v, woken);
        enqueue(q, v);
        look_at(q, v);
        break;
    }
    unlock(&q->lock);
}
