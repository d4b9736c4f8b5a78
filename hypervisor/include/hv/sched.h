/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling: vCPU run states, the credit policy (weight, cap, boost), per-CPU run queues, timers.
 *
 * Invariants (sched_audit):
 *   SC-1 a vCPU is on a run queue iff it is runnable and not running
 *   SC-2 a vCPU runs on at most one CPU, one that its hard affinity allows
 *   SC-3 runstate times add up to the vCPU's age
 *   SC-4 the timer queue of a CPU is ordered and its hardware deadline is the head's
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/domain.h>

/* sched.flags: why a vCPU does not run. */
#define VPF_BLOCKED 1u
#define VPF_DOWN    2u   /* not brought up (VCPUOP_up) */
#define VPF_POLL    4u   /* in SCHEDOP_poll */

void sched_init(void);                       /* boot CPU; then sched_init_cpu on each */
void sched_init_cpu(unsigned cpu);
/* The idle loop's vCPU of a CPU, and who runs there now (arch keeps `current`; this is sched's view). */
struct vcpu *sched_idle_vcpu(unsigned cpu);
int sched_vcpu_init(struct vcpu *v, unsigned cpu);
void sched_vcpu_destroy(struct vcpu *v);

/* Take a scheduling decision on this CPU now, ending in arch_context_switch if it changes. Called by arch when
 * VCPU_WORK_RESCHED is set on the way back to a guest, and by the idle loop. */
void sched_softirq(void);
bool sched_pending(void);                    /* this CPU has a decision to take */
void sched_yield(struct vcpu *v);
void sched_block(struct vcpu *v);            /* re-checks pending events: may return at once */
void vcpu_wake(struct vcpu *v);              /* from blocked/polling/paused state: make it runnable if nothing else holds it */
/* An event became pending for v: wake it if blocked, or make the CPU it runs on notice. */
void vcpu_kick(struct vcpu *v);
void vcpu_pause(struct vcpu *v);             /* nested; waits until it is off its CPU (unless it is the caller) */
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
int vcpu_set_affinity(struct vcpu *v, cpuset_t hard, cpuset_t soft);
/* Runstate with the time in the current state added. */
void vcpu_runstate(const struct vcpu *v, struct vcpu_runstate_info *out);
uint64_t vcpu_cpu_time(const struct vcpu *v); /* ns running */
/* The switch is complete (called by arch on the CPU after it left prev's stack and tables). */
void sched_switched(struct vcpu *prev);

/* ---- timers ---- */
struct timer {
    struct list link;
    s_time_t expires;
    void (*fn)(void *);
    void *data;
    unsigned cpu;
    bool active;
};
void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned cpu);
void timer_set(struct timer *t, s_time_t expires);
void timer_stop(struct timer *t);
void timer_interrupt(void);                  /* arch: this CPU's one-shot fired (marks pending only) */
void timer_softirq(void);                    /* runs what is due; called with sched_softirq */

long op_sched_op(struct vcpu *cur, uint64_t cmd, uint64_t arg);
long op_set_timer_op(struct vcpu *cur, uint64_t deadline);
int sched_audit(void);

#endif
