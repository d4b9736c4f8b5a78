/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers, run states and the scheduling hypercalls. */
#include <criterion/criterion.h>

#include "host.h"
#include "queue.h"
#include "room.h"
#include "sim.h"

static s_time_t fired_at[64];
static unsigned fired;
static void note(void *data)
{
    (void)data;
    fired_at[fired++] = host_now;
}

static unsigned interrupts;
static void pass(s_time_t until)
{
    while (host_deadline[0] <= until) {
        host_now = max(host_now, host_deadline[0]);
        host_deadline[0] = TIME_NEVER;
        interrupts++;
        timer_interrupt();
        sim_settle();
    }
    host_now = until;
}

Test(timer, fire_in_order_at_their_time)
{
    struct timer t[20];

    sim_start(1);
    for (unsigned i = 0; i < 20; i++) {
        timer_init(&t[i], note, NULL, 0);
        timer_set(&t[i], 1000 + (i * 7 % 20) * 10);
        cr_expect_eq(timer_audit(), 0);
    }
    cr_expect_eq(host_deadline[0], 1000);
    timer_stop(&t[0]); /* the first: the hardware may come for it, to nobody */
    cr_expect_eq(timer_audit(), 0);
    pass(1009);
    cr_expect_eq(fired, 0);
    cr_expect_eq(host_deadline[0], 1010, "and has the next one's deadline then");
    pass(5000);
    cr_assert_eq(fired, 19);
    cr_expect_leq(interrupts, 20);
    for (unsigned i = 0; i < 19; i++)
        cr_expect_eq(fired_at[i], 1010 + i * 10);
    cr_expect_eq(host_deadline[0], TIME_NEVER);
}

/* What is moved to later again and again costs no access to the hardware, and is not forgotten. */
Test(timer, later_is_lazy)
{
    struct timer t;

    sim_start(1);
    timer_init(&t, note, NULL, 0);
    timer_set(&t, 100);
    for (unsigned i = 1; i <= 50; i++) {
        timer_set(&t, 100 + i);
        cr_expect_eq(host_deadline[0], 100, "untouched");
        cr_expect_eq(timer_audit(), 0);
    }
    pass(1000);
    cr_expect_eq(fired, 1);
    cr_expect_eq(fired_at[0], 150);
    cr_expect_eq(interrupts, 2);
    timer_set(&t, 3000);
    timer_set(&t, 2000);
    cr_expect_eq(host_deadline[0], 2000, "earlier is at once");
    timer_stop(&t);
    pass(5000);
    cr_expect_eq(interrupts, 3);
    cr_expect_eq(host_deadline[0], TIME_NEVER, "nothing is set: it does not go on");
}

Test(timer, past_deadline_and_moving)
{
    struct timer t;

    sim_start(2);
    timer_init(&t, note, NULL, 1);
    host_now = 500;
    timer_set(&t, 100); /* in the past, and from CPU 1's list to ours */
    cr_expect_eq(t.cpu, 0);
    cr_expect_eq(host_deadline[0], 100);
    pass(600);
    cr_expect_eq(fired, 1);
    timer_set(&t, 1000);
    host_cpu = 1;
    timer_set(&t, 2000);
    cr_expect_eq(host_deadline[1], 2000);
    host_cpu = 0;
    pass(1500);
    cr_expect_eq(fired, 1);
    cr_expect_eq(timer_audit(), 0);
    timer_kill(&t);
    cr_expect_not(t.active);
}

static struct vcpu *one_running(void)
{
    sim_start(1);
    struct domain *d = sim_domain(1, 256, 0);
    sim_settle();
    cr_assert_eq(sched_current(0), d->vcpu[0]);
    return d->vcpu[0];
}

Test(vcpu, block_returns_at_once_if_an_event_waits)
{
    struct vcpu *v = one_running();

    v->info->evtchn_upcall_pending = 1;
    v->info->evtchn_upcall_mask = 1;
    cr_expect_eq(op_sched_op(v, SCHEDOP_block, GVA(0)), 0);
    cr_expect_eq(v->info->evtchn_upcall_mask, 0, "block enables delivery");
    sim_settle();
    cr_expect_eq(sched_current(0), v);
    v->info->evtchn_upcall_pending = 0;
    op_sched_op(v, SCHEDOP_block, GVA(0));
    sim_settle();
    cr_expect(sched_current(0)->domain->is_idle);
    cr_expect_eq(v->sched.runstate, RUNSTATE_blocked);
    vcpu_kick(v);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
}

