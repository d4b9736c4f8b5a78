/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * event: every event_channel_op on DOMID_SELF, the upcall and its mask, VIRQs, timers, polling,
 * and the sched_op commands that wait.
 */
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>

#define NO_PORT 4000 /* valid number, never allocated here */
#define MS      1000000ull

static unsigned hits;
static evtchn_port_t last_port;

static void hit(evtchn_port_t port, void *arg)
{
    (void)arg;
    hits++;
    last_port = port;
}

static bool pending(evtchn_port_t port)
{
    return __atomic_load_n(&boot_shared->evtchn_pending[port / 64], __ATOMIC_ACQUIRE) >>
               (port % 64) &
           1;
}

static void clear_pending(evtchn_port_t port)
{
    __atomic_and_fetch(&boot_shared->evtchn_pending[port / 64], ~(1ul << port % 64),
                       __ATOMIC_SEQ_CST);
}

static struct evtchn_status status(evtchn_port_t port)
{
    struct evtchn_status s = {.dom = DOMID_SELF, .port = port};

    check_eq(hc_event_channel_op(EVTCHNOP_status, &s), 0, "status of port %u", port);
    return s;
}

static void test_alloc_and_bind(void)
{
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bi = {.remote_dom = DOMID_SELF};
    struct evtchn_status s;

    check_eq(hc_event_channel_op(EVTCHNOP_alloc_unbound, &au), 0, "alloc_unbound self to self");
    check(au.port > 0, "port 0 is never given");
    s = status(au.port);
    check_eq(s.status, EVTCHNSTAT_unbound, "it is unbound");
    check_eq(s.u.unbound.dom, self_id(), "and waits for this domain");
    check_eq(evtchn_send(au.port), 0, "send on an unbound port is silently dropped");
    bi.remote_port = au.port;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi), 0, "bind_interdomain to it");
    s = status(bi.local_port);
    check_eq(s.status, EVTCHNSTAT_interdomain, "it is interdomain");
    check_eq(s.u.interdomain.port, au.port, "its peer is the first port");
    check_eq(s.vcpu, 0, "notifies vCPU 0");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi), -EINVAL, "cannot bind twice");
    bi.remote_port = NO_PORT;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi), -EINVAL, "bind to a free port");
    bi.remote_port = 1u << 30;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi), -EINVAL, "bind to port 2^30");
    bi.remote_dom = 77;
    check_eq(of_nobody(hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi)), -ESRCH,
             "bind to no domain");
    au.dom = 77;
    check_eq(of_nobody(hc_event_channel_op(EVTCHNOP_alloc_unbound, &au)), -ESRCH,
             "alloc for no domain");

    /* A binding port starts pending: the remote end may have sent before. */
    check(pending(bi.local_port), "a fresh interdomain port is pending");
    clear_pending(bi.local_port);
    evtchn_set_handler(bi.local_port, hit, NULL);
    evtchn_irq_restore(false);
    hits = 0;
    check_eq(evtchn_send(au.port), 0, "send");
    check_eq(hits, 1, "upcall came before send returned");
    check_eq(last_port, bi.local_port, "at the peer port");
    evtchn_irq_save();
    evtchn_send(au.port);
    check_eq(hits, 1, "masked vCPU: no upcall");
    check(pending(bi.local_port), "but pending");
    check(boot_shared->vcpu_info[0].evtchn_upcall_pending, "and upcall_pending is set");
    evtchn_irq_restore(false);
    check_eq(hits, 2, "taken on the next hypercall after unmasking");
    evtchn_mask(bi.local_port);
    evtchn_send(au.port);
    check_eq(hits, 2, "masked port: no upcall");
    evtchn_unmask(bi.local_port);
    check_eq(hits, 3, "EVTCHNOP_unmask delivers it");
    evtchn_irq_save();

    check_eq(evtchn_close(bi.local_port), 0, "close one end");
    s = status(au.port);
    check_eq(s.status, EVTCHNSTAT_unbound, "the other end falls back to unbound");
    check_eq(evtchn_close(bi.local_port), -EINVAL, "close twice");
    check_eq(evtchn_close(au.port), 0, "close the other");
    s = status(au.port);
    check_eq(s.status, EVTCHNSTAT_closed, "closed");
}

