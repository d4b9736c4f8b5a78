/* SPDX-License-Identifier: BSD-2-Clause */
/* Fairness: weights, caps, pins, wake-ups, against the manual clock. */
#include <criterion/criterion.h>

#include "host.h"
#include "sim.h"

#define WINDOW SECONDS(2)

/* What d used is `share` thousandths of the window, within `tolerance` thousandths. */
static void expect_share(const struct domain *d, s_time_t window, int share, int tolerance)
{
    int got = (int)(sim_used(d) * 1000 / window);

    cr_expect(got >= share - tolerance && got <= share + tolerance,
              "d%u: %d thousandths of a CPU, expected %d", d->id, got, share);
}

static void measure(s_time_t window)
{
    sim_run(MILLISECS(300));
    sim_mark();
    sim_run(window);
}

Test(credit, weights_one_cpu)
{
    sim_start(1);
    struct domain *a = sim_domain(1, 256, 0), *b = sim_domain(1, 512, 0);
    measure(WINDOW);
    expect_share(a, WINDOW, 333, 10);
    expect_share(b, WINDOW, 667, 10);
}

Test(credit, weights_two_cpus_three_guests_and_dom0)
{
    sim_start(2);
    struct domain *d0 = sim_domain(2, 256, 0);
    struct domain *a = sim_domain(1, 256, 0), *b = sim_domain(1, 512, 0),
                  *c = sim_domain(1, 512, 0);
    for (unsigned i = 0; i < 2; i++)
        sim_sleeper(d0->vcpu[i], MICROSECS(100), MILLISECS(5));
    measure(WINDOW);
    cr_expect_geq(sim_used(d0), WINDOW * 2 * 17 / 1000, "dom0 gets what it asks for");
    s_time_t left = 2 * WINDOW - sim_used(d0);
    expect_share(a, left, 200, 8);
    expect_share(b, left, 400, 16);
    expect_share(c, left, 400, 16);
}

/* A weight that claims more than a CPU cannot be given more; the others share the rest. */
Test(credit, weight_above_a_whole_cpu)
{
    sim_start(2);
    struct domain *big = sim_domain(1, 10000, 0);
    struct domain *a = sim_domain(1, 256, 0), *b = sim_domain(1, 256, 0);
    measure(SECONDS(4));
    expect_share(big, SECONDS(4), 1000, 5);
    expect_share(a, SECONDS(4), 500, 10);
    expect_share(b, SECONDS(4), 500, 10);
}

Test(credit, weights_when_pinned_together)
{
    sim_start(2);
    struct domain *a = sim_domain(1, 256, 0), *b = sim_domain(1, 512, 0);
    cr_assert_eq(vcpu_set_affinity(a->vcpu[0], CPUSET(1), CPUSET_ALL), 0);
    cr_assert_eq(vcpu_set_affinity(b->vcpu[0], CPUSET(1), CPUSET_ALL), 0);
    measure(WINDOW);
    expect_share(a, WINDOW, 333, 10);
    expect_share(b, WINDOW, 667, 10);
    cr_expect(sched_current(0)->domain->is_idle);
}

/* The weight is the domain's, however many vCPUs share it. */
Test(credit, weight_is_per_domain)
{
    sim_start(2);
    struct domain *one = sim_domain(1, 256, 0), *many = sim_domain(6, 256, 0);
    measure(SECONDS(4));
    expect_share(one, SECONDS(4), 1000, 40);
    expect_share(many, SECONDS(4), 1000, 40);
}

Test(credit, hundred_guests)
{
    struct domain *d[100];

    sim_start(4);
    for (unsigned i = 0; i < 100; i++)
        d[i] = sim_domain(1, i < 50 ? 256 : 512, 0);
    measure(SECONDS(20));
    for (unsigned i = 0; i < 100; i++)
        expect_share(d[i], SECONDS(20), i < 50 ? 27 : 53, 3);
}

Test(credit, cap_alone)
{
    sim_start(1);
    struct domain *a = sim_domain(1, 256, 30);
    measure(WINDOW);
    expect_share(a, WINDOW, 300, 5);
}

Test(credit, cap_of_several_vcpus)
{
    sim_start(2);
    struct domain *a = sim_domain(2, 256, 50), *b = sim_domain(2, 256, 0);
    measure(WINDOW);
    expect_share(a, WINDOW, 500, 10);
    expect_share(b, WINDOW, 1500, 10);
}

