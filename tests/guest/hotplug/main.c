/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hotplug: physical CPU 1 of two is taken offline and online again, by platform_op and by sysctl: which
 * errors there are, what the calls that describe the machine say, what becomes of affinities,
 * VIRQ_PCPU_STATE; and while two vCPUs work, neither of them, no timer and no event is lost.
 */
#include "control.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/trap.h>
#include <front/vcpu.h>
#include <xen/platform.h>

#define MS    1000000ull
#define TIMES 20

static long platform(uint32_t cmd, uint32_t cpu)
{
    static struct xen_platform_op op;

    op = (struct xen_platform_op){.cmd = cmd, .interface_version = XENPF_INTERFACE_VERSION};
    op.u.cpu_ol.cpuid = cpu;
    return hc_platform_op(&op);
}

static long hotplug(uint32_t what, uint32_t cpu)
{
    static struct xen_sysctl s;

    memset(&s, 0, sizeof(s));
    s.u.cpu_hotplug.op = what;
    s.u.cpu_hotplug.cpu = cpu;
    return sysctl(&s, XEN_SYSCTL_cpu_hotplug);
}
#define ONLINE  XEN_SYSCTL_CPU_HOTPLUG_ONLINE
#define OFFLINE XEN_SYSCTL_CPU_HOTPLUG_OFFLINE

static void test_errors(void)
{
    check_eq(platform(XENPF_cpu_offline, 0), -EOPNOTSUPP, "XENPF_cpu_offline of CPU 0");
    check_eq(platform(XENPF_cpu_offline, 2), -EINVAL, "of one that does not exist");
    check_eq(platform(XENPF_cpu_offline, 9999), -EINVAL, "of CPU 9999");
    check_eq(platform(XENPF_cpu_online, 1), 0, "XENPF_cpu_online of one that is");
    check_eq(platform(XENPF_cpu_online, 2), -EINVAL, "of one that does not exist");
    check_eq(hotplug(OFFLINE, 0), -EINVAL, "sysctl: CPU 0 offline");
    check_eq(hotplug(OFFLINE, 2), -EINVAL, "one that does not exist");
    check_eq(hotplug(OFFLINE, 1u << 31), -EINVAL, "nor with that number");
    check_eq(hotplug(ONLINE, 1), -EEXIST, "one online that is");
    check_eq(hotplug(ONLINE, 2), -EINVAL, "one that does not exist");
    check_eq(hotplug(XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE, 0), -EOPNOTSUPP, "SMT on, which is none");
    check_eq(hotplug(XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE, 0), -EOPNOTSUPP, "SMT off");
    check_eq(hotplug(77, 1), -EOPNOTSUPP, "an unknown operation");
}

/* What is told about CPU 1, and of how many there are. */
static void told(bool online)
{
    static struct xen_platform_op op;
    static struct xen_sysctl s;
    static struct xen_sysctl_cputopo topo[4];
    static uint64_t map;

    op = (struct xen_platform_op){.cmd = XENPF_get_cpuinfo,
                                  .interface_version = XENPF_INTERFACE_VERSION};
    op.u.pcpu_info.xen_cpuid = 1;
    check_eq(hc_platform_op(&op), 0, "get_cpuinfo of CPU 1, %s", online ? "online" : "offline");
    check_eq(op.u.pcpu_info.flags, online ? XEN_PCPU_FLAGS_ONLINE : 0, "flags");
    check_eq(op.u.pcpu_info.max_present, 1, "max_present");
    memset(&s, 0, sizeof(s));
    check_eq(sysctl(&s, XEN_SYSCTL_physinfo), 0, "physinfo");
    check_eq(s.u.physinfo.nr_cpus, online ? 2 : 1, "nr_cpus");
    check_eq(s.u.physinfo.max_cpu_id, 1, "max_cpu_id");
    memset(&s, 0, sizeof(s));
    s.u.cputopoinfo.num_cpus = 4;
    set_xen_guest_handle(s.u.cputopoinfo.cputopo, topo);
    check_eq(sysctl(&s, XEN_SYSCTL_cputopoinfo), 0, "cputopoinfo");
    check_eq(s.u.cputopoinfo.num_cpus, 2, "num_cpus");
    check_eq(topo[1].core == XEN_INVALID_CORE_ID, !online, "its core (%x)", topo[1].core);
    check_eq(topo[1].socket == XEN_INVALID_SOCKET_ID, !online, "its socket (%x)", topo[1].socket);
    check_eq(topo[0].core, 0, "the other's");
    memset(&s, 0, sizeof(s));
    map = 0;
    s.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
    s.u.cpupool_op.cpumap.nr_bits = 64;
    s.u.cpupool_op.cpumap.bitmap.p = (void *)&map;
    check_eq(sysctl(&s, XEN_SYSCTL_cpupool_op), 0, "cpupool info");
    check_eq((long)map, online ? 3 : 1, "its CPUs");
}

