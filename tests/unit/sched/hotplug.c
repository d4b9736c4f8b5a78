/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs are taken out and in: no vCPU waits or runs where none may, and none is lost; affinities; timers
 * go with their order; and what others do meanwhile, at each instruction. */
#include <criterion/criterion.h>

#include "../step.h"
#include "host.h"
#include "queue.h"
#include "sim.h"

/* Where vCPUs wait and run: nowhere but on CPUs that are online. */
static void nobody_left_on(unsigned cpu)
{
    sim_settle();
    cr_expect(sched_current(cpu)->domain->is_idle);
    cr_expect(list_empty(&sched_cpus[cpu].queue));
    cr_expect(sim_asleep & CPUSET(cpu));
    cr_expect_eq(sched_audit(true), 0);
}

Test(hotplug, vcpus_go_elsewhere_and_come_back)
{
    sim_start(3);
    struct domain *a = sim_domain(4, 256, 0), *b = sim_domain(3, 256, 0);
    sim_run(MILLISECS(50));
    cr_assert_eq(sched_cpu_out(2), 0);
    nobody_left_on(2);
    sim_mark();
    sim_run(MILLISECS(600));
    cr_expect_gt(sim_used(a) + sim_used(b), MILLISECS(1190), "two CPUs are busy");
    cr_expect_lt(sim_used(a) + sim_used(b), MILLISECS(1210));
    cr_expect_gt(sim_used(b), MILLISECS(540), "and shared");
    for (unsigned i = 0; i < 4; i++)
        cr_expect_gt(vcpu_cpu_time(a->vcpu[i]), MILLISECS(50), "vCPU %u runs", i);
    cr_assert_eq(sched_cpu_out(1), 0);
    nobody_left_on(1);
    sim_mark();
    sim_run(MILLISECS(300));
    cr_expect_lt(sim_used(a) + sim_used(b), MILLISECS(310), "one is");
    sched_cpu_in(2);
    sched_cpu_in(1);
    sim_settle();
    cr_expect_eq(sim_asleep, 0);
    cr_expect_not(sched_current(1)->domain->is_idle);
    cr_expect_not(sched_current(2)->domain->is_idle);
    sim_mark();
    sim_run(MILLISECS(300));
    cr_expect_gt(sim_used(a) + sim_used(b), MILLISECS(890));
}

/* Sleepers that last slept there, one that wakes while all is idle, and none is put there. */
Test(hotplug, who_wakes_is_put_where_it_may_run)
{
    sim_start(2);
    struct domain *d = sim_domain(6, 256, 0);
    for (unsigned i = 0; i < 6; i++)
        sim_sleeper(d->vcpu[i], MICROSECS(100 + 30 * i), MICROSECS(400));
    for (unsigned i = 0; i < 20; i++) {
        sim_run(MILLISECS(7));
        cr_assert_eq(sched_cpu_out(1), 0);
        nobody_left_on(1);
        sim_run(MILLISECS(7));
        nobody_left_on(1);
        sched_cpu_in(1);
    }
    sim_mark();
    sim_run(MILLISECS(100));
    cr_expect_gt(sim_used(d), MILLISECS(100), "both work");
}

Test(hotplug, an_idle_cpu_that_went_is_claimed_by_nobody)
{
    sim_start(3);
    struct vcpu *v = sim_domain(1, 256, 0)->vcpu[0], *w;
    sim_settle();
    cr_assert_eq(sched_cpu_out(1), 0);
    cr_assert_eq(sched_cpu_out(2), 0);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
    host_log.ipis = 0;
    w = sim_domain(1, 256, 0)->vcpu[0];
    cr_expect_eq(w->sched.cpu, 0);
    cr_expect_eq(host_log.ipis, 0, "those that sleep are not woken");
    sim_run(MILLISECS(50));
    cr_expect_eq(host_log.ipis, 0);
    cr_expect_gt(vcpu_cpu_time(w), MILLISECS(15));
    sched_cpu_in(2);
    cr_expect_eq(host_log.ipis, CPUSET(2), "but by this, always");
    sched_cpu_in(2);
    sim_settle();
    cr_expect_not(sched_current(2)->domain->is_idle, "it takes one of the two");
}

Test(hotplug, asked_to_decide_before_it_is_woken)
{
    sim_start(2);
    cr_assert_eq(sched_cpu_out(1), 0);
    sim_settle();
    lock(&sched_cpus[1].lock);
    resched(&sched_cpus[1]); /* by one who saw it online: it sleeps on */
    unlock(&sched_cpus[1].lock);
    host_log.ipis = 0;
    sched_cpu_in(1);
    cr_expect_eq(host_log.ipis, CPUSET(1), "though a decision was asked for before");
}

