/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: an ordered list per CPU over the one-shot hardware timer.  A timer fires on the CPU that
 * set it last, with no lock held.  Two CPUs may not set one timer at the same time without a lock
 * of their own.
 */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include <hv/list.h>

struct timer {
    struct list link;
    s_time_t expires; /* ns since boot */
    void (*fn)(void *);
    void *data;
    unsigned cpu; /* on whose list it is or was last */
    bool active;
};

/* A deadline in ns since boot as a guest gave it: one that does not fit counts as past, as on
 * Xen. */
static inline s_time_t deadline_from_guest(uint64_t ns)
{
    return ns > (uint64_t)TIME_NEVER ? 0 : (s_time_t)ns;
}

void timers_init_cpu(unsigned cpu);
void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned cpu);
/* (Re)arms t on this CPU; a deadline in the past fires at once (from timer_softirq). */
void timer_set(struct timer *t, s_time_t expires);
void timer_stop(struct timer *t);
/* Stops t and waits until its function does not run on another CPU either. */
void timer_kill(struct timer *t);
/* arch: this CPU's one-shot fired: marks pending only. */
void timer_interrupt(void);
bool timer_pending(void);
/* Runs what is due; called by sched_softirq. */
void timer_softirq(void);
/* All timers of this CPU go to another's list, at once for who stops or kills one.  That CPU is then to
 * be made to take a decision.  Nothing is set here while this CPU is away. */
void timers_leave(unsigned to);
int timer_audit(void);

#endif