/* Those that wait when the budget is gone do not get a moment each. */
Test(credit, cap_of_many_in_one_period)
{
    sim_start(1);
    struct domain *a = sim_domain(16, 256, 10);
    sim_run(SCHED_CAP_PERIOD);
    cr_expect_leq(sim_used(a), SCHED_CAP_PERIOD / 10 + MICROSECS(500));
    cr_expect_geq(sim_used(a), SCHED_CAP_PERIOD / 10);
}

Test(credit, cap_above_one_cpu)
{
    sim_start(4);
    struct domain *a = sim_domain(4, 256, 150);
    measure(WINDOW);
    expect_share(a, WINDOW, 1500, 15);
}

/* A cap that leaves more than the weights give changes nothing, not even how long one runs alone
 * when the other is between two queues. */
Test(credit, cap_that_does_not_bind)
{
    sim_start(2);
    struct domain *a = sim_domain(1, 128, 128), *b = sim_domain(2, 512, 0);
    measure(WINDOW);
    expect_share(a, WINDOW, 400, 20);
    expect_share(b, WINDOW, 1600, 20);
}

/* Periods that nobody used are gone: the next ones pay no more for them. */
Test(credit, cap_after_a_long_sleep)
{
    sim_start(1);
    struct domain *a = sim_domain(1, 256, 30);
    sim_run(MILLISECS(100));
    while (sched_current(0) != a->vcpu[0])
        sim_run(MILLISECS(1));
    a->vcpu[0]->info->evtchn_upcall_pending = 0;
    vcpu_block(a->vcpu[0]);
    sim_run(SECONDS(5));
    vcpu_wake(a->vcpu[0]);
    sim_mark();
    sim_run(MILLISECS(300));
    cr_expect_leq(sim_used(a), MILLISECS(90 + 2 * 9));
    cr_expect_geq(sim_used(a), MILLISECS(90 - 9));
}

/* Three begin one after another on two CPUs, nobody ever sleeps: all the same they share. */
Test(credit, those_who_run_without_a_timer_are_asked)
{
    struct domain *d[3];

    sim_start(2);
    for (unsigned i = 0; i < 3; i++) {
        d[i] = sim_domain(1, 256, 0);
        sim_run(MILLISECS(100));
    }
    measure(WINDOW);
    for (unsigned i = 0; i < 3; i++)
        expect_share(d[i], WINDOW, 667, 10);
}

Test(credit, cap_lifted)
{
    sim_start(1);
    struct domain *a = sim_domain(1, 256, 10);
    sim_run(MILLISECS(100));
    cr_assert_eq(sched_set_params(a, 256, 0), 0);
    measure(WINDOW);
    expect_share(a, WINDOW, 1000, 0);
    cr_expect_eq(sched_set_params(a, 0, 0), -XEN_EINVAL);
}

Test(credit, capped_sleeper_beside_a_hog)
{
    sim_start(1);
    struct domain *a = sim_domain(1, 256, 20), *hog = sim_domain(1, 256, 0);
    sim_sleeper(a->vcpu[0], MILLISECS(2), MILLISECS(1));
    measure(WINDOW);
    expect_share(a, WINDOW, 200, 10);
    expect_share(hog, WINDOW, 800, 10);
}

/* One that sleeps a moment before each decision does not get more than its share. */
Test(credit, short_sleeps_gain_nothing)
{
    sim_start(1);
    struct domain *cheat = sim_domain(1, 256, 0), *honest = sim_domain(1, 256, 0);
    sim_sleeper(cheat->vcpu[0], MILLISECS(9), MICROSECS(10));
    measure(SECONDS(4));
    cr_expect_leq(sim_used(cheat), SECONDS(4) * 52 / 100);
    cr_expect_geq(sim_used(honest), SECONDS(4) * 48 / 100);
}

/* All vCPUs of d sleep together and wake together. */
static void burst(struct domain *d, s_time_t slot, s_time_t gap, s_time_t until)
{
    while (host_now < until) {
        for (unsigned k = 0; k < d->vcpu_max; k++) {
            struct vcpu *v = d->vcpu[k];
            if (host_now % slot >= gap) {
                vcpu_wake(v);
            } else if (sched_current(v->sched.cpu) == v) {
                host_cpu = v->sched.cpu;
                v->info->evtchn_upcall_pending = 0;
                vcpu_block(v);
                host_cpu = 0;
            }
        }
        sim_run(MICROSECS(50));
    }
}

