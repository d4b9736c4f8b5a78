/* SPDX-License-Identifier: BSD-2-Clause */
/* See world.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>

#include "host.h"
#include "../../audit/audit.h"
#include "world.h"

long world_alloc_fails_in = -1;
unsigned world_allocs, world_restarts;
void (*world_allocating)(void);

/* ---- allocations that fail on demand ---- */
void *__real_hv_alloc(size_t n);
void *__wrap_hv_alloc(size_t n);
void *__real_hv_alloc_pages(unsigned order);
void *__wrap_hv_alloc_pages(unsigned order);
mfn_t __real_frame_alloc(unsigned order, unsigned flags);
mfn_t __wrap_frame_alloc(unsigned order, unsigned flags);

static bool fails(void)
{
    world_allocs++;
    if (world_allocating)
        world_allocating();
    return world_alloc_fails_in >= 0 && world_alloc_fails_in-- == 0;
}
void *__wrap_hv_alloc(size_t n)
{
    return fails() ? NULL : __real_hv_alloc(n);
}
void *__wrap_hv_alloc_pages(unsigned order)
{
    return fails() ? NULL : __real_hv_alloc_pages(order);
}
mfn_t __wrap_frame_alloc(unsigned order, unsigned flags)
{
    return fails() ? MFN_INVALID : __real_frame_alloc(order, flags);
}

/* ---- what the machine is asked for, looked at ---- */
bool world_context_of_running;
void (*world_quiescing)(void);
int __real_arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
int __wrap_arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void __real_arch_quiesce(void);
void __wrap_arch_quiesce(void);

int __wrap_arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    world_context_of_running |= v->sched.running || vcpu_runnable(v);
    return __real_arch_vcpu_set_context(v, c);
}
void __wrap_arch_quiesce(void)
{
    if (world_quiescing)
        world_quiescing();
    __real_arch_quiesce();
}

/* ---- the machine's hypercalls: none here ---- */
#define ABSENT1(name, A)                                                                           \
    long op_##name(struct vcpu *cur, A a)                                                          \
    {                                                                                              \
        (void)cur, (void)a;                                                                        \
        return -XEN_ENOSYS;                                                                        \
    }
#define ABSENT2(name, A, B)                                                                        \
    long op_##name(struct vcpu *cur, A a, B b)                                                     \
    {                                                                                              \
        (void)cur, (void)a, (void)b;                                                               \
        return -XEN_ENOSYS;                                                                        \
    }
ABSENT1(set_trap_table, gva_t)
long op_iret(struct vcpu *cur)
{
    cur->mc_end = MC_LEFT;
    return WORLD_IRET_RAX;
}
ABSENT1(fpu_taskswitch, unsigned)
ABSENT1(get_debugreg, unsigned)
ABSENT1(platform_op, gva_t)
ABSENT2(stack_switch, uint64_t, uint64_t)
ABSENT2(callback_op, unsigned, gva_t)
ABSENT2(set_debugreg, unsigned, uint64_t)
ABSENT2(set_segment_base, unsigned, uint64_t)
ABSENT2(physdev_op, unsigned, gva_t)
long op_set_callbacks(struct vcpu *cur, gva_t a, gva_t b, gva_t c)
{
    (void)cur, (void)a, (void)b, (void)c;
    return -XEN_ENOSYS;
}
long arch_domctl(struct xen_domctl *op, struct domain *d, bool *copyback)
{
    (void)op, (void)d, (void)copyback;
    return -XEN_ENOSYS;
}
void arch_physinfo(struct xen_sysctl_physinfo *p)
{
    (void)p;
}
long arch_sysctl(struct xen_sysctl *op, bool *copyback)
{
    (void)op, (void)copyback;
    return -XEN_ENOSYS;
}

/* ---- running ---- */
void world_softirq(void)
{
    sched_softirq();
    domain_reap();
}

void world_settle(void)
{
    bool again = true;

    while (again) {
        again = false;
        for (host_cpu = 0; host_cpu < arch_cpu_count(); host_cpu++) {
            struct vcpu *prev = sched_current(host_cpu);
            if (!sched_pending())
                continue;
            again = true;
            world_softirq();
            if (sched_current(host_cpu) != prev)
                sched_switched(prev);
        }
    }
    host_cpu = 0;
    domain_reap();
}

struct vcpu *world_start_with(unsigned cpus, uint64_t frames)
{
    struct xen_domctl_createdomain cfg = {
        .max_vcpus = 1,
        .max_evtchn_port = -1u,
        .max_grant_frames = -1,
        .max_maptrack_frames = -1,
        .grant_opts = XEN_DOMCTL_GRANT_version(1),
    };
    struct domain *d;

