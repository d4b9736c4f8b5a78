/* SPDX-License-Identifier: BSD-2-Clause */
/* What another CPU does in the middle of an operation, at each of its instructions: no wake-up is
 * lost, no CPU idles while one waits, and whoever moved meanwhile is found where it is. */
#include <criterion/criterion.h>

#include <hv/evtchn.h>

#include "../step.h"
#include "host.h"
#include "queue.h"
#include "sim.h"

struct spinlock *witness_last;
static struct vcpu *v;
static struct sched_cpu *found;
static struct spinlock *timer_lock[3];
static struct timer timer;

static bool locks_are_free(void)
{
    bool is_free = true;

    for (unsigned cpu = 0; cpu < 3; cpu++)
        is_free &= step_lock_is_free(&sched_cpus[cpu].lock);
    for (unsigned cpu = 0; cpu < 3 && timer_lock[cpu]; cpu++)
        is_free &= step_lock_is_free(timer_lock[cpu]);
    return is_free;
}

/* Nobody else can do anything at an instruction where a lock that it needs is held. */
static bool away;
static void elsewhere(unsigned cpu, void (*act)(void))
{
    unsigned here = host_cpu;

    away = !locks_are_free();
    if (away)
        return;
    host_cpu = cpu;
    act();
    host_cpu = here;
}

static struct vcpu *one_running(unsigned cpus)
{
    sim_start(cpus);
    v = sim_domain(1, 256, 0)->vcpu[0];
    sim_settle();
    cr_assert_eq(sched_current(0), v);
    return v;
}

static void block(void)
{
    vcpu_block(v);
}
static void event(void)
{
    fake_pending_port = 7;
    evtchn_virq_vcpu(v, VIRQ_TIMER);
}
static void event_elsewhere(void)
{
    elsewhere(1, event);
}

Test(race, block_and_event)
{
    unsigned n = 0;

    do {
        one_running(2)->info->evtchn_upcall_pending = 0;
        if (step_run(n, block, event_elsewhere) && !away)
            cr_assert_not(v->sched.flags & VPF_BLOCKED, "lost at instruction %u", n);
    } while (step_state.happened && ++n);
    cr_assert_gt(n, 10);
}

static void poll(void)
{
    static uint32_t port = 7;
    struct sched_poll p = {.nr_ports = 1};

    p.ports.p = &port;
    op_sched_op(v, SCHEDOP_poll, GVA((uint64_t)&p));
}
/* As the event room: pending first, then whoever polls is woken. */
static void polled_event(void)
{
    fake_pending_port = 7;
    if (v->sched.flags & VPF_POLL)
        vcpu_wake(v);
}
static void polled_event_elsewhere(void)
{
    elsewhere(1, polled_event);
}

Test(race, poll_and_event)
{
    unsigned n = 0;

    do {
        one_running(2)->info->evtchn_upcall_pending = 0;
        fake_pending_port = 0;
        if (step_run(n, poll, polled_event_elsewhere) && !away)
            cr_assert_not(v->sched.flags & VPF_BLOCKED, "lost at instruction %u", n);
    } while (step_state.happened && (n += 3));
    cr_assert_gt(n, 50);
}

static void lock_it(void)
{
    lock_vcpu(v, &found);
}
static void move(void)
{
    struct sched_cpu *q;
    lock_vcpu(v, &q);
    v->sched.cpu = 1;
    unlock(&q->lock);
}
static void move_elsewhere(void)
{
    elsewhere(1, move);
}

Test(race, lock_follows_a_vcpu_that_moves)
{
    unsigned n = 0;

    do {
        one_running(2);
        vcpu_pause_nosync(v); /* off its CPU, on no queue */
        sim_settle();
        step_run(n, lock_it, move_elsewhere);
        cr_assert_eq(found, &sched_cpus[v->sched.cpu], "instruction %u", n);
        unlock(&found->lock);
    } while (step_state.happened && ++n);
    cr_assert_gt(n, 10);
}

static void nothing(void *data)
{
    (void)data;
}
static void stop_it(void)
{
    timer_stop(&timer);
}
static void set_it(void)
{
    timer_set(&timer, 5000);
}
static void set_elsewhere(void)
{
    elsewhere(2, set_it);
}