/* A domain is not owed the time in which all of it slept. */
Test(credit, sleeping_domain_is_owed_nothing)
{
    sim_start(4);
    struct domain *honest = sim_domain(2, 256, 0), *d = sim_domain(6, 256, 0);
    sim_run(MILLISECS(300));
    sim_mark();
    burst(d, MICROSECS(8160), MICROSECS(3850), MILLISECS(1300));
    cr_expect_geq(sim_used(honest), MILLISECS(1600));
}

/* Turn k of n, a little apart, so that one vCPU of d is awake at a time. */
static void take_turns(struct domain *d, s_time_t slot, s_time_t until)
{
    bool asleep[HV_MAX_VCPUS] = {false};

    while (host_now < until) {
        for (unsigned k = 0; k < d->vcpu_max; k++) {
            struct vcpu *v = d->vcpu[k];
            bool mine = host_now / slot % d->vcpu_max == k && host_now % slot > MICROSECS(200);
            if (mine && asleep[k]) {
                vcpu_wake(v);
                asleep[k] = false;
            } else if (!mine && !asleep[k] && sched_current(0) == v) {
                v->info->evtchn_upcall_pending = 0;
                vcpu_block(v);
                asleep[k] = true;
            }
        }
        sim_run(MICROSECS(50));
    }
}

/* CPU time is the domain's, whichever of its vCPUs used it. */
Test(credit, taking_turns_gains_nothing)
{
    for (unsigned n = 2; n <= 16; n *= 2) {
        sim_start(1);
        struct domain *honest = sim_domain(1, 256, 0), *thief = sim_domain(n, 256, 0);
        take_turns(thief, MILLISECS(8), MILLISECS(300));
        sim_mark();
        take_turns(thief, MILLISECS(8), host_now + SECONDS(2));
        cr_expect_geq(sim_used(honest), SECONDS(2) * 485 / 1000, "%u vCPUs", n);
    }
}

/* Nor is what one gives away kept for it. */
Test(credit, nothing_is_hoarded_by_yielding)
{
    sim_start(1);
    struct domain *polite = sim_domain(1, 256, 0), *other = sim_domain(1, 256, 0);
    for (unsigned i = 0; i < 2000; i++) {
        if (sched_current(0) == polite->vcpu[0])
            vcpu_yield(polite->vcpu[0]);
        sim_run(MILLISECS(1));
    }
    cr_expect_geq(sim_used(other), SECONDS(2) * 80 / 100, "it did get out of the way");
    sim_mark();
    sim_run(SECONDS(1));
    expect_share(other, SECONDS(1), 500, 20);
}

/* A sibling that often waits for a moment costs its domain no share. */
Test(credit, a_blinking_sibling_costs_nothing)
{
    sim_start(1);
    struct domain *d = sim_domain(2, 256, 0), *honest = sim_domain(1, 256, 0);
    sim_sleeper(d->vcpu[1], MICROSECS(10), MICROSECS(10));
    measure(WINDOW);
    expect_share(honest, WINDOW, 500, 15);
    expect_share(d, WINDOW, 500, 15);
}

/* What ran before a sibling woke is not charged as if that one had waited meanwhile. */
Test(credit, a_sibling_that_naps_costs_nothing)
{
    for (unsigned cpus = 1; cpus <= 2; cpus++) {
        sim_start(cpus);
        struct domain *d = sim_domain(cpus + 1, 256, 0), *honest = sim_domain(cpus, 256, 0);
        sim_sleeper(d->vcpu[cpus], MICROSECS(100), MILLISECS(10));
        measure(WINDOW);
        expect_share(honest, WINDOW, 500 * (int)cpus, 10 * (int)cpus);
        expect_share(d, WINDOW, 500 * (int)cpus, 10 * (int)cpus);
    }
}

/* Nor is what ran for a moment at a time charged less: where the weight is large, the unit of
 * virtual time is longer than that. */
Test(credit, moments_are_charged)
{
    sim_start(1);
    struct domain *d = sim_domain(2, 40960, 0), *honest = sim_domain(1, 40960, 0);
    sim_sleeper(d->vcpu[1], MICROSECS(1), MICROSECS(50));
    measure(WINDOW);
    expect_share(honest, WINDOW, 500, 25);
}