Test(hotplug, affinity)
{
    sim_start(3);
    struct domain *d = sim_domain(3, 256, 0);
    struct vcpu *v = d->vcpu[0], *both = d->vcpu[1], *other = d->vcpu[2];
    sim_settle();
    cr_assert_eq(vcpu_set_affinity(v, CPUSET(1), CPUSET(1)), 0);
    cr_assert_eq(vcpu_set_affinity(both, CPUSET(0) | CPUSET(1), CPUSET(1)), 0);
    cr_assert_eq(vcpu_set_affinity(other, CPUSET(1), CPUSET_ALL), 0);
    vcpu_pause_nosync(other);
    sim_settle();
    cr_assert_eq(sched_cpu_out(1), 0);
    nobody_left_on(1);
    cr_expect_eq(v->sched.hard_affinity, CPUSET_ALL, "it named no other: dropped, as on Xen");
    cr_expect_eq(v->sched.soft_affinity, CPUSET(1));
    cr_expect_eq(both->sched.hard_affinity, CPUSET(0) | CPUSET(1), "stays");
    cr_expect_eq(other->sched.hard_affinity, CPUSET_ALL, "also of one that is not running");
    cr_expect_eq(vcpu_set_affinity(v, CPUSET(1), CPUSET_ALL), -XEN_EINVAL);
    cr_expect_eq(vcpu_set_affinity(v, CPUSET(1) | CPUSET(2), CPUSET_ALL), 0);
    cr_expect_eq(vcpu_pin_override(v, 1), -XEN_EINVAL);
    vcpu_unpause(other);
    sim_run(MILLISECS(50));
    for (unsigned i = 0; i < 3; i++)
        cr_expect_gt(vcpu_cpu_time(d->vcpu[i]), MILLISECS(20), "vCPU %u runs", i);
    sched_cpu_in(1);
    cr_expect_eq(vcpu_set_affinity(v, CPUSET(1), CPUSET_ALL), 0);
    sim_settle();
    cr_expect_eq(sched_current(1), v);
}

/* What a vCPU asked for by itself is kept, so the CPU stays; and what it comes back to may have gone. */
Test(hotplug, pinned_for_a_while)
{
    sim_start(3);
    struct vcpu *v = sim_domain(1, 256, 0)->vcpu[0];
    sim_settle();
    cr_assert_eq(vcpu_set_affinity(v, CPUSET(2), CPUSET_ALL), 0);
    cr_assert_eq(vcpu_pin_override(v, 1), 0);
    sim_settle();
    cr_expect_eq(sched_cpu_out(1), -XEN_EADDRINUSE);
    sim_settle();
    cr_expect_eq(online_cpus(), 7, "it is in again");
    cr_expect_eq(sim_asleep, 0);
    cr_expect_eq(sched_current(1), v);
    cr_expect_eq(sched_cpu_out(2), 0, "where it may run later");
    cr_expect_eq(vcpu_pin_override(v, -1), 0);
    cr_expect_eq(v->sched.hard_affinity, CPUSET_ALL);
    nobody_left_on(2);
    cr_expect_eq(sched_cpu_out(1), 0);
    nobody_left_on(1);
    cr_expect_eq(sched_current(0), v);
}

/* ---- timers ---- */
static unsigned order[8], fired;
static void note(void *data)
{
    order[fired++] = (unsigned)(uintptr_t)data;
}

Test(hotplug, timers_move_in_order)
{
    static const unsigned when[] = {5, 1, 7, 3, 2, 6, 4, 8}; /* even ones on CPU 1 */
    struct timer t[8], *first = NULL;

    sim_start(2);
    for (unsigned i = 0; i < 8; i++) {
        host_cpu = when[i] % 2 ? 0 : 1;
        timer_init(&t[i], note, (void *)(uintptr_t)when[i], host_cpu);
        timer_set(&t[i], (i == 1 ? 30 : when[i]) * 1000); /* of CPU 0: 3000 and later */
    }
    host_cpu = 0;
    host_now = 500;
    cr_assert_eq(sched_cpu_out(1), 0);
    sim_settle();
    cr_expect_leq(host_deadline[0], 2000, "CPU 0 has programmed what came");
    for (unsigned i = 0; i < 8; i++) {
        cr_expect_eq(t[i].cpu, 0);
        first = when[i] == 4 ? &t[i] : first;
    }
    timer_stop(first); /* who stops one finds it */
    sim_run(9000);
    cr_assert_eq(fired, 6);
    for (unsigned i = 1, last = 1; i < 6; last = order[i++])
        cr_expect_gt(order[i], last);
    sched_cpu_in(1);
    sim_settle();
    host_cpu = 1;
    timer_set(first, 20000);
    host_cpu = 0;
    cr_expect_eq(first->cpu, 1);
    sim_run(20000);
    cr_expect_eq(fired, 7);
    cr_expect_eq(timer_audit(), 0);
}

