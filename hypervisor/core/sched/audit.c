/* SPDX-License-Identifier: BSD-2-Clause */
/* Recomputes the scheduler's invariants (hv/sched.h). */
#include <hv/lib.h>

#include "queue.h"

static int audit_vcpu(struct vcpu *v, bool quiet)
{
    int bad = 0;

    if (quiet) { /* SC-1, one way and the other; what lets v run changes without the lock */
        bad += v->sched.queued && (v->sched.running || !vcpu_runnable(v));
        bad += !v->sched.queued && !v->sched.running && vcpu_runnable(v);
    }
    /* SC-2 */
    bad += (v->sched.queued || v->sched.running) && !allowed(v, v->sched.cpu) &&
           !sched_cpus[v->sched.cpu].pending;
    return bad;
}

/* One CPU's queue. */
static int audit_queue(struct sched_cpu *q, bool quiet, unsigned *queued) REQUIRES(q->lock)
{
    int64_t before = INT64_MIN;
    struct list *p;
    int bad = 0;

    list_for_each(p, &q->queue)
    {
        struct vcpu *v = list_entry(p, struct vcpu, sched.queue);
        bad += !v->sched.queued || v->sched.cpu != cpu_of(q) || v->sched.vtime < before;
        bad += audit_vcpu(v, quiet);
        before = v->sched.vtime;
        ++*queued;
    }
    bad += !q->cur->sched.running || q->cur->sched.cpu != cpu_of(q);
    if (!q->cur->domain->is_idle)
        bad += audit_vcpu(q->cur, quiet);
    return bad;
}

int sched_audit(bool quiet)
{
    int bad = timer_audit();
    unsigned cpu, queued = 0;

    cpuset_for_each(cpu, all_cpus())
    {
        lock(&sched_cpus[cpu].lock);
        int found = audit_queue(&sched_cpus[cpu], quiet, &queued);
        unlock(&sched_cpus[cpu].lock);
        if (found) /* not said with the lock held */
            log_err("sched audit: %d on CPU %u", found, cpu);
        bad += found;
    }
    return bad + (quiet && queued != sched_queued);
}