/* Virtual time does not come to its end where it is fastest: at the least weight, for a domain that
 * fills all CPUs.  Ten years of that are beyond any machine's life. */
Test(credit, virtual_time_lasts_ten_years)
{
    sim_start(HV_MAX_CPUS);
    struct domain *a = sim_domain(HV_MAX_VCPUS, 1, 0), *b = sim_domain(HV_MAX_VCPUS, 1, 0);
    measure(MILLISECS(200));
    expect_share(a, MILLISECS(200), HV_MAX_CPUS * 500, HV_MAX_CPUS * 50);
    const int64_t windows = 10L * 365 * 86400 * 2; /* of half a second */
    cr_expect_leq(a->sched.vtime, INT64_MAX / windows);
    cr_expect_leq(b->vcpu[0]->sched.vtime, INT64_MAX / windows);
}

/* Nor do many of them, which let it be charged a multiple of what it used. */
Test(credit, many_blinking_siblings_cost_little)
{
    sim_start(2);
    struct domain *d = sim_domain(8, 256, 0), *honest = sim_domain(2, 256, 0);
    for (unsigned i = 1; i < 8; i++)
        sim_sleeper(d->vcpu[i], MICROSECS(10), MICROSECS(100));
    measure(WINDOW);
    expect_share(honest, WINDOW, 1000, 15);
    expect_share(d, WINDOW, 1000, 15);
}

/* Where few wait the clock is fast; who comes from there need not wait until others are as far. */
Test(credit, one_that_moves_does_not_starve)
{
    sim_start(2);
    struct domain *a = sim_domain(1, 256, 0), *b = sim_domain(1, 256, 0),
                  *c = sim_domain(1, 256, 0), *io = sim_domain(1, 256, 0);
    vcpu_set_affinity(a->vcpu[0], CPUSET(0), CPUSET_ALL);
    vcpu_set_affinity(b->vcpu[0], CPUSET(0), CPUSET_ALL);
    vcpu_set_affinity(c->vcpu[0], CPUSET(1), CPUSET_ALL);
    vcpu_set_affinity(io->vcpu[0], CPUSET(1), CPUSET_ALL);
    sim_sleeper(io->vcpu[0], MICROSECS(50), MILLISECS(1));
    sim_run(SECONDS(5));
    vcpu_set_affinity(c->vcpu[0], CPUSET(0), CPUSET_ALL);
    sim_mark();
    sim_run(SECONDS(1));
    cr_expect_geq(sim_used(c), MILLISECS(300), "got %ld ms", sim_used(c) / 1000000);
}

/* A domain with a vCPU pinned to each of two CPUs, one of which is fast as few wait there: the time
 * that it has there is not held against its sleeper beside the slow one's hogs. */
Test(credit, one_pinned_to_clocks_that_differ)
{
    sim_start(2);
    struct domain *alone = sim_domain(1, 256, 0),
                  *hogs[2] = {sim_domain(1, 256, 0), sim_domain(1, 256, 0)};
    struct domain *io = sim_domain(2, 256, 0);
    vcpu_set_affinity(alone->vcpu[0], CPUSET(0), CPUSET_ALL);
    for (unsigned i = 0; i < 2; i++) {
        vcpu_set_affinity(hogs[i]->vcpu[0], CPUSET(1), CPUSET_ALL);
        vcpu_set_affinity(io->vcpu[i], CPUSET(i), CPUSET_ALL);
        sim_sleeper(io->vcpu[i], MICROSECS(100), MILLISECS(5));
    }
    sim_run(SECONDS(5));
    sim_mark();
    sim_run(WINDOW);
    cr_expect_geq(sim_used(io), 2 * WINDOW * 19 / 1000, "got %ld us", sim_used(io) / 1000);
}

/* A CPU that idled does not lend its old clock to those who come to it. */
Test(credit, clocks_of_idle_cpus_do_not_lag)
{
    sim_start(2);
    struct domain *a = sim_domain(1, 256, 0);
    sim_run(SECONDS(20)); /* alone on CPU 0 */
    struct domain *b = sim_domain(1, 256, 0), *c = sim_domain(1, 256, 0);
    vcpu_set_affinity(b->vcpu[0], CPUSET(1), CPUSET_ALL);
    vcpu_set_affinity(c->vcpu[0], CPUSET(1), CPUSET_ALL);
    sim_run(MILLISECS(100));
    vcpu_set_affinity(b->vcpu[0], CPUSET_ALL, CPUSET_ALL);
    vcpu_set_affinity(c->vcpu[0], CPUSET_ALL, CPUSET_ALL);
    measure(SECONDS(2));
    expect_share(a, SECONDS(2), 667, 35);
    expect_share(b, SECONDS(2), 667, 35);
    expect_share(c, SECONDS(2), 667, 35);
}