/* The hardware came for one just before: it is due, and nobody looks there any more. */
Test(hotplug, a_timer_that_is_due)
{
    struct timer t;

    sim_start(2);
    cr_assert_eq(sched_cpu_out(1), 0);
    host_cpu = 1;
    timer_init(&t, note, NULL, 1);
    timer_set(&t, 1000);
    host_now = 1500;
    host_log.ipis = 0;
    sched_leave();
    cr_expect_eq(host_log.ipis, CPUSET(0), "which is told");
    host_cpu = 0;
    cr_expect(timer_pending());
    cr_expect(sched_pending());
    sched_softirq();
    cr_expect_eq(fired, 1);
}

/* ---- what another CPU does meanwhile ---- */
static struct vcpu *v;
static void (*act)(void);
static bool away;

static void cpu_goes(void)
{
    cr_assert_eq(sched_cpu_out(1), 0);
}
static void meanwhile(void)
{
    const unsigned here = host_cpu;

    away = false;
    for (unsigned cpu = 0; cpu < 3; cpu++)
        away |= !step_lock_is_free(&sched_cpus[cpu].lock);
    if (away)
        return;
    host_cpu = 2;
    act();
    host_cpu = here;
}

/* v sleeps, last seen on CPU 1; CPU 0 is busy. */
static void asleep_on_1(void)
{
    sim_start(3);
    struct vcpu *busy = sim_domain(1, 256, 0)->vcpu[0];
    v = sim_domain(1, 256, 0)->vcpu[0];
    vcpu_set_affinity(busy, CPUSET(0), CPUSET_ALL);
    vcpu_set_affinity(v, CPUSET(1), CPUSET_ALL);
    sim_settle();
    vcpu_set_affinity(v, CPUSET_ALL, CPUSET_ALL);
    vcpu_pause_nosync(v);
    sim_settle();
    cr_assert_eq(v->sched.cpu, 1);
}
/* v sleeps, last seen on CPU 0, which is busy; it may run on 1, too. */
static void asleep_on_0(void)
{
    sim_start(3);
    struct vcpu *busy = sim_domain(1, 256, 0)->vcpu[0];
    v = sim_domain(1, 256, 0)->vcpu[0];
    vcpu_set_affinity(busy, CPUSET(0), CPUSET_ALL);
    vcpu_set_affinity(v, CPUSET(0), CPUSET_ALL);
    vcpu_pause_nosync(v);
    sim_settle();
    vcpu_set_affinity(v, CPUSET(0) | CPUSET(1), CPUSET_ALL);
    cr_assert_eq(v->sched.cpu, 0);
}
static void wake(void)
{
    vcpu_unpause(v);
}
static void pin_there(void)
{
    vcpu_set_affinity(v, CPUSET(1), CPUSET_ALL);
}
static void override_there(void)
{
    vcpu_pin_override(v, 1);
}

static void interleave(void (*asleep)(void), void (*first)(void), unsigned least)
{
    unsigned n = 0;

    act = cpu_goes;
    do {
        asleep();
        step_run(n, first, meanwhile);
        if (away || online_cpus() & CPUSET(1))
            cpu_goes();
        if (v->sched.pause_count)
            wake();
        if (!(online_cpus() & CPUSET(1)))
            cr_assert(!v->sched.queued || v->sched.cpu != 1, "waits there at instruction %u", n);
        sim_settle();
        cr_assert(v->sched.running || v->sched.queued, "lost at instruction %u", n);
        cr_assert_neq(v->sched.cpu, 1, "left there at instruction %u", n);
        cr_assert(v->sched.hard_affinity & online_cpus());
        nobody_left_on(1);
    } while (step_state.happened && ++n);
    cr_assert_gt(n, least);
}

Test(hotplug, one_wakes_while_its_cpu_goes)
{
    interleave(asleep_on_1, wake, 50);
}
Test(hotplug, one_is_put_there_while_it_goes)
{
    interleave(asleep_on_0, wake, 50);
}
Test(hotplug, one_is_pinned_there_while_it_goes)
{
    interleave(asleep_on_1, pin_there, 20);
}

/* Either the CPU stays, or the vCPU was refused. */
static int out;
static void cpu_may_go(void)
{
    out = sched_cpu_out(1);
}
Test(hotplug, one_pins_itself_there_while_it_goes)
{
    unsigned n = 0, refused = 0;

    act = cpu_may_go;
    do {
        asleep_on_1();
        wake();
        out = 1;
        step_run(n, override_there, meanwhile);
        if (out == 1)
            cpu_may_go();
        refused += out != 0;
        cr_assert_eq(out, v->sched.overridden ? -XEN_EADDRINUSE : 0, "instruction %u", n);
        cr_assert_eq(online_cpus(), v->sched.overridden ? 7 : 5);
        sim_settle();
        cr_assert(v->sched.running);
    } while (step_state.happened && ++n);
    cr_assert_gt(n, 10);
    cr_assert(refused && refused < n);
}

