/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on one vCPU's run state: wake, block, pause, affinity; and what it is told about time.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/lib.h>

#include "queue.h"

static void poll_timed_out(void *data)
{
    struct vcpu *v = data;

    if (v->sched.flags & VPF_POLL)
        vcpu_wake(v);
}

void sched_vcpu_init(struct vcpu *v, unsigned cpu)
{
    struct sched_vcpu *s = &v->sched;

    s->cpu = cpu;
    s->hard_affinity = s->soft_affinity = CPUSET_ALL;
    s->flags = VPF_DOWN;
    s->since = s->charged = arch_now();
    s->runstate = RUNSTATE_offline;
    list_init(&s->queue);
    timer_init(&v->poll_timer, poll_timed_out, v, cpu);
}

void sched_vcpu_destroy(struct vcpu *v)
{
    CHECK(!v->sched.running && !v->sched.queued);
    timer_kill(&v->poll_timer);
    count_runnable(v, false);
}

void vcpu_yield(struct vcpu *v)
{
    v->sched.yielded = true;
    resched(&sched_cpus[arch_cpu()]);
}

/* Not under the queue lock: the bits are atomic and the waker looks at them after making its event
 * visible. */
void vcpu_block(struct vcpu *v)
{
    v->sched.flags |= VPF_BLOCKED;
    atomic_thread_fence(memory_order_seq_cst);
    if (wanted(v))
        v->sched.flags &= ~VPF_BLOCKED;
    else
        resched(&sched_cpus[arch_cpu()]);
}

bool vcpu_poll(struct vcpu *v, uint32_t port)
{
    v->sched.poll_port = port;
    v->sched.flags |= VPF_BLOCKED | VPF_POLL;
    return wanted(v);
}

void vcpu_poll_sleep(struct vcpu *v, uint64_t timeout)
{
    if (timeout)
        timer_set(&v->poll_timer, deadline_from_guest(timeout));
    resched(&sched_cpus[arch_cpu()]);
}

void vcpu_wake(struct vcpu *v)
{
    uint32_t old = atomic_fetch_and(&v->sched.flags, ~(VPF_BLOCKED | VPF_POLL));

    if (unlikely(old & VPF_POLL) && v->poll_timer.active)
        timer_stop(&v->poll_timer);
    budget_draw(BUDGET_OP);
    place(v, true);
}

void vcpu_kick(struct vcpu *v)
{
    if (v->sched.flags & VPF_BLOCKED)
        vcpu_wake(v);
    else if (v->sched.running && v->sched.cpu != arch_cpu())
        arch_ipi_resched(v->sched.cpu);
}

void vcpu_recheck(struct vcpu *v)
{
    struct sched_cpu *q;
    lock_vcpu(v, &q);
    bool must_go = !vcpu_runnable(v) || !allowed(v, v->sched.cpu);

    if (v->sched.queued && must_go) {
        dequeue(q, v);
        if (!vcpu_runnable(v)) {
            count_runnable(v, false);
            set_runstate(v, idle_runstate(v), arch_now());
        }
    } else if (q->cur == v && must_go) {
        resched(q);
    } else if (!v->sched.running && v->sched.runstate != idle_runstate(v)) {
        set_runstate(v, idle_runstate(v), arch_now());
    }
    unlock(&q->lock);
    place(v, false);
}

void vcpu_pause_nosync(struct vcpu *v)
{
    v->sched.pause_count++;
    vcpu_recheck(v);
}

/* v's CPU may be waiting for us in arch_quiesce(), to free a domain before it lets go of v. */
void vcpu_sync(struct vcpu *v)
{
    while (shared_load_acquire(&v->sched.running) && sched_cpus[arch_cpu()].cur != v) {
        arch_relax();
        arch_quiescent();
    }
}

void vcpu_pause(struct vcpu *v)
{
    vcpu_pause_nosync(v);
    vcpu_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
    CHECK(v->sched.pause_count);
    if (--v->sched.pause_count == 0)
        place(v, true);
}

bool vcpu_up(struct vcpu *v)
{
    if (!(atomic_fetch_and(&v->sched.flags, ~VPF_DOWN) & VPF_DOWN))
        return false;
    place(v, true);
    return true;
}

bool vcpu_down(struct vcpu *v)
{
    if (atomic_fetch_or(&v->sched.flags, VPF_DOWN) & VPF_DOWN)
        return false;
    vcpu_recheck(v);
    return true;
}

