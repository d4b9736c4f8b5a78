/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl: what the control domain may ask of, and tell, the machine as a whole. */
#include <hv/budget.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>

#include "../domain/room.h"

/* Nearly all operations write their structure back; these return 0 or an error. */
typedef long (*sysctl_fn)(struct xen_sysctl *op);

/* What every machine has; arch_physinfo adds clock rate and feature words. */
static long do_physinfo(struct xen_sysctl *op)
{
    unsigned cpus = arch_cpu_count(), online = 0;

    for (cpuset_t left = online_cpus(); left; left &= left - 1)
        online++;
    op->u.physinfo = (struct xen_sysctl_physinfo){
        .threads_per_core = 1,
        .cores_per_socket = online,
        .nr_cpus = online,
        .max_cpu_id = cpus - 1,
        .nr_nodes = 1,
        .capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1 |
                        (cmdline.gnttab_max_ver > 1 ? XEN_SYSCTL_PHYSCAP_gnttab_v2 : 0),
        .total_pages = frame_total_count(),
        .free_pages = frame_free_count(),
    };
    arch_physinfo(&op->u.physinfo);
    return 0;
}

static long do_getdomaininfolist(struct xen_sysctl *op)
{
    struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
    struct xen_domctl_getdomaininfo info;
    gva_t to = GUEST_PTR(l->buffer);
    uint32_t n = 0;

    for (struct domain *d = domain_next(l->first_domain); d && n < l->max_domains; n++) {
        domain_info(d, &info);
        if (guest_write(gva_add(to, n * sizeof(info)), &info, sizeof(info)))
            return refuse(XEN_EFAULT);
        /* The ABI has no room for progress: interrupts are served, other work waits. */
        (void)budget_look();
        d = domain_next(d->id + 1u);
    }
    l->num_domains = n;
    return 0;
}

static void show_domains(void)
{
    struct vcpu *v;

    for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1u)) {
        log_err("d%u: pages %lu of %lu, dying %d, paused %u", d->id, d->tot_pages, d->max_pages,
                d->dying, d->hold_count);
        for_each_vcpu(d, v)
            log_err("  v%u: CPU %u runstate %d flags %x paused %u vtime %ld", v->id, v->sched.cpu,
                    v->sched.runstate, v->sched.flags, v->sched.pause_count, v->sched.vtime);
    }
}

static void debug_key(char key)
{
    switch (key) {
    case 'h':
        log_err("keys: a: audit of the scheduler, m: memory, q: domains, R: reboot");
        break;
    case 'a':
        log_err("audit: scheduler %d", sched_audit(false));
        break;
    case 'm':
        log_err("memory: %lu of %lu pages free", frame_free_count(), frame_total_count());
        break;
    case 'q':
        show_domains();
        break;
    case 'R':
        arch_reboot();
    default:
        log_err("debug key '%c' is not known; h lists them", key);
    }
}

static long do_debug_keys(struct xen_sysctl *op)
{
    char keys[16];
    uint32_t n = min(op->u.debug_keys.nr_keys, (uint32_t)sizeof(keys));

    if (guest_read(keys, GUEST_PTR(op->u.debug_keys.keys), n))
        return refuse(XEN_EFAULT);
    for (uint32_t i = 0; i < n; i++)
        debug_key(keys[i]);
    return 0;
}

static long do_getcpuinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
    uint32_t n = min(g->max_cpus, (uint32_t)arch_cpu_count());

    for (uint32_t cpu = 0; cpu < n; cpu++) {
        struct xen_sysctl_cpuinfo info = {
            .idletime = online_cpus() & CPUSET(cpu) ? sched_idle_time(cpu) : 0};
        if (guest_write(gva_add(GUEST_PTR(g->info), cpu * sizeof(info)), &info, sizeof(info)))
            return refuse(XEN_EFAULT);
    }
    g->nr_cpus = n;
    return 0;
}

/* One socket, one node, a core each; a NULL array asks for the number only. */
static long do_cputopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;
    gva_t to = GUEST_PTR(t->cputopo);
    uint32_t n = arch_cpu_count();

    if (to.a)
        n = min(n, t->num_cpus);
    for (uint32_t cpu = 0; to.a && cpu < n; cpu++) {
        struct xen_sysctl_cputopo c = {.core = cpu};
        if (!(online_cpus() & CPUSET(cpu)))
            c.core = c.socket = XEN_INVALID_CORE_ID;
        if (guest_write(gva_add(to, cpu * sizeof(c)), &c, sizeof(c)))
            return refuse(XEN_EFAULT);
    }
    t->num_cpus = n;
    return 0;
}

static long do_numainfo(struct xen_sysctl *op)
{
    struct xen_sysctl_numainfo *t = &op->u.numainfo;
    struct xen_sysctl_meminfo mem = {
        .memsize = frame_total_count() << PAGE_SHIFT,
        .memfree = frame_free_count() << PAGE_SHIFT,
    };
    bool fill = t->num_nodes > 0;

    if (fill && t->meminfo.p && guest_write(GUEST_PTR(t->meminfo), &mem, sizeof(mem)))
        return refuse(XEN_EFAULT);
    if (fill && t->distance.p && guest_write_u32(GUEST_PTR(t->distance), 10))
        return refuse(XEN_EFAULT);
    t->num_nodes = 1;
    return 0;
}