/* Woken between the decision to sleep and the switch. */
Test(vcpu, wake_races_with_block)
{
    struct vcpu *v = one_running();

    vcpu_block(v);
    vcpu_kick(v);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
    cr_expect_eq(sched_audit(true), 0);
    vcpu_block(v);
    sched_softirq(); /* idle runs, v not yet switched out */
    vcpu_kick(v);
    sched_switched(v);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
    cr_expect_eq(sched_audit(true), 0);
}

Test(vcpu, pause_nests)
{
    struct vcpu *v = one_running();

    vcpu_pause_nosync(v);
    vcpu_pause_nosync(v);
    sim_settle();
    cr_expect(sched_current(0)->domain->is_idle);
    cr_expect_eq(v->sched.runstate, RUNSTATE_offline);
    vcpu_unpause(v);
    sim_settle();
    cr_expect(sched_current(0)->domain->is_idle);
    vcpu_unpause(v);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
}

/* The next wake-up must find the CPU idle that one before had taken for itself in vain. */
Test(vcpu, a_wake_up_that_comes_to_nothing_leaves_its_cpu_idle)
{
    extern _Atomic cpuset_t sched_idle_cpus;
    sim_start(2);
    struct domain *d = sim_domain(2, 256, 0);
    sim_settle();
    for (unsigned i = 0; i < 2; i++)
        vcpu_pause_nosync(d->vcpu[i]);
    sim_settle();
    cr_assert_eq(sched_idle_cpus, 3);
    vcpu_unpause(d->vcpu[0]);
    vcpu_unpause(d->vcpu[1]);
    cr_expect_eq(sched_idle_cpus, 0, "each has claimed one");
    vcpu_pause_nosync(d->vcpu[1]);
    sim_settle();
    cr_expect_eq(sched_idle_cpus, CPUSET(d->vcpu[0]->sched.cpu) ^ 3);
    cr_expect_eq(sched_audit(true), 0);
}

Test(vcpu, affinity_moves_a_running_one)
{
    sim_start(2);
    struct domain *d = sim_domain(1, 256, 0);
    struct vcpu *v = d->vcpu[0];
    sim_settle();
    cr_assert_eq(v->sched.cpu, 0);
    cr_expect_eq(vcpu_set_affinity(v, CPUSET(5), CPUSET_ALL), -XEN_EINVAL, "no such CPU");
    cr_expect_eq(vcpu_set_affinity(v, CPUSET(1), CPUSET_ALL), 0);
    sim_settle();
    cr_expect_eq(sched_current(1), v);
    cr_expect(sched_current(0)->domain->is_idle);
}

/* SCHEDOP_pin_override: as vcpu_set_affinity(), but undone without anybody's memory of what it was. */
Test(vcpu, pinned_by_itself_for_a_while)
{
    sim_start(3);
    struct domain *d = sim_domain(1, 256, 0);
    struct vcpu *v = d->vcpu[0];
    sim_settle();
    cr_expect_eq(vcpu_set_affinity(v, CPUSET(0) | CPUSET(1), CPUSET_ALL), 0);
    cr_expect_eq(vcpu_pin_override(v, -1), -XEN_EINVAL, "nothing to undo");
    cr_expect_eq(vcpu_pin_override(v, 3), -XEN_EINVAL, "no such CPU");
    cr_expect_eq(vcpu_pin_override(v, 64), -XEN_EINVAL, "nor a number of one");
    cr_expect_eq(vcpu_pin_override(v, 2), 0, "outside of its affinity");
    sim_settle();
    cr_expect_eq(sched_current(2), v);
    cr_expect_eq(vcpu_pin_override(v, 2), -XEN_EBUSY, "as Xen, the same CPU, too");
    cr_expect_eq(vcpu_pin_override(v, 1), -XEN_EBUSY);
    cr_expect_eq(vcpu_set_affinity(v, CPUSET_ALL, CPUSET_ALL), -XEN_EBUSY, "a tool's wish");
    cr_expect_eq(v->sched.hard_affinity, CPUSET(2));
    cr_expect_eq(vcpu_pin_override(v, -5), 0);
    cr_expect_eq(v->sched.hard_affinity, CPUSET(0) | CPUSET(1), "what it was before the first");
    sim_settle();
    cr_expect(sched_current(2)->domain->is_idle);
    cr_expect_eq(sched_audit(true), 0);
}