/* ---- affinity of vCPU 1, which does not run ---- */
static uint64_t hard, soft;
static long affinity(bool set, uint64_t hard_set)
{
    static struct xen_domctl d;

    hard = soft = hard_set;
    memset(&d, 0, sizeof(d));
    d.u.vcpuaffinity.vcpu = 1;
    d.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
    d.u.vcpuaffinity.cpumap_hard.nr_bits = d.u.vcpuaffinity.cpumap_soft.nr_bits = 8;
    d.u.vcpuaffinity.cpumap_hard.bitmap.p = (void *)&hard;
    d.u.vcpuaffinity.cpumap_soft.bitmap.p = (void *)&soft;
    return domctl(&d, set ? XEN_DOMCTL_setvcpuaffinity : XEN_DOMCTL_getvcpuaffinity, 0);
}

static void test_affinity(void)
{
    check_eq(affinity(true, 3), 0, "pin vCPU 1 to both");
    check_eq(hotplug(OFFLINE, 1), 0, "CPU 1 offline");
    check_eq(affinity(false, 0), 0, "its affinity");
    check_eq((long)(hard & 3), 3, "is as before");
    check_eq(affinity(true, 2), -EINVAL, "pin it to what is offline");
    check_eq(affinity(true, 3), 0, "or to both");
    check_eq((long)hard, 1, "comes to CPU 0");
    check_eq(hotplug(ONLINE, 1), 0, "CPU 1 online");
    check_eq(affinity(true, 2), 0, "pin it to CPU 1");
    check_eq(hotplug(OFFLINE, 1), 0, "CPU 1 offline");
    check_eq(affinity(false, 0), 0, "its affinity");
    check_eq((long)(hard & 3), 3, "is dropped");
    check_eq(hotplug(ONLINE, 1), 0, "CPU 1 online");
    check_eq(affinity(false, 0), 0, "its affinity");
    check_eq((long)(hard & 3), 3, "does not come back");
}

/* ---- a CPU's resources ---- */
static struct xen_platform_op resource;
static struct xenpf_resource_entry entries[8];
static long read_tsc(uint32_t cpu, uint32_t count)
{
    for (unsigned i = 0; i < 8; i++)
        entries[i] = (struct xenpf_resource_entry){.u.cmd = XEN_RESOURCE_OP_MSR_READ, .idx = 0x10};
    resource = (struct xen_platform_op){.cmd = XENPF_resource_op,
                                        .interface_version = XENPF_INTERFACE_VERSION};
    resource.u.resource_op.cpu = cpu;
    resource.u.resource_op.nr_entries = count;
    set_xen_guest_handle(resource.u.resource_op.entries, entries);
    return hc_platform_op(&resource);
}

static void test_resources(void)
{
    check_eq(read_tsc(0, 1), 1, "resource_op: the TSC of CPU 0");
    check(entries[0].val, "is told");
    check_eq(read_tsc(1, 2), 2, "that of CPU 1, twice");
    check(entries[1].val, "is told");
    check_eq(read_tsc(2, 1), -ENODEV, "of a CPU that does not exist");
    check_eq(read_tsc(9999, 1), -ENODEV, "of CPU 9999");
    check_eq(read_tsc(0, 0), 0, "nothing");
    check_eq(read_tsc(0, 3), 3, "three entries");
    check_eq(read_tsc(0, 4), -EINVAL, "four are too many");
    check_eq(read_tsc(2, 4), -EINVAL, "of whatever CPU");
    check_eq(read_tsc(2, 0), 0, "as none is of none");
    check_eq(hotplug(OFFLINE, 1), 0, "CPU 1 offline");
    check_eq(read_tsc(1, 1), -ENODEV, "its TSC");
    check_eq(hotplug(ONLINE, 1), 0, "CPU 1 online");
    check_eq(read_tsc(1, 1), 1, "its TSC");
}

static long pin(int cpu)
{
    struct sched_pin_override p = {.pcpu = cpu};

    return hc_sched_op(SCHEDOP_pin_override, &p);
}

