/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains that try to get more CPU time than their weight gives them, by anything a guest can do:
 * its vCPUs take turns, sleep and wake at the worst moments, all at once, yield, poll, kick one
 * another, and are pinned here and there.  Honest domains beside them are always hungry and must
 * get their share in every window of a second, no vCPU of theirs may starve, and caps hold.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "sim.h"

#ifndef RUNS
#define RUNS 12 /* in each half here; tests/model/sched has more */
#endif
#define DOMAINS 6
#define SAMPLE  MILLISECS(50)
#define WINDOW  20 /* samples: one second */
#define SAMPLES 80

static uint32_t seed;
static uint32_t rnd(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 4) * below >> 28);
}

enum strategy { HONEST, TURNS, RANDOM, BURST, DODGE, STRATEGIES };
static const char *const names[] = {"honest", "turns", "random", "burst", "dodge"};

static struct player {
    struct domain *d;
    enum strategy strategy;
    s_time_t slot, gap, phase; /* its rhythm */
    bool yields, polls, kicks, moves;
    bool asleep[HV_MAX_VCPUS];
    s_time_t used[SAMPLES];
    double fair;                  /* CPUs */
    bool full;                    /* as much as its vCPUs can use */
    s_time_t waits[HV_MAX_VCPUS]; /* time spent waiting without having run, per vCPU */
    s_time_t ran[HV_MAX_VCPUS];
} players[DOMAINS];
static unsigned count, cpus;

static void sleep_now(struct player *p, struct vcpu *v)
{
    struct sched_poll poll = {.timeout = (uint64_t)(host_now + 1 + rnd(20000000))};

    if (p->asleep[v->id] || sched_current(v->sched.cpu) != v)
        return;
    host_cpu = v->sched.cpu;
    v->info->evtchn_upcall_pending = 0;
    if (p->polls && rnd(2)) {
        op_sched_op(v, SCHEDOP_poll, GVA((uint64_t)&poll));
    } else {
        vcpu_block(v);
        p->asleep[v->id] = true;
    }
    host_cpu = 0;
}

static void wake(struct player *p, struct vcpu *v)
{
    p->asleep[v->id] = false;
    vcpu_wake(v);
}

/* Should vCPU k be awake now? */
static bool awake(const struct player *p, unsigned k)
{
    unsigned n = p->d->vcpu_max;
    s_time_t round = p->slot * n, now = host_now + p->phase;

    switch (p->strategy) {
    case TURNS: /* as many at a time as there are CPUs */
        return (now + round - p->slot * k) % round % (round / min(n, cpus)) < p->slot - p->gap;
    case BURST:
        return now / p->slot % 2;
    case DODGE: /* away whenever somebody might look */
        return now % p->slot >= p->gap;
    case RANDOM:
        return rnd(4) ? !p->asleep[k] : p->asleep[k];
    default:
        return true;
    }
}

static void play(struct player *p)
{
    for (unsigned k = 0; p->strategy != HONEST && k < p->d->vcpu_max; k++) {
        struct vcpu *v = p->d->vcpu[k];
        if (!awake(p, k))
            sleep_now(p, v);
        else if (p->asleep[k])
            wake(p, v);
        if (p->yields && sched_current(v->sched.cpu) == v && !rnd(3)) {
            host_cpu = v->sched.cpu;
            vcpu_yield(v);
            host_cpu = 0;
        }
        if (p->kicks && !rnd(3))
            vcpu_kick(v);
        if (p->moves && !rnd(40))
            vcpu_set_affinity(v, 1 + rnd((1u << cpus) - 1), CPUSET_ALL);
    }
}

/* Everybody's share if all are hungry: by weight, of what those leave who cannot use theirs.  Caps
 * leave nothing to others: a capped domain is as hungry as any while its budget lasts. */
static void fair_shares(void)
{
    double left = cpus;

    for (bool again = true; again;) {
        double weights = 0, given = 0;
        again = false;
        for (unsigned i = 0; i < count; i++)
            weights += players[i].full ? 0 : players[i].d->sched.weight;
        for (unsigned i = 0; i < count; i++) {
            struct player *p = &players[i];
            double most = min(p->d->vcpu_max, cpus);
            if (p->full)
                continue;
            p->fair = left * p->d->sched.weight / weights;
            if (p->fair >= most) {
                p->fair = most;
                p->full = again = true;
                given += most;
            }
        }
        left -= given;
    }
    for (unsigned i = 0; i < count; i++) {
        struct player *p = &players[i];
        double most = min(p->d->vcpu_max, cpus);
        if (p->d->sched.cap)
            most = min(most, p->d->sched.cap / 100.0);
        p->fair = min(p->fair, most);
        p->full = p->fair > most * 0.95;
    }
}