Test(ops, set_timer)
{
    struct vcpu *v = one_running();

    op_set_timer_op(v, 5000);
    cr_expect_eq(host_deadline[0], 5000);
    op_set_timer_op(v, 0);
    cr_expect_not(v->singleshot.active);
    pass(6000);
    cr_expect_eq(host_deadline[0], TIME_NEVER);
    cr_expect_eq(fake_virq_timer, 0);
    op_set_timer_op(v, 100); /* past: at once */
    pass(6001);
    cr_expect_eq(fake_virq_timer, 1);
    op_set_timer_op(v, ~0UL); /* overflow: soon */
    cr_expect_eq(v->singleshot.expires, host_now + MILLISECS(100));
    op_set_timer_op(v, 1UL << 60);
    cr_expect_eq(v->singleshot.expires, host_now + MILLISECS(100));
    op_set_timer_op(v, (uint64_t)host_now + (1UL << 50));
    cr_expect_eq(v->singleshot.expires, host_now + (1L << 50), "13 days ahead is meant");
    op_set_timer_op(v, (uint64_t)host_now + (1UL << 50) + 1);
    cr_expect_eq(v->singleshot.expires, host_now + MILLISECS(100));
    host_now = (1L << 50) - 1; /* it is the distance that counts */
    op_set_timer_op(v, 1UL << 50);
    cr_expect_eq(v->singleshot.expires, 1L << 50);
}

/* What a guest gives as ns since boot is an unsigned number: the upper half is past, as on Xen. */
Test(ops, deadlines_from_guests)
{
    cr_expect_eq(deadline_from_guest(0), 0);
    cr_expect_eq(deadline_from_guest(INT64_MAX), TIME_NEVER);
    cr_expect_eq(deadline_from_guest(1UL << 63), 0);
    cr_expect_eq(deadline_from_guest(UINT64_MAX), 0);
}

/* Another CPU is told by an interrupt, once; its vCPU by the work bit, each time: the interrupt may
 * be taken in a window, where nobody looks. */
Test(vcpu, another_cpu_is_told)
{
    sim_start(2);
    struct domain *d = sim_domain(2, 256, 0);
    struct vcpu *v = d->vcpu[1];
    sim_settle();
    cr_assert_eq(sched_current(1), v);
    host_log.ipis = 0;
    vcpu_kick(v);
    cr_expect_eq(host_log.ipis, CPUSET(1), "an event for one that runs elsewhere");
    host_log.ipis = 0;
    vcpu_kick(d->vcpu[0]);
    cr_expect_eq(host_log.ipis, 0, "it is we");
    vcpu_pause_nosync(v);
    cr_expect_eq(host_log.ipis, CPUSET(1));
    cr_expect(v->work & VCPU_WORK_RESCHED);
    v->work = host_log.ipis = 0; /* taken in a window */
    resched(&sched_cpus[1]);
    cr_expect_eq(host_log.ipis, 0, "known");
    cr_expect(v->work & VCPU_WORK_RESCHED);
}

/* The debug key asks on a machine that runs: the queues are walked under their locks. */
Test(audit, takes_each_queues_lock)
{
    sim_start(2);
    sim_domain(4, 256, 0);
    sim_settle();
    for (unsigned cpu = 0; cpu < 2; cpu++) {
        uint16_t before = sched_cpus[cpu].lock.next;
        cr_expect_eq(sched_audit(false), 0);
        cr_expect_eq((uint16_t)(sched_cpus[cpu].lock.next - before), 1);
        cr_expect_eq(sched_cpus[cpu].lock.owner, sched_cpus[cpu].lock.next);
    }
}

/* 100 Hz, but only while it runs. */
Test(vcpu, periodic_tick)
{
    struct vcpu *v = one_running();

    v->periodic_period = MILLISECS(10);
    vcpu_pause_nosync(v);
    sim_settle();
    pass(MILLISECS(50));
    cr_expect_eq(fake_virq_timer, 0);
    vcpu_unpause(v);
    sim_settle();
    pass(MILLISECS(85));
    cr_expect_eq(fake_virq_timer, 4, "one that is due, three in 35 ms");
}

