/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs where vCPUs may run, and no more (arch/x86_64/trap/park.c has the order of all steps).
 *
 * A vCPU is put on a queue, or its affinity changed, by who holds the lock of its queue and looks at sched_online_cpus
 * then.  sched_cpu_out() clears the bit and then takes that lock once for each vCPU.  So for each, in either order:
 * who came first has it waiting or running there, which is found here and ended; who comes later
 * sees that the CPU has gone.
 */
#include <hv/budget.h>
#include <hv/lib.h>

#include "queue.h"

_Atomic cpuset_t sched_online_cpus;

/* v must not wait for, or run on, CPUs that have gone.  An affinity that names no other is dropped for
 * good, as on Xen; false: v pinned itself there for a while. */
static bool evict(struct vcpu *v)
{
    struct sched_cpu *q;
    bool lost, pinned;

    lock_vcpu(v, &q);
    lost = !(v->sched.hard_affinity & online_cpus());
    pinned = lost && v->sched.overridden;
    if (lost && !pinned)
        v->sched.hard_affinity = CPUSET_ALL;
    unlock(&q->lock);
    if (pinned)
        return false;
    if (lost)
        log_warn("d%uv%u: its CPUs are offline: it may run on any\n", v->domain->id, v->id);
    vcpu_recheck(v);
    return true;
}

/* Has the CPU decide. */
static void kick(unsigned cpu)
{
    struct sched_cpu *q = &sched_cpus[cpu];

    lock(&q->lock);
    resched(q);
    unlock(&q->lock);
}

/* The windows are none for D-1, so domains and vCPUs found stay. */
int sched_cpu_out(unsigned cpu)
{
    struct vcpu *v;

    atomic_fetch_and(&sched_online_cpus, ~CPUSET(cpu));
    for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1u)) {
        for_each_vcpu(d, v)
        {
            if (!evict(v)) {
                sched_cpu_in(cpu);
                return -XEN_EADDRINUSE;
            }
            budget_draw(BUDGET_OP);
            (void)budget_look();
        }
    }
    kick(cpu);
    return 0;
}

void sched_cpu_in(unsigned cpu)
{
    atomic_fetch_or(&sched_online_cpus, CPUSET(cpu));
    kick(cpu);
    if (cpu != arch_cpu())
        arch_ipi_resched(cpu); /* also one that sleeps with a decision asked for */
}

void sched_leave(void)
{
    timers_leave(0);
    kick(0);
}
