/* SPDX-License-Identifier: BSD-2-Clause */
/* The rooms around the scheduler, as small as they can be, and the simulated machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/check.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#include "host.h"
#include "queue.h"
#include "room.h"
#include "sim.h"

unsigned fake_virq_timer, fake_shutdowns;
int fake_shutdown_reason;
uint32_t fake_pending_port;

#define SIM_DOMAINS 128
static struct domain *domains[SIM_DOMAINS];
static unsigned domain_count;

void panic(const char *fmt, ...)
{
    fprintf(stderr, "panic: %s\n", fmt);
    abort();
}
void check_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "check failed: %s at %s:%d\n", what, file, line);
    abort();
}
void hv_log(enum log_level level, const char *fmt, ...)
{
    (void)level, (void)fmt;
}
void guest_log(struct domain *d, enum log_level level, const char *fmt, ...)
{
    (void)d, (void)level, (void)fmt;
}
void *hv_alloc(size_t n)
{
    return calloc(1, n);
}
void hv_free(void *p)
{
    free(p);
}
void frame_table_init(mfn_t end)
{
    (void)end;
}
void frame_add_region(mfn_t start, mfn_t end)
{
    (void)start, (void)end;
}
struct domain *domain_find(domid_t id)
{
    (void)id;
    return NULL;
}
struct domain *domain_next(unsigned from)
{
    return from < domain_count ? domains[from] : NULL;
}
void domain_shutdown(struct domain *d, uint8_t reason)
{
    (void)d;
    fake_shutdowns++;
    fake_shutdown_reason = reason;
}
void evtchn_virq_vcpu(struct vcpu *v, unsigned virq)
{
    if (virq == VIRQ_TIMER)
        fake_virq_timer++;
    v->info->evtchn_upcall_pending = 1;
    vcpu_kick(v);
}
int evtchn_pending(const struct domain *d, evtchn_port_t port)
{
    (void)d;
    return port >= 4096 ? -XEN_EINVAL : port == fake_pending_port;
}

/* ---- the simulated machine ---- */
static unsigned cpu_count;
static struct sim_load {
    s_time_t busy, idle;
    s_time_t wake_at, ran_at_sleep;
} loads[SIM_DOMAINS][HV_MAX_VCPUS];
static s_time_t marks[SIM_DOMAINS];
static int64_t clocks[HV_MAX_CPUS]; /* as of the last event */
unsigned sim_switches, sim_interrupts;
cpuset_t sim_asleep;

void sim_start(unsigned cpus)
{
    cpu_count = cpus;
    domain_count = 0;
    memset(loads, 0, sizeof(loads));
    memset(clocks, 0, sizeof(clocks));
    host_machine(1, cpus);
    sched_init();
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        host_cpu = cpu;
        host_deadline[cpu] = TIME_NEVER;
        cr_assert_eq(sched_init_cpu(cpu), 0);
    }
    host_cpu = 0;
    sim_switches = sim_interrupts = 0;
    sim_asleep = 0;
}

struct domain *sim_domain(unsigned n, uint16_t weight, uint16_t cap)
{
    struct domain *d = calloc(1, sizeof(*d));

    domains[domain_count] = d;
    d->id = (domid_t)domain_count++;
    d->vcpu_max = n;
    sched_domain_init(d);
    watchdogs_init(d);
    for (unsigned i = 0; i < n; i++) {
        struct vcpu *v = calloc(1, sizeof(*v));
        v->domain = d;
        v->id = i;
        v->info = calloc(1, sizeof(*v->info));
        sched_vcpu_init(v, i % cpu_count);
        vcpu_timers_init(v, i % cpu_count);
        v->periodic_period = 0; /* as every real kernel asks first of all */
        d->vcpu[i] = v;
    }
    cr_assert_eq(sched_set_params(d, weight, cap), 0);
    for (unsigned i = 0; i < n; i++)
        cr_assert(vcpu_up(d->vcpu[i]));
    return d;
}

void sim_sleeper(struct vcpu *v, s_time_t busy, s_time_t idle)
{
    loads[v->domain->id][v->id] = (struct sim_load){busy, idle, TIME_NEVER, 0};
}

