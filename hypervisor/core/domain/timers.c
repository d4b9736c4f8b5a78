/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest's own timers do when they fire: VIRQ_TIMER of a vCPU, the domain's watchdogs. */
#include <hv/evtchn.h>
#include <hv/lib.h>

#include "room.h"

/* A guest finds a tick of 100 Hz when it starts. */
#define PERIOD_AT_START MILLISECS(10)

static void singleshot_fired(void *data)
{
    evtchn_virq_vcpu(data, VIRQ_TIMER);
}

/* Ticks only a vCPU that runs; decide() sets the timer of one that comes back. */
static void periodic_fired(void *data)
{
    struct vcpu *v = data;

    if (!v->sched.running || !v->periodic_period)
        return;
    timer_set(&v->periodic, max(v->periodic.expires + v->periodic_period, arch_now() + 1));
    evtchn_virq_vcpu(v, VIRQ_TIMER);
}

static void watchdog_fired(void *data)
{
    struct domain *d = data;

    if (d->dying || d->shutting_down)
        return;
    guest_log(d, LOG_WARNING, "watchdog fired: the domain is shut down");
    domain_shutdown(d, SHUTDOWN_watchdog);
}

void vcpu_timers_init(struct vcpu *v, unsigned cpu)
{
    timer_init(&v->singleshot, singleshot_fired, v, cpu);
    timer_init(&v->periodic, periodic_fired, v, cpu);
    v->periodic_period = PERIOD_AT_START;
}

void vcpu_timers_kill(struct vcpu *v)
{
    v->periodic_period = 0; /* so that the timer does not set itself again */
    timer_kill(&v->singleshot);
    timer_kill(&v->periodic);
}

void watchdogs_init(struct domain *d)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->sched.watchdog); i++)
        timer_init(&d->sched.watchdog[i], watchdog_fired, d, arch_cpu());
}

void watchdogs_kill(struct domain *d)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->sched.watchdog); i++)
        timer_kill(&d->sched.watchdog[i]);
}