static void test_bad_ports(void)
{
    struct evtchn_bind_vcpu bv = {.port = NO_PORT};
    struct evtchn_status s = {.dom = DOMID_SELF, .port = 1u << 30};
    struct evtchn_unmask um = {.port = 1u << 30};

    check_eq(evtchn_send(0), -EINVAL, "send to port 0");
    check_eq(evtchn_send(NO_PORT), -EINVAL, "send to a free port");
    check_eq(evtchn_send(1u << 30), -EINVAL, "send to port 2^30");
    check_eq(hc_event_channel_op(EVTCHNOP_unmask, &um), -EINVAL, "unmask port 2^30");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_vcpu, &bv), -EINVAL, "bind_vcpu of a free port");
    check_eq(hc_event_channel_op(EVTCHNOP_status, &s), -EINVAL, "status of port 2^30");
    s.dom = 77;
    check_eq(of_nobody(hc_event_channel_op(EVTCHNOP_status, &s)), -ESRCH, "status in no domain");
    check_eq(hc_event_channel_op(99, &s), -ENOSYS, "unknown command");
    check_eq(hc_event_channel_op(EVTCHNOP_send, (void *)0xffff830000000000), -EFAULT,
             "argument in hypervisor space");
}

static void test_virq(void)
{
    struct evtchn_bind_virq bv = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct evtchn_status s;
    uint64_t deadline;
    long port;

    /* every vCPU starts with a 100 Hz tick, which raises the same VIRQ */
    hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    port = evtchn_bind_virq(VIRQ_TIMER, 0);
    check(port > 0, "bind VIRQ_TIMER");
    s = status((evtchn_port_t)port);
    check_eq(s.status, EVTCHNSTAT_virq, "it is a VIRQ");
    check_eq(s.u.virq, VIRQ_TIMER, "the timer");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_virq, &bv), -EEXIST, "bind it twice");
    bv.vcpu = 77;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_virq, &bv), -ENOENT, "on vCPU 77");
    bv = (struct evtchn_bind_virq){.virq = VIRQ_DOM_EXC, .vcpu = 1};
    check_eq(hc_event_channel_op(EVTCHNOP_bind_virq, &bv), -EINVAL, "global VIRQ on vCPU 1");
    bv.virq = NR_VIRQS;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_virq, &bv), -EINVAL, "VIRQ out of range");

    hits = 0;
    evtchn_set_handler((evtchn_port_t)port, hit, NULL);
    evtchn_irq_restore(false);
    deadline = boot_now() + 2 * MS;
    check_eq(hc_set_timer_op(deadline), 0, "set_timer_op in 2 ms");
    while (!__atomic_load_n(&hits, __ATOMIC_RELAXED) && boot_now() < deadline + 500 * MS)
        ;
    check_eq(hits, 1, "the timer fired while running");
    check(boot_now() >= deadline, "not early");
    evtchn_irq_save();
    hits = 0;
    deadline = boot_now() + 2 * MS;
    hc_set_timer_op(deadline);
    evtchn_block();
    check_eq(hits, 1, "SCHEDOP_block ends with the timer event");
    check(boot_now() >= deadline, "not early either");
    check_eq(boot_shared->vcpu_info[0].evtchn_upcall_mask, 0, "block unmasks events");
    hits = 0;
    hc_set_timer_op(1);
    hc_sched_op(SCHEDOP_yield, NULL);
    while (!__atomic_load_n(&hits, __ATOMIC_RELAXED) && boot_now() < deadline + 500 * MS)
        ;
    check_eq(hits, 1, "a deadline in the past fires at once");
    check_eq(hc_set_timer_op(0), 0, "set_timer_op(0) cancels");
    evtchn_irq_save();
    check_eq(evtchn_close((evtchn_port_t)port), 0, "close the VIRQ port");
    port = evtchn_bind_virq(VIRQ_DEBUG, 0);
    check(port > 0, "bind VIRQ_DEBUG");
    check_eq(evtchn_send((evtchn_port_t)port), -EINVAL, "a VIRQ port cannot be sent to");
    evtchn_close((evtchn_port_t)port);
}