/* A timer is stopped, or moved to another CPU, while the CPU on whose list it is leaves. */
static struct timer timer, another;
static struct spinlock *timer_lock[3];
extern struct spinlock *witness_last;
static bool left;
static void leave(void)
{
    const unsigned here = host_cpu;

    away = false;
    for (unsigned cpu = 0; cpu < 3; cpu++)
        away |= !step_lock_is_free(timer_lock[cpu]) || !step_lock_is_free(&sched_cpus[cpu].lock);
    if (away)
        return;
    host_cpu = 1;
    sched_leave();
    host_cpu = here;
    left = true;
}
static void stop_it(void)
{
    timer_stop(&timer);
}
static void set_it(void)
{
    timer_set(&timer, 5000);
}
static void interleave_timers(void (*first)(void), bool is_set)
{
    unsigned n = 0;

    sim_start(3);
    for (host_cpu = 0; host_cpu < 3; host_cpu++) { /* whose lock is which */
        timer_init(&timer, note, NULL, host_cpu);
        timer_stop(&timer);
        timer_lock[host_cpu] = witness_last;
    }
    do {
        host_cpu = 1;
        timer_init(&timer, note, NULL, 1);
        timer_init(&another, note, NULL, 1);
        timer_set(&timer, 1000);
        timer_set(&another, 2000);
        host_cpu = 2;
        left = false;
        step_run(n, first, leave);
        if (!left)
            leave();
        cr_assert_eq(timer.active, is_set, "instruction %u", n);
        cr_assert(another.active && another.cpu == 0);
        timer_stop(&timer);
        timer_stop(&another);
        cr_assert_eq(timer_audit(), 0);
    } while (step_state.happened && ++n);
    cr_assert_gt(n, 10);
}
Test(hotplug, a_timer_is_stopped_while_it_moves)
{
    interleave_timers(stop_it, false);
}
Test(hotplug, a_timer_is_set_elsewhere_while_it_moves)
{
    interleave_timers(set_it, true);
}

/* ---- anything, in any order ---- */
static uint32_t seed;
static uint32_t rnd(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 4) * below >> 28);
}

static void act_at_random(unsigned cpus, struct vcpu *one)
{
    const unsigned cpu = 1 + rnd(cpus - 1);

    host_cpu = rnd(10) ? 0 : rnd(cpus);
    if (sim_asleep & CPUSET(host_cpu))
        host_cpu = 0;
    switch (rnd(6)) {
    case 0:
    case 1:
        if (online_cpus() & CPUSET(cpu))
            sched_cpu_out(cpu);
        break;
    case 2:
        sched_cpu_in(cpu);
        break;
    case 3:
        vcpu_set_affinity(one, 1 + rnd((1u << cpus) - 1), CPUSET_ALL);
        break;
    case 4:
        vcpu_pin_override(one, rnd(2) ? -1 : (int)rnd(cpus));
        break;
    default:
        vcpu_pause_nosync(one);
        vcpu_unpause(one);
    }
    host_cpu = 0;
}

Test(hotplug, at_random, .timeout = 300)
{
    for (unsigned run = 0; run < 40; run++) {
        struct domain *d[3];
        s_time_t before[3][4];

        seed = run * 99 + 7;
        const unsigned cpus = 2 + rnd(4);
        sim_start(cpus);
        for (unsigned i = 0; i < 3; i++)
            d[i] = sim_domain(4, 256, i == 2 ? 50 : 0);
        for (unsigned i = 0; i < 4; i++)
            sim_sleeper(d[1]->vcpu[i], MICROSECS(50 + rnd(900)), MICROSECS(50 + rnd(900)));
        for (unsigned step = 0; step < 150; step++) {
            act_at_random(cpus, d[rnd(3)]->vcpu[rnd(4)]);
            sim_run(MICROSECS(rnd(3000)));
            cr_assert_eq(sim_asleep, all_cpus() & ~online_cpus(), "run %u", run);
        }
        for (unsigned i = 0; i < 12; i++)
            before[i / 4][i % 4] = (s_time_t)vcpu_cpu_time(d[i / 4]->vcpu[i % 4]);
        sim_run(SECONDS(1));
        for (unsigned i = 0; i < 12; i++)
            cr_assert_gt((s_time_t)vcpu_cpu_time(d[i / 4]->vcpu[i % 4]), before[i / 4][i % 4],
                         "run %u: d%uv%u is lost", run, i / 4, i % 4);
    }
}