void vcpu_set_whole(struct vcpu *v, bool whole)
{
    if (whole)
        atomic_fetch_and(&v->sched.flags, ~VPF_EMPTY);
    else
        atomic_fetch_or(&v->sched.flags, VPF_EMPTY);
    vcpu_recheck(v);
}

int vcpu_set_affinity(struct vcpu *v, cpuset_t hard, cpuset_t soft)
{
    struct sched_cpu *q;
    int err = 0;

    lock_vcpu(v, &q); /* first: sched_cpu_out() relies on it */
    if (!(hard & online_cpus())) {
        err = -XEN_EINVAL;
    } else if (v->sched.overridden) {
        err = -XEN_EBUSY;
    } else {
        v->sched.hard_affinity = hard;
        v->sched.soft_affinity = soft;
    }
    unlock(&q->lock);
    vcpu_recheck(v);
    return err;
}

int vcpu_pin_override(struct vcpu *v, int cpu)
{
    struct sched_vcpu *s = &v->sched;
    struct sched_cpu *q;
    cpuset_t one;
    int err = 0;

    lock_vcpu(v, &q); /* first, as above */
    one = cpu >= 0 && cpu < HV_MAX_CPUS ? CPUSET(cpu) & online_cpus() : 0;
    if (cpu < 0 && s->overridden) {
        s->hard_affinity = s->overridden & online_cpus() ? s->overridden : CPUSET_ALL;
        s->overridden = 0;
    } else if (!one) {
        err = -XEN_EINVAL;
    } else if (s->overridden) {
        err = -XEN_EBUSY;
    } else {
        s->overridden = s->hard_affinity;
        s->hard_affinity = one;
    }
    unlock(&q->lock);
    vcpu_recheck(v);
    return err;
}

void vcpu_runstate(const struct vcpu *v, struct vcpu_runstate_info *out)
{
    struct sched_cpu *q;
    lock_vcpu(v, &q);

    out->state = v->sched.runstate;
    out->state_entry_time = (uint64_t)v->sched.since;
    for (unsigned i = 0; i < ARRAY_SIZE(v->sched.time); i++)
        out->time[i] = v->sched.time[i];
    out->time[out->state] += (uint64_t)(arch_now() - v->sched.since);
    unlock(&q->lock);
}

uint64_t vcpu_cpu_time(const struct vcpu *v)
{
    struct vcpu_runstate_info info;

    vcpu_runstate(v, &info);
    return info.time[RUNSTATE_running];
}

/* The guest's copy of its run state: times up to state_entry_time, with the update flag if it asked
 * for that. */
static void write_runstate(struct vcpu *v)
{
    gva_t to = v->runstate_gva;
    bool flag = v->domain->vm_assist & 1UL << VMASST_TYPE_runstate_update_flag;
    struct vcpu_runstate_info info = {
        .state = v->sched.runstate,
        .state_entry_time = (uint64_t)v->sched.since,
    };
    gva_t entry = gva_add(to, offsetof(struct vcpu_runstate_info, state_entry_time));

    memcpy(info.time, v->sched.time, sizeof(info.time));
    if (flag) {
        info.state_entry_time |= XEN_RUNSTATE_UPDATE;
        if (guest_write_u64(entry, info.state_entry_time))
            return;
        atomic_thread_fence(memory_order_release);
    }
    if (guest_write(to, &info, sizeof(info)) || !flag)
        return;
    atomic_thread_fence(memory_order_release);
    guest_write_u64(entry, info.state_entry_time & ~XEN_RUNSTATE_UPDATE);
}

/* The registered copy of the time info, with the version protocol of vcpu_time_info: odd while it
 * changes. */
static void write_time(struct vcpu *v)
{
    struct vcpu_time_info t = v->info->time;
    uint32_t version = t.version;

    t.version = version | 1;
    if (guest_write_u32(v->time_gva, t.version))
        return;
    atomic_thread_fence(memory_order_release);
    if (guest_write(v->time_gva, &t, sizeof(t)))
        return;
    atomic_thread_fence(memory_order_release);
    guest_write_u32(v->time_gva, (version | 1) + 1);
}

void sched_update_areas(struct vcpu *v)
{
    v->sched.areas_stale = false;
    if (v->runstate_gva.a)
        write_runstate(v);
    if (v->time_gva.a)
        write_time(v);
}

void sched_enter_guest(struct vcpu *v)
{
    arch_update_vcpu_time(v);
    if (!v->runstate_gva.a && !v->time_gva.a)
        return;
    if (v->in_user)
        v->sched.areas_stale = true;
    else
        sched_update_areas(v);
}