static void test_ipi(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_bind_vcpu bv = {.vcpu = 1};
    struct evtchn_status s;

    check_eq(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0, "bind_ipi to vCPU 0");
    s = status(ipi.port);
    check_eq(s.status, EVTCHNSTAT_ipi, "it is an IPI");
    hits = 0;
    evtchn_set_handler(ipi.port, hit, NULL);
    evtchn_irq_restore(false);
    evtchn_send(ipi.port);
    check_eq(hits, 1, "IPI to self arrives");
    evtchn_irq_save();
    bv.port = ipi.port;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_vcpu, &bv), -EINVAL, "an IPI cannot be rebound");
    evtchn_close(ipi.port);
    ipi.vcpu = 77;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), -ENOENT, "bind_ipi to vCPU 77");
}

static void test_bind_vcpu(void)
{
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bi = {.remote_dom = DOMID_SELF};
    struct evtchn_bind_vcpu bv = {.vcpu = 1};
    struct evtchn_status s;

    hc_event_channel_op(EVTCHNOP_alloc_unbound, &au);
    bi.remote_port = au.port;
    hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi);
    bv.port = au.port;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_vcpu, &bv), 0, "bind_vcpu to vCPU 1");
    s = status(au.port);
    check_eq(s.vcpu, 1, "status says vCPU 1");
    bv.vcpu = 77;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_vcpu, &bv), -ENOENT, "bind_vcpu to vCPU 77");
    clear_pending(au.port);
    clear_pending(bi.local_port);
    boot_shared->vcpu_info[0].evtchn_upcall_pending = 0;
    boot_shared->vcpu_info[0].evtchn_pending_sel = 0;
    __atomic_and_fetch(&boot_shared->evtchn_mask[au.port / 64], ~(1ul << au.port % 64),
                       __ATOMIC_SEQ_CST);
    evtchn_send(bi.local_port);
    check(pending(au.port), "event is pending");
    check(!boot_shared->vcpu_info[0].evtchn_upcall_pending, "vCPU 0 is not told");
    check(boot_shared->vcpu_info[1].evtchn_upcall_pending, "vCPU 1 is");
    check(boot_shared->vcpu_info[1].evtchn_pending_sel >> (au.port / 64) & 1,
          "vCPU 1's selector names the word");
    boot_shared->vcpu_info[1].evtchn_upcall_pending = 0;
    boot_shared->vcpu_info[1].evtchn_pending_sel = 0;
    clear_pending(au.port);
    evtchn_close(au.port);
    evtchn_close(bi.local_port);
}

static void test_poll(void)
{
    evtchn_port_t ports[2], many[200] = {0};
    struct sched_poll p = {.nr_ports = 1, .timeout = boot_now() + 2 * MS};
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bi = {.remote_dom = DOMID_SELF};
    uint64_t start;

    hc_event_channel_op(EVTCHNOP_alloc_unbound, &au);
    bi.remote_port = au.port;
    hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi);
    ports[0] = bi.local_port;
    set_xen_guest_handle(p.ports, ports);
    evtchn_irq_save();
    check_eq(hc_sched_op(SCHEDOP_poll, &p), 0, "poll returns at once: port is pending");
    clear_pending(ports[0]);
    p.timeout = boot_now() + 2 * MS;
    check_eq(hc_sched_op(SCHEDOP_poll, &p), 0, "poll with nothing pending");
    check(boot_now() >= p.timeout, "waited for its time-out");
    boot_shared->evtchn_mask[ports[0] / 64] |= 1ul << ports[0] % 64;
    evtchn_send(au.port);
    start = boot_now();
    p.timeout = start + 2000 * MS;
    check_eq(hc_sched_op(SCHEDOP_poll, &p), 0, "poll of a masked pending port");
    check(boot_now() < start + 1000 * MS, "returned at once");
    ports[0] = 1u << 30;
    check_eq(hc_sched_op(SCHEDOP_poll, &p), -EINVAL, "poll of port 2^30");
    set_xen_guest_handle(p.ports, many);
    p.nr_ports = 129;
    check_eq(hc_sched_op(SCHEDOP_poll, &p), -EINVAL, "poll of 129 ports");
    p.nr_ports = 1;
    set_xen_guest_handle(p.ports, (evtchn_port_t *)0xffff830000000000);
    check_eq(hc_sched_op(SCHEDOP_poll, &p), -EFAULT, "port list in hypervisor space");
    evtchn_close(au.port);
    evtchn_close(bi.local_port);
}

