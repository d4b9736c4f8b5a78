/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler's per-CPU state and the parts its files share. */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include <hv/sched.h>

/* A unit of virtual time is so much CPU time at the default weight: at the least weight, with
 * HV_MAX_VCPUS vCPUs on HV_MAX_CPUS CPUs, an int64_t of them lasts for 18 years (of ns: 6 days). */
#define VTIME_NS 1024

struct sched_cpu {
    struct spinlock lock;
    struct list queue; /* runnable vCPUs that wait, by vtime */
    struct vcpu *cur, *idle;
    _Atomic bool pending;       /* a decision is to be taken */
    int64_t vclock;             /* vtime of what was picked last; never goes back */
    _Atomic int64_t head_vtime; /* of the first queued, INT64_MAX: none; read without the lock */
    struct timer slice;
} __attribute__((aligned(64)));

extern struct sched_cpu sched_cpus[HV_MAX_CPUS];
extern _Atomic cpuset_t sched_idle_cpus; /* idle and not claimed by a wake-up yet */
extern _Atomic unsigned sched_queued;    /* vCPUs on all queues */
extern _Atomic int64_t sched_vclock;     /* the latest of all vclocks */

/* credit.c: policy.  The lock of v's queue is held. */
void credit_charge(struct vcpu *v, s_time_t now); /* accounts for CPU time up to now */
/* v is about to wait on q: limits how far it is behind or ahead. */
void credit_enter(struct sched_cpu *q, struct vcpu *v, bool woken) REQUIRES(q->lock);
bool credit_has_budget(struct vcpu *v, s_time_t now); /* false: v was parked (VPF_CAPPED) */
s_time_t credit_slice(const struct vcpu *v);          /* TIME_NEVER: no limit */

/* queue.c.  The lock of v's queue is held. */
struct sched_cpu *lock_queue_of(const struct vcpu *v);
static inline void lock_vcpu(const struct vcpu *v, struct sched_cpu **q)
    ACQUIRE((*q)->lock) NO_THREAD_SAFETY_ANALYSIS
{
    *q = lock_queue_of(v);
}
void set_runstate(struct vcpu *v, int state, s_time_t now);
int idle_runstate(const struct vcpu *v); /* of one that does not run */
void enqueue(struct sched_cpu *q, struct vcpu *v) REQUIRES(q->lock);
void dequeue(struct sched_cpu *q, struct vcpu *v) REQUIRES(q->lock);
void count_runnable(struct vcpu *v, bool on);
void resched(struct sched_cpu *q); /* the lock need not be held */
/* No lock held: puts v, if it is runnable and neither runs nor waits, on the best CPU's queue. */
void place(struct vcpu *v, bool woken);
/* vcpu.c.  v may have stopped being runnable, or where it may run changed: takes it off where it
 * must not be.  No lock held. */
void vcpu_recheck(struct vcpu *v);

static inline unsigned cpu_of(const struct sched_cpu *q)
{
    return (unsigned)(q - sched_cpus);
}
static inline bool allowed(const struct vcpu *v, unsigned cpu)
{
    return v->sched.hard_affinity & online_cpus() & CPUSET(cpu);
}

/* Is there something for v that its sleep must not keep waiting?  An NMI asks for no mask. */
static inline bool wanted(const struct vcpu *v)
{
    return (v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask) ||
           atomic_load_explicit(&v->work, memory_order_acquire) & VCPU_WORK_NMI;
}

#endif