/* The end of the idle loop (trap/park.c); true: the CPU sleeps. */
static bool park(void)
{
    const cpuset_t self = CPUSET(host_cpu);

    if (online_cpus() & self || sched_pending()) {
        sim_asleep &= online_cpus() & self ? ~self : ~0ul;
        return sim_asleep & self;
    }
    cr_assert(sched_current(host_cpu)->domain->is_idle);
    if (!(sim_asleep & self))
        sched_leave();
    sim_asleep |= self;
    return true;
}

void sim_settle(void)
{
    bool again = true;

    for (unsigned turns = 0; again; turns++) {
        cr_assert_lt(turns, 1000, "the scheduler does not come to rest");
        again = false;
        for (host_cpu = 0; host_cpu < cpu_count; host_cpu++) {
            struct vcpu *prev = sched_current(host_cpu);
            const cpuset_t asleep = sim_asleep;
            const bool sleeps = park();
            again |= asleep != sim_asleep;
            if (sleeps)
                continue;
            if (!sched_pending())
                continue;
            again = true;
            sched_softirq();
            if (sched_current(host_cpu) != prev) {
                sim_switches++;
                sched_switched(prev);
            }
        }
    }
    host_cpu = 0;
}

static struct sim_load *load_of(const struct vcpu *v)
{
    return &loads[v->domain->id][v->id];
}

/* When something next happens: a hardware timer, a sleeper that wakes or has run enough. */
static s_time_t next_event(s_time_t end)
{
    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        struct vcpu *v = sched_current(cpu);
        end = min(end, host_deadline[cpu]);
        if (!v->domain->is_idle && load_of(v)->busy)
            end = min(end, host_now + load_of(v)->busy -
                               ((s_time_t)vcpu_cpu_time(v) - load_of(v)->ran_at_sleep));
    }
    for (unsigned d = 0; d < domain_count; d++)
        for (unsigned i = 0; i < domains[d]->vcpu_max; i++)
            if (loads[d][i].busy)
                end = min(end, loads[d][i].wake_at);
    return max(end, host_now);
}

static void act(void)
{
    for (host_cpu = 0; host_cpu < cpu_count; host_cpu++) {
        struct vcpu *v = sched_current(host_cpu);
        if (host_deadline[host_cpu] <= host_now) {
            host_deadline[host_cpu] = TIME_NEVER;
            sim_interrupts++;
            timer_interrupt();
        }
        if (v->domain->is_idle || !load_of(v)->busy)
            continue;
        if ((s_time_t)vcpu_cpu_time(v) - load_of(v)->ran_at_sleep >= load_of(v)->busy) {
            load_of(v)->ran_at_sleep = (s_time_t)vcpu_cpu_time(v);
            load_of(v)->wake_at = host_now + load_of(v)->idle;
            v->info->evtchn_upcall_pending = 0;
            vcpu_block(v);
        }
    }
    host_cpu = 0;
    for (unsigned d = 0; d < domain_count; d++) {
        for (unsigned i = 0; i < domains[d]->vcpu_max; i++) {
            if (!loads[d][i].busy || loads[d][i].wake_at > host_now)
                continue;
            loads[d][i].wake_at = TIME_NEVER;
            host_cpu = (d + i) % cpu_count;
            vcpu_wake(domains[d]->vcpu[i]);
        }
    }
    host_cpu = 0;
}

/* The floor of a sleeper's virtual time is taken from them. */
static void clocks_go_on(void)
{
    for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
        cr_assert_geq(sched_cpus[cpu].vclock, clocks[cpu], "CPU %u's virtual clock went back", cpu);
        clocks[cpu] = sched_cpus[cpu].vclock;
    }
}

void sim_run(s_time_t ns)
{
    s_time_t end = host_now + ns;

    sim_settle();
    while (host_now < end) {
        host_now = next_event(end);
        act();
        sim_settle();
        clocks_go_on();
    }
    cr_assert_eq(sched_audit(true), 0);
}

static s_time_t total(const struct domain *d)
{
    s_time_t sum = 0;

    for (unsigned i = 0; i < d->vcpu_max; i++)
        sum += (s_time_t)vcpu_cpu_time(d->vcpu[i]);
    return sum;
}

void sim_mark(void)
{
    for (unsigned d = 0; d < domain_count; d++)
        marks[d] = total(domains[d]);
}

s_time_t sim_used(const struct domain *d)
{
    return total(d) - marks[d->id];
}