/* A vCPU that mostly sleeps runs at once when it wakes, hogs or not. */
Test(credit, waking_preempts_hogs)
{
    sim_start(1);
    sim_domain(1, 256, 0);
    sim_domain(1, 256, 0);
    struct domain *io = sim_domain(1, 256, 0);
    sim_sleeper(io->vcpu[0], MICROSECS(50), MILLISECS(1));
    measure(WINDOW);
    struct vcpu_runstate_info info;
    vcpu_runstate(io->vcpu[0], &info);
    cr_expect_leq(info.time[RUNSTATE_runnable], MILLISECS(30), "waited %lu us",
                  info.time[RUNSTATE_runnable] / 1000);
    cr_expect_geq(sim_used(io), WINDOW * 45 / 1000);
}

Test(credit, no_tick_without_competition)
{
    sim_start(2);
    sim_domain(1, 256, 0);
    sim_domain(1, 256, 0);
    sim_run(MILLISECS(50));
    sim_interrupts = 0;
    sim_run(SECONDS(1));
    cr_expect_eq(sim_interrupts, 0);
}

Test(credit, no_cpu_idles_while_one_waits)
{
    sim_start(4);
    struct domain *d[4];
    for (unsigned i = 0; i < 4; i++)
        d[i] = sim_domain(1, 256, 0);
    for (unsigned i = 0; i < 4; i++) /* all on CPU 0, then free to go */
        vcpu_set_affinity(d[i]->vcpu[0], CPUSET(0), CPUSET_ALL);
    sim_run(MILLISECS(100));
    for (unsigned i = 0; i < 4; i++)
        vcpu_set_affinity(d[i]->vcpu[0], CPUSET_ALL, CPUSET_ALL);
    measure(WINDOW);
    for (unsigned i = 0; i < 4; i++)
        expect_share(d[i], WINDOW, 1000, 0);
}

static uint32_t seed = 1;
static uint32_t rnd(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

/* Random wake-ups, pauses, pins, weights and caps: the invariants hold, time adds up. */
Test(credit, soak)
{
    struct domain *d[6];

    sim_start(3);
    for (unsigned i = 0; i < 6; i++) {
        d[i] = sim_domain(1 + i % 3, (uint16_t)(64 << rnd(5)), (uint16_t)(i % 2 * 40));
        for (unsigned j = 0; i & 1 && j < d[i]->vcpu_max; j++)
            sim_sleeper(d[i]->vcpu[j], MICROSECS(100 + rnd(9000)), MICROSECS(10 + rnd(9000)));
    }
    for (unsigned step = 0; step < 3000; step++) {
        struct domain *x = d[rnd(6)];
        struct vcpu *v = x->vcpu[rnd(x->vcpu_max)];
        switch (rnd(6)) {
        case 0:
            vcpu_pause_nosync(v);
            sim_settle();
            sim_run(MICROSECS(rnd(500)));
            vcpu_unpause(v);
            break;
        case 1:
            vcpu_set_affinity(v, 1 + rnd(7), CPUSET_ALL);
            break;
        case 2:
            sched_set_params(x, (uint16_t)(1 + rnd(1000)), (uint16_t)(rnd(3) * 50));
            break;
        case 3:
            vcpu_kick(v);
            break;
        case 4:
            vcpu_down(v);
            sim_run(MICROSECS(rnd(500)));
            vcpu_up(v);
            break;
        default:
            if (sched_current(0) == v)
                vcpu_yield(v);
        }
        sim_run(MICROSECS(rnd(3000)));
    }
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned j = 0; j < d[i]->vcpu_max; j++) {
            struct vcpu_runstate_info info;
            vcpu_runstate(d[i]->vcpu[j], &info);
            cr_expect_eq(info.time[0] + info.time[1] + info.time[2] + info.time[3],
                         (uint64_t)host_now, "SC-3");
        }
    }
}
