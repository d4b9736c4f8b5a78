/* SPDX-License-Identifier: BSD-2-Clause */
/* Recomputes the scheduler's invariants (hv/sched.h). */
#include <hv/lib.h>

#include "queue.h"

static int audit_vcpu(struct vcpu *v)
{
    /* SC-1, one way and the other */
    int bad = v->sched.queued && (v->sched.running || !vcpu_runnable(v));

    bad += !v->sched.queued && !v->sched.running && vcpu_runnable(v);
    /* SC-2 */
    bad += (v->sched.queued || v->sched.running) && !allowed(v, v->sched.cpu) &&
           !sched_cpus[v->sched.cpu].pending;
    if (bad)
        log_err("sched audit: d%uv%u on CPU %u", v->domain->id, v->id, v->sched.cpu);
    return bad;
}

/* Only while the other CPUs are idle or stopped: takes no lock over all queues. */
int sched_audit(void)
{
    int bad = timer_audit();
    unsigned cpu, queued = 0;

    cpuset_for_each(cpu, all_cpus())
    {
        struct sched_cpu *q = &sched_cpus[cpu];
        int64_t before = INT64_MIN;
        struct list *p;

        list_for_each(p, &q->queue)
        {
            struct vcpu *v = list_entry(p, struct vcpu, sched.queue);
            bad += v->sched.cpu != cpu || v->sched.vtime < before;
            bad += audit_vcpu(v);
            before = v->sched.vtime;
            queued++;
        }
        bad += !q->cur->sched.running || q->cur->sched.cpu != cpu;
        if (!q->cur->domain->is_idle)
            bad += audit_vcpu(q->cur);
    }
    return bad + (queued != sched_queued);
}