    world_alloc_fails_in = -1;
    host_machine(frames, cpus);
    cmdline_parse("guest_loglvl=all");
    domain_table_init();
    domain_room_init();
    sched_init();
    for (host_cpu = 0; host_cpu < cpus; host_cpu++)
        cr_assert_eq(sched_init_cpu(host_cpu), 0);
    host_cpu = 0;
    cr_assert_eq(domain_create(0, &cfg, true, &d), 0);
    cr_assert_eq(dom0, d);
    d->max_pages = 1000;
    cr_assert_eq(domain_add_vcpu(d, 0, 0), 0);
    vcpu_set_affinity(d->vcpu[0], CPUSET(0), CPUSET_ALL);
    vcpu_up(d->vcpu[0]);
    vcpu_set_whole(d->vcpu[0], true);
    domain_unpause(d);
    world_settle();
    cr_assert_eq(sched_current(0), d->vcpu[0]);
    return d->vcpu[0];
}

struct vcpu *world_start(unsigned cpus)
{
    return world_start_with(cpus, 4096);
}

/* As an entry path does: a number that the table does not have is no call. */
long world_dispatch(struct vcpu *cur, unsigned nr, const uint64_t a[5])
{
    const hcall_fn *table = cur->domain->privileged ? hcall_table_dom0 : hcall_table_guest;

    budget_refill();
    long ret =
        nr < HCALL_MAX && table[nr] ? table[nr](cur, a[0], a[1], a[2], a[3], a[4]) : -XEN_ENOSYS;

    cr_assert_eq(host_locks_held(), 0);
    return ret;
}

mfn_t world_next_page(const struct domain *d, uint64_t *cursor)
{
    const struct frame *f;

    do
        f = audit_frame_next(d, cursor);
    while (f && atomic_load(&f->ref) & FRAME_HV);
    cr_assert(f);
    return frame_mfn(f);
}

long(world_call)(struct vcpu *cur, unsigned nr, ...)
{
    uint64_t args[5];
    va_list ap;
    long ret;

    va_start(ap, nr);
    for (unsigned i = 0; i < 5; i++)
        args[i] = va_arg(ap, uint64_t);
    va_end(ap);
    for (;;) {
        cur->arch.restart_nr = ~0UL;
        ret = world_dispatch(cur, nr, args);
        if (cur->arch.restart_nr == ~0UL)
            return ret;
        cr_assert_eq(ret, (long)cur->arch.restart_nr);
        nr = (unsigned)cur->arch.restart_nr;
        memcpy(args, cur->arch.restart_args, cur->arch.restart_nargs * sizeof(args[0]));
        world_restarts++;
        world_settle();
    }
}

long world_domctl(struct vcpu *cur, struct xen_domctl *op, uint32_t cmd, domid_t id)
{
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = id;
    return world_call(cur, __HYPERVISOR_domctl, (uint64_t)op, 0UL, 0UL, 0UL, 0UL);
}

long world_sysctl(struct vcpu *cur, struct xen_sysctl *op, uint32_t cmd)
{
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return world_call(cur, __HYPERVISOR_sysctl, (uint64_t)op, 0UL, 0UL, 0UL, 0UL);
}

long world_destroy(struct vcpu *cur, domid_t id)
{
    struct xen_domctl op = {0};
    long ret = world_domctl(cur, &op, XEN_DOMCTL_destroydomain, id);

    world_settle();
    return ret;
}

static bool build(struct vcpu *cur, domid_t id, unsigned vcpus, unsigned pages)
{
    struct domain *d = domain_find(id);
    struct xen_domctl op = {.u.max_vcpus.max = vcpus};
    struct vcpu_guest_context ctx = {.flags = VGCF_online};
    mfn_t mfn = MFN_INVALID;

    if (world_domctl(cur, &op, XEN_DOMCTL_max_vcpus, id))
        return false;
    op.u.max_mem.max_memkb = pages * 4;
    if (world_domctl(cur, &op, XEN_DOMCTL_max_mem, id))
        return false;
    for (unsigned i = 0; i < pages; i++)
        if (frame_alloc_domain(d, 0, 0, &mfn))
            return false;
    ctx.ctrlreg[3] = xen_pfn_to_cr3(mfn.n); /* an empty table */
    for (unsigned i = 0; i < vcpus; i++) {
        op.u.vcpucontext.vcpu = i;
        op.u.vcpucontext.ctxt.p = &ctx;
        if (world_domctl(cur, &op, XEN_DOMCTL_setvcpucontext, id))
            return false;
    }
    return true;
}

struct domain *world_guest(struct vcpu *cur, unsigned vcpus, unsigned pages)
{
    struct xen_domctl op = {.u.createdomain = {
                                .max_vcpus = vcpus,
                                .max_evtchn_port = -1u,
                                .max_grant_frames = -1,
                                .max_maptrack_frames = -1,
                                .grant_opts = XEN_DOMCTL_GRANT_version(1),
                            }};

    if (world_domctl(cur, &op, XEN_DOMCTL_createdomain, 0))
        return NULL;
    if (build(cur, op.domain, vcpus, pages))
        return domain_find(op.domain);
    domid_t id = op.domain;
    cr_assert_eq(world_destroy(cur, id), 0);
    cr_assert_null(domain_find(id));
    return NULL;
}