static void describe(void)
{
    for (unsigned i = 0; i < count; i++) {
        struct player *p = &players[i];
        fprintf(stderr,
                "  d%u: %s, %u vCPUs, weight %u, cap %u, slot %ld gap %ld us,%s%s%s%s fair %.3f\n",
                p->d->id, names[p->strategy], p->d->vcpu_max, p->d->sched.weight, p->d->sched.cap,
                p->slot / 1000, p->gap / 1000, p->yields ? " yields" : "", p->polls ? " polls" : "",
                p->kicks ? " kicks" : "", p->moves ? " moves" : "", p->fair);
    }
}

static void cast(void)
{
    static const uint16_t weights[] = {256, 256, 256, 512, 128, 1000};

    cpus = 1 + rnd(4);
    count = 2 + rnd(DOMAINS - 1);
    sim_start(cpus);
    for (unsigned i = 0; i < count; i++) {
        struct player *p = &players[i];
        unsigned n = 1 + rnd(rnd(3) ? 4 : 16);
        *p = (struct player){.strategy = i ? rnd(STRATEGIES) : HONEST};
        p->d = sim_domain(p->strategy == HONEST ? 1 + rnd(cpus + 1) : n, weights[rnd(6)],
                          rnd(5) ? 0 : (uint16_t)(10 + rnd(100 * cpus)));
        p->slot = MICROSECS(200 + rnd(rnd(2) ? 3000 : 25000));
        p->gap = MICROSECS(20 + rnd((uint32_t)(p->slot / 1000 / 2)));
        p->phase = rnd(100000000);
        p->yields = !rnd(4);
        p->polls = !rnd(3);
        p->kicks = !rnd(3);
        p->moves = !rnd(4);
    }
    fair_shares();
}

/* What is missing at most: 3 %, or three slices.  One that can use no more than its share
 * cannot make up for a slice that it lost to one that woke. */
static double tolerance(const struct player *p)
{
    return max(p->fair * (p->full ? 0.20 : 0.03), 0.030);
}

static void expect(bool ok, unsigned run, const struct player *p, const char *what, double is)
{
    if (!ok) {
        fprintf(stderr, "run %u, %u CPUs, d%u: %s %.3f\n", run, cpus, p->d->id, what, is);
        describe();
    }
    cr_assert(ok);
}

static void check_window(unsigned run, const struct player *p, unsigned end)
{
    double seconds = (double)(p->used[end] - p->used[end - WINDOW]) / (double)(SAMPLE * WINDOW);

    if (p->strategy == HONEST)
        expect(seconds >= p->fair - tolerance(p), run, p, "got", seconds);
    if (p->d->sched.cap)
        expect(seconds <= p->d->sched.cap / 100.0 * 1.03 + 0.02, run, p, "above its cap", seconds);
}

/* No vCPU that wants to run waits for a second. */
static void check_starvation(unsigned run, struct player *p)
{
    for (unsigned k = 0; p->strategy == HONEST && k < p->d->vcpu_max; k++) {
        s_time_t ran = (s_time_t)vcpu_cpu_time(p->d->vcpu[k]);
        p->waits[k] = ran > p->ran[k] ? 0 : p->waits[k] + SAMPLE;
        p->ran[k] = ran;
        expect(p->waits[k] < SECONDS(1), run, p, "starves, vCPU", k);
    }
}

static void perform(unsigned run)
{
    cast();
    for (unsigned s = 0; s < SAMPLES; s++) {
        for (s_time_t end = host_now + SAMPLE; host_now < end;) {
            for (unsigned i = 0; i < count; i++)
                play(&players[i]);
            sim_run(min(MICROSECS(20 + rnd(300)), end - host_now));
        }
        for (unsigned i = 0; i < count; i++) {
            players[i].used[s] = sim_used(players[i].d);
            check_starvation(run, &players[i]);
            if (s >= WINDOW + 6)
                check_window(run, &players[i], s);
        }
    }
}

/* Criterion runs each test in a process of its own: two halves on two CPUs. */
Test(adversary, nobody_takes_anothers_share, .timeout = 300)
{
    for (unsigned run = 0; run < RUNS; run++) {
        seed = run * 77 + 1;
        perform(run);
    }
}

Test(adversary, nobody_takes_anothers_share_2, .timeout = 300)
{
    for (unsigned run = RUNS; run < 2 * RUNS; run++) {
        seed = run * 77 + 1;
        perform(run);
    }
}