Test(race, lock_follows_a_timer_that_moves)
{
    unsigned n = 0;

    sim_start(3);
    for (host_cpu = 0; host_cpu < 3; host_cpu++) { /* whose lock is which */
        timer_init(&timer, nothing, NULL, host_cpu);
        timer_stop(&timer);
        timer_lock[host_cpu] = witness_last;
    }
    do {
        host_cpu = 1;
        timer_init(&timer, nothing, NULL, 1);
        timer_set(&timer, 1000);
        host_cpu = 0;
        step_run(n, stop_it, set_elsewhere);
        if (timer.cpu == 2 && !timer.active) /* moved before it was stopped */
            cr_assert_eq(witness_last, timer_lock[2], "instruction %u", n);
        timer_stop(&timer);
        cr_assert_eq(timer_audit(), 0);
    } while (step_state.happened && ++n);
    cr_assert_gt(n, 10);
}

static struct domain *late;
static void go_idle(void)
{
    sched_softirq();
}
static void wake_late(void)
{
    vcpu_wake(late->vcpu[0]);
}
/* It needs the lock of CPU 0, where it slept, and of CPU 1 if that is said to be idle. */
static void wake_elsewhere(void)
{
    away = !step_lock_is_free(&sched_cpus[0].lock) ||
           (sched_idle_cpus & CPUSET(1) && !step_lock_is_free(&sched_cpus[1].lock));
    if (away)
        return;
    host_cpu = 0;
    wake_late();
    host_cpu = 1;
}

/* CPU 1 is about to go idle, `late` may wake on busy CPU 0, where one waits already that must not
 * run elsewhere: so CPU 0 has its slice timer and sees no reason to decide now. */
static void before_idle(void)
{
    one_running(2);
    struct vcpu *sleepy = sim_domain(1, 256, 0)->vcpu[0];
    sim_settle();
    cr_assert_eq(sched_current(1), sleepy);
    struct vcpu *pinned = sim_domain(1, 256, 0)->vcpu[0];
    vcpu_set_affinity(pinned, CPUSET(0), CPUSET_ALL);
    sim_settle();
    cr_assert_eq(sched_current(1), sleepy);
    late = sim_domain(1, 256, 0);
    vcpu_pause_nosync(late->vcpu[0]);
    sim_settle();
    late->vcpu[0]->sched.cpu = 0;
    late->vcpu[0]->sched.pause_count = 0;       /* as one that slept */
    late->vcpu[0]->sched.vtime = INT64_MAX / 2; /* and is not urgent */
    host_cpu = 1;
    sleepy->info->evtchn_upcall_pending = 0;
    vcpu_block(sleepy);
}

static bool said;
static void ask(void)
{
    said = sched_idle_cpus & CPUSET(1);
}
/* Has CPU 1 said that it is idle by its n-th instruction? */
static bool said_by(unsigned n)
{
    before_idle();
    bool there = step_run(n, go_idle, ask);
    host_cpu = 0;
    return !there || said;
}

/* CPU 1 goes idle while a vCPU is queued on busy CPU 0: one of the two notices the other.  It is
 * told from others' queues by its last look at them, which is shortly before it says that it is
 * idle. */
Test(race, no_cpu_goes_idle_past_one_that_waits)
{
    unsigned before = 0, after = 1, asked = 0;

    while (!said_by(after))
        after *= 2;
    while (after - before > 1) {
        unsigned mid = (before + after) / 2;
        *(said_by(mid) ? &after : &before) = mid;
    }
    cr_assert_gt(before, 150);
    for (unsigned n = before - 150; n < after + 10; n++) {
        before_idle();
        step_run(n, go_idle, wake_elsewhere);
        host_cpu = 0;
        if (!step_state.happened || away)
            continue;
        asked++;
        cr_assert(sched_current(1) == late->vcpu[0] || sched_cpus[1].pending,
                  "CPU 1 idles, instruction %u", n);
    }
    cr_assert_gt(asked, 50);
}