/* Of no device is the node known. Devices are dom0's to number: none is said not to be there. */
static long do_pcitopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_pcitopoinfo *t = &op->u.pcitopoinfo;
    uint32_t i = 0;

    if (!t->devs.p || !t->nodes.p)
        return refuse(XEN_EINVAL);
    for (; i < t->num_devs; i++) {
        uint32_t dev; /* its address in a word */
        if (guest_read_u32(&dev, gva_add(GUEST_PTR(t->devs), i * 4ul)) ||
            guest_write_u32(gva_add(GUEST_PTR(t->nodes), i * 4ul), XEN_INVALID_NODE_ID))
            return refuse(XEN_EFAULT);
        budget_draw(BUDGET_ENTRY);
        if (budget_spent())
            break; /* one turn a call: the caller goes on behind what was done */
    }
    t->num_devs = min(i + 1, t->num_devs);
    return 0;
}

/* There is one pool, number 0, with every CPU that is online, and every domain. */
static long do_cpupool(struct xen_sysctl *op)
{
    struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;

    switch (p->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        if (p->cpupool_id)
            return refuse(XEN_ENOENT);
        p->sched_id = XEN_SCHEDULER_CREDIT;
        p->n_dom = 0;
        for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1u))
            p->n_dom++, budget_draw(BUDGET_ENTRY);
        return cpuset_to_guest(&p->cpumap, online_cpus());
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        return cpuset_to_guest(&p->cpumap, 0);
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        return p->cpupool_id ? refuse(XEN_ENOENT) : 0;
    default:
        return refuse(XEN_EOPNOTSUPP);
    }
}

static long do_scheduler(struct xen_sysctl *op)
{
    struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;

    if (s->sched_id != XEN_SCHEDULER_CREDIT || s->cpupool_id)
        return refuse(XEN_EINVAL);
    if (s->cmd != XEN_SYSCTL_SCHEDOP_getinfo)
        return refuse(XEN_EOPNOTSUPP); /* the slice is fixed */
    s->u.sched_credit = (struct xen_sysctl_credit_schedule){
        .tslice_ms = (uint32_t)(SCHED_SLICE / MILLISECS(1)),
    };
    return 0;
}

/* What is asked for is so when this returns, but that the CPU takes its own steps at its next decision. */
long cpu_hotplug(uint32_t cpu, bool in)
{
    int err = 0;

    if (cpu >= arch_cpu_count() || (!cpu && !in)) /* the first one has what others leave */
        return refuse(XEN_EINVAL);
    cpu = (uint32_t)index_nospec(cpu, HV_MAX_CPUS);
    if (!(online_cpus() & CPUSET(cpu)) == !in)
        return refuse(XEN_EEXIST);
    if (in)
        sched_cpu_in(cpu);
    else
        err = sched_cpu_out(cpu);
    if (err)
        return refuse(-err);
    log_info("CPU %u is %s\n", cpu, in ? "online" : "offline");
    domain_global_virq(VIRQ_PCPU_STATE);
    return 0;
}

static long do_cpu_hotplug(const struct xen_sysctl_cpu_hotplug *h)
{
    switch (h->op) {
    case XEN_SYSCTL_CPU_HOTPLUG_ONLINE:
    case XEN_SYSCTL_CPU_HOTPLUG_OFFLINE:
        return cpu_hotplug(h->cpu, h->op == XEN_SYSCTL_CPU_HOTPLUG_ONLINE);
    default: /* siblings are taken by their numbers, or left out by smt=0 */
        return refuse(XEN_EOPNOTSUPP);
    }
}

/* Operations of a line; what is not known may be the machine's. */
static long run_small(struct xen_sysctl *op, bool *write)
{
    switch (op->cmd) {
    case XEN_SYSCTL_readconsole:
        return console_read_ring(&op->u.readconsole);
    case XEN_SYSCTL_sched_id:
        op->u.sched_id.sched_id = XEN_SCHEDULER_CREDIT;
        return 0;
    case XEN_SYSCTL_cpu_hotplug:
        return do_cpu_hotplug(&op->u.cpu_hotplug);
    case XEN_SYSCTL_availheap:
        op->u.availheap.avail_bytes = frame_free_count() << PAGE_SHIFT;
        return 0;
    default:
        *write = false;
        return arch_sysctl(op, write);
    }
}

static const sysctl_fn table[] = {
    [XEN_SYSCTL_physinfo] = do_physinfo,
    [XEN_SYSCTL_getdomaininfolist] = do_getdomaininfolist,
    [XEN_SYSCTL_debug_keys] = do_debug_keys,
    [XEN_SYSCTL_getcpuinfo] = do_getcpuinfo,
    [XEN_SYSCTL_cputopoinfo] = do_cputopoinfo,
    [XEN_SYSCTL_numainfo] = do_numainfo,
    [XEN_SYSCTL_pcitopoinfo] = do_pcitopoinfo,
    [XEN_SYSCTL_cpupool_op] = do_cpupool,
    [XEN_SYSCTL_scheduler_op] = do_scheduler,
};

long op_sysctl(struct vcpu *cur, gva_t arg)
{
    struct xen_sysctl op;
    bool write = true;
    long ret;

    (void)cur;
    if (guest_read(&op, arg, sizeof(op)))
        return refuse(XEN_EFAULT);
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return refuse(XEN_EACCES);
    const sysctl_fn fn = table[index_nospec(op.cmd, ARRAY_SIZE(table))];
    ret = op.cmd < ARRAY_SIZE(table) && fn ? fn(&op) : run_small(&op, &write);
    if (write && ret >= 0 && guest_write(arg, &op, sizeof(op)))
        return refuse(XEN_EFAULT);
    return ret;
}