static long poll(struct vcpu *v, unsigned n, uint32_t *ports, uint64_t timeout)
{
    struct sched_poll p = {.nr_ports = n, .timeout = timeout};

    p.ports.p = ports;
    return op_sched_op(v, SCHEDOP_poll, GVA((uint64_t)&p));
}

Test(ops, poll)
{
    struct vcpu *v = one_running();
    uint32_t ports[129] = {7, 9};

    cr_expect_eq(poll(v, 129, ports, 0), -XEN_EINVAL);
    fake_pending_port = 9;
    cr_expect_eq(poll(v, 2, ports, 0), 0);
    sim_settle();
    cr_expect_eq(sched_current(0), v, "pending: does not sleep");
    fake_pending_port = 0;
    ports[1] = 5000;
    cr_expect_eq(poll(v, 2, ports, 0), -XEN_EINVAL);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
    cr_expect_eq(v->sched.flags, 0);
    cr_expect_eq(poll(v, 2, (uint32_t[]){7, 8}, 9000), 0);
    cr_expect_eq(v->sched.poll_port, 0, "either wakes it");
    sim_settle();
    pass(9001);
    cr_expect_eq(poll(v, 1, ports, 9400), 0);
    cr_expect_eq(v->sched.poll_port, 7);
    sim_settle();
    cr_expect(sched_current(0)->domain->is_idle);
    pass(9500);
    cr_expect_eq(sched_current(0), v, "time-out");
    for (unsigned i = 0; i < 2; i++) { /* no deadline that may be */
        cr_expect_eq(poll(v, 1, ports, UINT64_MAX >> 1 << 1 | i), 0);
        sim_settle();
        pass(9500);
        cr_expect_eq(sched_current(0), v, "past: returns at once");
    }
    poll(v, 1, ports, 20000);
    sim_settle();
    vcpu_wake(v);
    sim_settle();
    cr_expect_eq(sched_current(0), v);
    cr_expect_not(v->poll_timer.active);
    cr_expect_eq(poll(v, 1, NULL, 0), -XEN_EFAULT);
}

/* An NMI sent to one that runs, just before it goes to sleep: its sender saw nobody to wake. */
Test(vcpu, sleep_does_not_keep_an_nmi_waiting)
{
    struct vcpu *v = one_running();
    uint32_t port = 7;

    v->work |= VCPU_WORK_NMI;
    vcpu_kick(v);
    op_sched_op(v, SCHEDOP_block, GVA(0));
    cr_expect_eq(v->sched.flags, 0);
    cr_expect_eq(poll(v, 1, &port, 0), 0);
    cr_expect_eq(v->sched.flags, 0);
    v->work &= ~VCPU_WORK_NMI;
    op_sched_op(v, SCHEDOP_block, GVA(0));
    cr_expect_eq(v->sched.flags, VPF_BLOCKED);
}

static long watchdog(struct vcpu *v, uint32_t id, uint32_t timeout)
{
    sched_watchdog_t w = {.id = id, .timeout = timeout};

    return op_sched_op(v, SCHEDOP_watchdog, GVA((uint64_t)&w));
}

Test(ops, watchdog)
{
    struct vcpu *v = one_running();

    cr_expect_eq(watchdog(v, 0, 0), -XEN_EINVAL);
    cr_expect_eq(watchdog(v, 3, 1), -XEN_EINVAL);
    cr_expect_eq(watchdog(v, 1, 1), -XEN_EINVAL, "not in use");
    cr_expect_eq(watchdog(v, 0, 2), 1);
    cr_expect_eq(watchdog(v, 0, 5), 2);
    cr_expect_eq(watchdog(v, 0, 5), -XEN_ENOSPC);
    cr_expect_eq(watchdog(v, 3, 5), -XEN_EINVAL);
    cr_expect_eq(watchdog(v, 33, 5), -XEN_EINVAL);
    cr_expect_eq(watchdog(v, UINT32_MAX, 5), -XEN_EINVAL);
    pass(SECONDS(1));
    cr_expect_eq(watchdog(v, 1, 3), 0);
    cr_expect_eq(watchdog(v, 2, 0), 0);
    pass(SECONDS(3));
    cr_expect_eq(fake_shutdowns, 0);
    pass(SECONDS(5));
    cr_expect_eq(fake_shutdowns, 1);
    cr_expect_eq(fake_shutdown_reason, SHUTDOWN_watchdog);
}