static void test_override(void)
{
    check_eq(pin(1), 0, "a vCPU pins itself to CPU 1");
    check_eq(hotplug(OFFLINE, 1), -EADDRINUSE, "which stays");
    told(true);
    check_eq(pin(-1), 0, "until it is done");
    check_eq(hotplug(OFFLINE, 1), 0, "CPU 1 offline");
    check_eq(pin(1), -EINVAL, "and cannot be had any more");
    check_eq(hotplug(ONLINE, 1), 0, "CPU 1 online");
}

/* ---- nothing is lost ---- */
static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static volatile unsigned changes, ticks, ipis;
static volatile uint64_t turns;

static void count(evtchn_port_t port, void *arg)
{
    (void)port;
    ++*(volatile unsigned *)arg;
}

/* Sleeps and works in turns; wakes by its own timer. */
static void second(void *arg)
{
    (void)arg;
    trap_init_callbacks();
    boot_shared->vcpu_info[1].evtchn_upcall_mask = 0;
    for (;;) {
        struct vcpu_set_singleshot_timer ss = {.timeout_abs_ns = boot_now() + MS / 2};

        turns++;
        evtchn_irq_save(); /* or the timer's event comes, and goes, before the sleep */
        hc_vcpu_op(VCPUOP_set_singleshot_timer, 1, &ss);
        evtchn_block();
        for (volatile unsigned i = 0; i < 20000; i++)
            ;
    }
}

static void start_second(void)
{
    check_eq(vcpu_start(1, second, NULL, stack1), 0, "vCPU 1 is up");
    check_eq(hc_vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL), 0, "without a tick");
}

/* This vCPU's timer, an IPI to the other, and that one's own timers all come. */
static bool all_alive(evtchn_port_t ipi)
{
    const uint64_t end = boot_now() + 20000 * MS, was = turns;
    const unsigned tick = ticks, got = ipis;

    hc_set_timer_op(boot_now() + MS);
    evtchn_send(ipi);
    while ((ticks == tick || ipis == got || turns < was + 3) && boot_now() < end)
        hc_sched_op(SCHEDOP_yield, NULL);
    return ticks > tick && ipis > got && turns >= was + 3;
}

/* Takes CPU 1 away or gives it back while both vCPUs work.  Its error, or 0; *good and *seen count those after
 * which all was alive, and those that the VIRQ told of (at least once: Xen may try again, and tell again). */
static long change(uint32_t op, evtchn_port_t ipi, unsigned *good, unsigned *seen)
{
    const unsigned was = changes;
    const long err = platform(op, 1);

    *good += all_alive(ipi);
    *seen += changes > was;
    return err;
}

static void test_work(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 1};
    const long timer = evtchn_bind_virq(VIRQ_TIMER, 0), timer1 = evtchn_bind_virq(VIRQ_TIMER, 1);
    static unsigned nothing;
    unsigned good = 0, seen = 0;
    long err = 0;

    check_eq(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0, "no tick");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0, "an IPI port to vCPU 1");
    evtchn_set_handler((evtchn_port_t)timer, count, (void *)&ticks);
    evtchn_set_handler((evtchn_port_t)timer1, count, &nothing);
    evtchn_set_handler(ipi.port, count, (void *)&ipis);
    evtchn_irq_restore(false);
    start_second();
    check(all_alive(ipi.port), "both work");
    for (unsigned i = 0; i < TIMES && !err; i++) {
        err = change(XENPF_cpu_offline, ipi.port, &good, &seen);
        err = err ? err : change(XENPF_cpu_online, ipi.port, &good, &seen);
    }
    check_eq(err, 0, "CPU 1 goes and comes %u times", TIMES);
    check_eq(good, 2 * TIMES, "and timers and events come each time");
    check_eq(seen, 2 * TIMES, "VIRQ_PCPU_STATE tells of each change");
    evtchn_irq_save();
}

void test_main(void)
{
    const long port = evtchn_bind_virq(VIRQ_PCPU_STATE, 0);

    check(port > 0, "VIRQ_PCPU_STATE");
    evtchn_set_handler((evtchn_port_t)port, count, (void *)&changes);
    told(true);
    test_errors();
    check_eq(platform(XENPF_cpu_offline, 1), 0, "CPU 1 offline");
    check_eq(platform(XENPF_cpu_offline, 1), 0, "and again, which is no error");
    check_eq(hotplug(OFFLINE, 1), -EEXIST, "but by sysctl");
    told(false);
    check_eq(hotplug(ONLINE, 1), 0, "CPU 1 online");
    told(true);
    test_affinity();
    test_resources();
    test_override();
    test_work();
}
