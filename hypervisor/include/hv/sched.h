/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling: vCPU run states, the credit policy (weight, cap, boost), per-CPU run queues.
 *
 * Policy: credit is kept as virtual time.  A domain's is the CPU time of all its vCPUs x 256 /
 * weight; a vCPU's is its own x 256 x (runnable vCPUs of its domain) / weight.  The queued vCPU
 * with the least runs next, on whichever CPU its affinity allows.  One that wakes starts at most
 * LAG before its domain, and BOOST before the CPU's clock or as far as its domain is (credit.c), so
 * that a domain neither gains nor loses by what its vCPUs do: taking turns, sleeping, yielding.
 * One all of whose vCPUs slept starts at most LAG behind.  A capped domain has a budget per period;
 * its vCPUs are parked when it is used up.  There is no periodic tick: a slice timer runs only while
 * somebody waits.
 *
 * Invariants (sched_audit):
 *   SC-1 a vCPU is on a run queue iff it is runnable and not running
 *   SC-2 a vCPU runs on at most one CPU, one that its hard affinity allows
 *   SC-3 runstate times add up to the vCPU's age
 *   SC-4 the timer queue of a CPU is ordered and its hardware deadline is not later than the head's
 *        (earlier if another CPU took the head away)
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/domain.h>

/* sched.flags: why a vCPU does not run. */
#define VPF_BLOCKED 1u
#define VPF_DOWN    2u  /* not brought up (VCPUOP_up) */
#define VPF_POLL    4u  /* in SCHEDOP_poll (VPF_BLOCKED is set, too) */
#define VPF_CAPPED  8u  /* the domain's cap is used up */
#define VPF_EMPTY   16u /* has no context: there is nothing to run */

#define SCHED_WEIGHT_DEFAULT 256
#define SCHED_SLICE          MILLISECS(10)
#define SCHED_CAP_PERIOD     MILLISECS(30)

/* Boot: after the allocator. Makes idle_domain. Then sched_init_cpu for each CPU (0 first;
 * -XEN_ENOMEM), before that CPU takes part; it begins as running its idle vCPU. */
void sched_init(void);
int sched_init_cpu(unsigned cpu);
/* The idle loop's vCPU of a CPU, and who runs there now (arch keeps `current`; this is sched's
 * view). */
struct vcpu *sched_idle_vcpu(unsigned cpu);
struct vcpu *sched_current(unsigned cpu);
/* Where vCPUs may run, which is what the tools call online: all CPUs but those that the control
 * domain took out.  Asked with the lock of a vCPU's queue held when it decides over that vCPU. */
extern _Atomic cpuset_t sched_online_cpus;
static inline cpuset_t online_cpus(void)
{
    return atomic_load_explicit(&sched_online_cpus, memory_order_relaxed);
}
/* Takes a CPU other than 0 out, and back in : none of its vCPUs is lost.  -XEN_EADDRINUSE: a vCPU
 * has pinned itself there. */
int sched_cpu_out(unsigned cpu);
void sched_cpu_in(unsigned cpu);
void sched_leave(void); /* arch, on a CPU that was taken out and is idle: its timers go to CPU 0 */
void sched_vcpu_init(struct vcpu *v, unsigned cpu);
void sched_vcpu_destroy(struct vcpu *v);

/* Take a scheduling decision on this CPU now, ending in arch_context_switch if it changes. Called
 * by arch when VCPU_WORK_RESCHED is set on the way back to a guest, and by the idle loop. */
void sched_softirq(void);
void sched_soon(void);    /* have this CPU run sched_softirq before the guest */
bool sched_pending(void); /* this CPU has a decision to take */
void vcpu_yield(struct vcpu *v);
void vcpu_block(struct vcpu *v); /* re-checks pending events: may return at once */
void vcpu_wake(struct vcpu *v);  /* from blocked/polling/paused state: make it runnable if nothing
                                    else holds it */
/* SCHEDOP_poll of the vCPU that runs here: v counts as one that sleeps for an event on `port` (0:
 * on any) from now on, so that an event wakes it; true: it must not, vcpu_wake ends it.  Then it
 * really sleeps, until `timeout` (ns since boot as the guest gave it; 0: for ever). */
bool vcpu_poll(struct vcpu *v, uint32_t port);
void vcpu_poll_sleep(struct vcpu *v, uint64_t timeout);
/* An event became pending for v: wake it if blocked, or make the CPU it runs on notice. */
void vcpu_kick(struct vcpu *v);
void vcpu_pause(
    struct vcpu *v); /* nested; waits until it is off its CPU (unless it is the caller) */
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_sync(struct vcpu *v); /* waits until a paused v is off its CPU; no lock held */
void vcpu_unpause(struct vcpu *v);
bool vcpu_up(struct vcpu *v); /* VCPUOP_up / down: false if it already was */
bool vcpu_down(struct vcpu *v);
/* Does v have a context?  One without is never chosen, whoever brings it up or wakes it. */
static inline bool vcpu_whole(const struct vcpu *v)
{
    return !(v->sched.flags & VPF_EMPTY);
}
void vcpu_set_whole(struct vcpu *v, bool whole);
static inline bool vcpu_runnable(const struct vcpu *v)
{
    return !v->sched.flags && !v->sched.pause_count;
}
/* -XEN_EINVAL: no such CPU; -XEN_EBUSY: the guest has pinned it. */
int vcpu_set_affinity(struct vcpu *v, cpuset_t hard, cpuset_t soft);
/* Pins v to @cpu until the same with a negative one; -XEN_EINVAL: no such CPU, or v was not pinned;
 * -XEN_EBUSY: it is pinned already. */
int vcpu_pin_override(struct vcpu *v, int cpu);
/* Runstate with the time in the current state added. */
void vcpu_runstate(const struct vcpu *v, struct vcpu_runstate_info *out);
uint64_t vcpu_cpu_time(const struct vcpu *v); /* ns running */
/* The switch is complete (called by arch on the CPU after it left prev's stack and tables). */
void sched_switched(struct vcpu *prev);

/* arch, with the guest kernel's tables loaded and VCPU_WORK_TIME set: refreshes the vCPU's time
 * info and writes its registered areas. While v->in_user the areas must wait: v->sched.areas_stale
 * is then set, and arch calls sched_update_areas when it switches to the guest kernel. */
void sched_enter_guest(struct vcpu *v);
void sched_update_areas(struct vcpu *v);
void sched_domain_init(struct domain *d);
void sched_domain_destroy(struct domain *d);
int sched_set_params(struct domain *d, uint16_t weight,
                     uint16_t cap);     /* weight >= 1, else -XEN_EINVAL */
uint64_t sched_idle_time(unsigned cpu); /* ns */

/* The number of invariants that are broken.  `quiet`: nothing else runs meanwhile, so that those
 * are asked, too, which another CPU breaks for a moment. */
int sched_audit(bool quiet);

#endif