Test(ops, a_domain_that_is_down_has_no_watchdog)
{
    struct vcpu *v = one_running();

    fake_shutdowns = 0;
    cr_assert_eq(watchdog(v, 0, 1), 1);
    v->domain->shutting_down = true;
    pass(SECONDS(2));
    cr_expect_eq(fake_shutdowns, 0);
    v->domain->shutting_down = false;
    v->domain->dying = 1;
    cr_assert_eq(watchdog(v, 1, 1), 0);
    pass(SECONDS(4));
    cr_expect_eq(fake_shutdowns, 0);
}

/* No timer of a domain outlives it. */
Test(ops, a_domain_that_goes_takes_its_timers)
{
    sim_start(1);
    struct domain *d = sim_domain(1, 256, 10);
    sim_run(MILLISECS(10));
    cr_assert(d->sched.cap_timer.active, "used up");
    host_cpu = 0;
    for (unsigned i = 0; i < 2; i++)
        timer_set(&d->sched.watchdog[i], host_now + 10);
    vcpu_pause_nosync(d->vcpu[0]);
    sim_settle();
    vcpu_timers_kill(d->vcpu[0]);
    sched_vcpu_destroy(d->vcpu[0]);
    watchdogs_kill(d);
    sched_domain_destroy(d);
    cr_expect_not(d->sched.cap_timer.active);
    for (unsigned i = 0; i < 2; i++)
        cr_expect_not(d->sched.watchdog[i].active);
    pass(host_now + MILLISECS(1000));
    cr_expect_eq(host_deadline[0], TIME_NEVER, "nothing is left in the queue");
}

Test(ops, others)
{
    struct vcpu *v = one_running();
    union {
        struct sched_shutdown s;
        struct sched_remote_shutdown r;
    } s = {.s.reason = SHUTDOWN_reboot};

    cr_expect_eq(op_sched_op(v, SCHEDOP_shutdown, GVA((uint64_t)&s)), 0);
    cr_expect_eq(fake_shutdown_reason, SHUTDOWN_reboot);
    cr_expect_eq(op_sched_op(v, SCHEDOP_shutdown, GVA(0)), -XEN_EFAULT);
    cr_expect_eq(op_sched_op(v, SCHEDOP_shutdown_code, GVA((uint64_t)&s)), 0);
    cr_expect_eq(v->domain->shutdown_code, SHUTDOWN_reboot);
    v->domain->shutting_down = true;
    cr_expect_eq(op_sched_op(v, SCHEDOP_shutdown_code, GVA((uint64_t)&s)), -XEN_EBUSY);
    cr_expect_eq(op_sched_op(v, SCHEDOP_remote_shutdown, GVA((uint64_t)&s)), -XEN_EPERM);
    cr_expect_eq(op_sched_op(v, SCHEDOP_pin_override, GVA(0)), -XEN_EPERM);
    cr_expect_eq(op_sched_op(v, 99, GVA(0)), -XEN_ENOSYS);
}

/* The registered areas: written with the update flag cleared last, and only outside user mode. */
Test(areas, runstate_and_time)
{
    struct vcpu *v = one_running();
    struct vcpu_runstate_info area = {.state = 99};
    struct vcpu_time_info t = {.version = 1};

    v->runstate_gva = GVA((uint64_t)&area);
    v->time_gva = GVA((uint64_t)&t);
    v->info->time.version = 6;
    v->info->time.system_time = 77;
    v->in_user = true;
    sched_enter_guest(v);
    cr_expect_eq(area.state, 99);
    cr_expect(v->sched.areas_stale);
    v->in_user = false;
    v->domain->vm_assist = 1UL << VMASST_TYPE_runstate_update_flag;
    sched_update_areas(v);
    cr_expect_eq(area.state, RUNSTATE_running);
    cr_expect_eq(area.state_entry_time & XEN_RUNSTATE_UPDATE, 0);
    cr_expect_eq(t.version, 8);
    cr_expect_eq(t.system_time, 77);
    cr_expect_not(v->sched.areas_stale);
}