static void test_sched(void)
{
    struct sched_shutdown bad = {.reason = 77};

    (void)bad;
    check_eq(hc_sched_op(SCHEDOP_yield, NULL), 0, "yield");
    check_eq(hc_sched_op(77, NULL), -ENOSYS, "unknown sched_op");
    check_eq(hc_sched_op(SCHEDOP_shutdown, (void *)0xffff830000000000), -EFAULT,
             "shutdown argument in hypervisor space");
    check_eq(hc_sched_op(SCHEDOP_poll, (void *)0x7f0000000000), -EFAULT, "poll argument in a hole");
}

static long pin(int cpu)
{
    struct sched_pin_override p = {.pcpu = cpu};

    return hc_sched_op(SCHEDOP_pin_override, &p);
}

/* The machine has two CPUs. */
static void test_pin_override(void)
{
    if (!boot_is_dom0()) {
        check_eq(pin(0), -EPERM, "pin_override by a guest");
        return;
    }
    check_eq(hc_sched_op(SCHEDOP_pin_override, (void *)0x7f0000000000), -EFAULT,
             "pin_override: argument in a hole");
    check_eq(pin(-1), -EINVAL, "pin_override: not pinned");
    check_eq(pin(1), 0, "pin_override: CPU 1");
    check_eq(pin(1), -EBUSY, "pin_override: the same again");
    check_eq(pin(0), -EBUSY, "pin_override: another");
    check_eq(pin(1 << 20), -EINVAL, "pin_override: no such CPU");
    check_eq(pin(-7), 0, "pin_override: undone");
    check_eq(pin(-1), -EINVAL, "pin_override: undone twice");
    check_eq(pin(0), 0, "pin_override: CPU 0");
    check_eq(pin(-1), 0, "pin_override: undone");
}

static void test_many(void)
{
    static evtchn_port_t ports[300];
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    unsigned good = 0, closed = 0;

    for (unsigned i = 0; i < array_size(ports); i++)
        if (!hc_event_channel_op(EVTCHNOP_alloc_unbound, &au))
            ports[good++] = au.port;
    check_eq(good, array_size(ports), "300 ports");
    for (unsigned i = 0; i < good; i++)
        closed += !evtchn_close(ports[i]);
    check_eq(closed, good, "all closed again");
}

static void test_reset(void)
{
    struct evtchn_reset r = {.dom = DOMID_SELF};
    struct evtchn_alloc_unbound au = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_status s;

    hc_event_channel_op(EVTCHNOP_alloc_unbound, &au);
    check_eq(hc_event_channel_op(EVTCHNOP_reset, &r), 0, "reset");
    s = status(au.port);
    check_eq(s.status, EVTCHNSTAT_closed, "reset closed the port");
    r.dom = 77;
    check_eq(of_nobody(hc_event_channel_op(EVTCHNOP_reset, &r)), -ESRCH, "reset of no domain");
}

void test_main(void)
{
    test_alloc_and_bind();
    test_bad_ports();
    test_virq();
    test_ipi();
    test_bind_vcpu();
    test_poll();
    test_sched();
    test_pin_override();
    test_many();
    if (boot_is_dom0())
        test_reset();
    else
        skip("reset: it would close the console's port");
}
