/* SPDX-License-Identifier: BSD-2-Clause */
/* See world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/budget.h>
#include <hv/dirty.h>
#include <hv/grant.h>
#include <hv/lib.h>

#include "../../audit/audit.h"
#include "world.h"
#include "../../../hypervisor/core/frame/frame_int.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

struct domain world_dom[WORLD_DOMAINS];
struct vcpu world_vcpu[WORLD_VCPUS];
unsigned world_gone, world_restarts;

static struct domain io, hv, idle = {.is_idle = true};
static struct vcpu idle_vcpu = {.domain = &idle};
struct domain *io_domain = &io, *hv_domain = &hv, *dom0 = &world_dom[0], *idle_domain;

/* ---- other rooms ---- */
struct domain *domain_find(domid_t id)
{
    return id < WORLD_DOMAINS ? &world_dom[id] : NULL;
}
int domain_target(struct vcpu *cur, domid_t id, struct domain **out)
{
    *out = id == DOMID_SELF ? cur->domain : domain_find(id);
    if (*out == cur->domain)
        return 0;
    if (!cur->domain->privileged)
        return -XEN_EPERM;
    return *out ? 0 : -XEN_ESRCH;
}
static void count_gone(struct domain *d)
{
    if (d->dying)
        world_gone++;
}
int grant_frame(struct domain *d, unsigned i, mfn_t *out)
{
    (void)d;
    *out = MFN(HOST_MFN_BASE + i);
    return i < 4 ? 0 : -XEN_EINVAL;
}
int grant_status_frame(struct domain *d, unsigned i, mfn_t *out)
{
    int rc = grant_frame(d, i, out);

    *out = MFN(HOST_MFN_BASE + 50 + i);
    return rc;
}
void hv_log(enum log_level level, const char *fmt, ...)
{
    va_list ap;

    (void)level;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}
void panic(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    abort();
}
void check_failed(const char *what, const char *file, int line)
{
    panic("CHECK failed: %s at %s:%d\n", what, file, line);
}

/* ---- continuations ---- */
static struct {
    struct vcpu *cur;
    unsigned nr;
    uint64_t a[6];
} again;

long hcall_restart(struct vcpu *cur, unsigned nr, const uint64_t *args, unsigned nargs)
{
    again.cur = cur;
    again.nr = nr;
    memcpy(again.a, args, nargs * sizeof(args[0]));
    world_restarts++;
    budget_refill(); /* the guest enters again */
    return WORLD_CONTINUED;
}

uint64_t world_continuation(void)
{
    return 1 + again.nr + 64 * (again.cur - world_vcpu) + (again.a[1] << 16);
}

long settle(long rc)
{
    const uint64_t *a = again.a;

    CHECK(!host_locks_held());
    while (rc == WORLD_CONTINUED)
        switch (again.nr) {
        case __HYPERVISOR_mmu_update:
            rc = op_mmu_update(again.cur, GVA(a[0]), a[1], GVA(a[2]), a[3]);
            break;
        case __HYPERVISOR_mmuext_op:
            rc = op_mmuext_op(again.cur, GVA(a[0]), a[1], GVA(a[2]), a[3]);
            break;
        case __HYPERVISOR_update_va_mapping:
            rc = op_update_va_mapping(again.cur, GVA(a[0]), a[1], a[2]);
            break;
        case __HYPERVISOR_memory_op:
            rc = op_memory_op(again.cur, a[0], GVA(a[1]));
            break;
        case __HYPERVISOR_set_gdt:
            rc = op_set_gdt(again.cur, GVA(a[0]), a[1]);
            break;
        default:
            panic("hypercall %u does not restart\n", again.nr);
        }
    return rc;
}

/* ---- the world ---- */
void world_start(uint64_t frames, uint64_t max_pages)
{
    host_machine(frames + WORLD_DOMAINS, 3); /* theirs are the bits of their regions */
    frame_last_gone = count_gone;
    frame_given = dirty_frames;
    memset(world_dom, 0, sizeof(world_dom));
    memset(world_vcpu, 0, sizeof(world_vcpu));
    world_gone = world_restarts = 0;
    io.id = DOMID_IO;
    hv.id = DOMID_XEN;
    for (unsigned i = 0; i < WORLD_DOMAINS; i++) {
        struct domain *d = &world_dom[i];
        d->id = (domid_t)i;
        d->privileged = i == 0;
        d->vcpu_max = 2;
        d->max_pages = max_pages;
        d->dirty_cpus = 1;
        d->regions = hv_alloc_pages(0);
    }
    for (unsigned i = 0; i < WORLD_VCPUS; i++) {
        struct vcpu *v = &world_vcpu[i];
        v->domain = &world_dom[i % WORLD_DOMAINS];
        v->id = i / WORLD_DOMAINS;
        v->domain->vcpu[v->id] = v;
        v->cr3 = v->user_cr3 = MFN_INVALID;
    }
}

void world_enter(unsigned i)
{
    static const unsigned home[WORLD_VCPUS] = {2, 0, 1, 2, 1, 2};
    struct vcpu *v = &world_vcpu[i];

    if (!host_log.current[0]) { /* nobody has run yet */
        for (unsigned cpu = 0; cpu < 3; cpu++)
            host_log.current[cpu] = &idle_vcpu;
        for (unsigned d = 0; d < WORLD_DOMAINS; d++)
            world_dom[d].dirty_cpus = 0;
    }
    host_tlb_exit();
    host_cpu = v->sched.cpu = home[i];
    if (host_log.current[host_cpu] != v)
        arch_context_switch(host_log.current[host_cpu], v);
}

/* What is wrong with a CPU's memory of this frame?  NULL: nothing. */
static const char *tlb_entry_fault(unsigned cpu, mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);
    const uint64_t r = atomic_load(&f->ref), t = atomic_load(&f->type);
    const unsigned type = (unsigned)(t >> PTYPE_SHIFT);
    const bool table = type >= PT_L1 && type <= PT_SEGDESC &&
                       t & (PTYPE_VALIDATED | PTYPE_PARTIAL | PTYPE_UNDO | PTYPE_COUNT);
    bool old;
    const unsigned holds = host_tlb_entry(cpu, mfn, &old)->holds;

    if (!holds || (t & FRAME_TYPE_HV && t & FRAME_MAPPED))
        return NULL; /* free: until somebody wants it */
    if (host_log.current[cpu]->domain->logging && !old &&
        !(holds & (HOST_TLB_READ | HOST_TLB_WRITE)) &&
        (r >> FRAME_OWNER_SHIFT & 0x7FFF) == FRAME_NOBODY)
        return NULL; /* a shadow */
    if (old || (r >> FRAME_OWNER_SHIFT & 0x7FFF) == FRAME_NOBODY)
        return "F-5: a frame that was given out again";
    if (holds & HOST_TLB_WRITE && table)
        return "PT-5: a writable mapping of a table";
    for (unsigned level = 1; level < 4; level++)
        if (holds & HOST_TLB_TABLE(level) && (type == PT_WRITABLE || (table && type != level)))
            return "PT-5: a pointer to a table that is something else by now";
    return NULL;
}

const char *world_tlb_fault(unsigned *cpu, mfn_t *mfn)
{
    host_tlb_fill();
    for (*cpu = 0; *cpu < arch_cpu_count(); ++*cpu)
        for (mfn->n = HOST_MFN_BASE; mfn->n < HOST_MFN_BASE + host_frames; mfn->n++) {
            const char *fault = tlb_entry_fault(*cpu, *mfn);
            if (fault)
                return fault;
        }
    return NULL;
}

mfn_t world_page(unsigned d)
{
    mfn_t mfn;
    if (frame_alloc_domain(&world_dom[d], 0, 0, &mfn))
        panic("no page for domain %u\n", d);
    return mfn;
}

int world_audit(uint64_t expected)
{
    uint64_t excess, sum = 0;
    int bad = frame_audit();

    for (unsigned i = 0; i < WORLD_DOMAINS; i++) {
        bad += ptype_audit_exact(&world_dom[i], &excess);
        sum += excess;
    }
    if (sum != expected) {
        fprintf(stderr, "%lu unexplained holds in place of %lu\n", sum, expected);
        bad++;
    }
    return bad;
}

void world_kill(unsigned i)
{
    struct domain *d = &world_dom[i];

    d->dying = 1;
    for (unsigned v = i; v < WORLD_VCPUS; v += WORLD_DOMAINS) {
        ptype_drop_gdt(&world_vcpu[v]);
        ptype_drop_base(&world_vcpu[v]);
    }
    while (ptype_relinquish(d))
        ;
    while (frame_relinquish(d))
        ;
}

long world_update(unsigned d, uint64_t ptr, uint64_t val, uint64_t foreign)
{
    struct mmu_update u = {ptr, val};
    budget_refill();
    return settle(op_mmu_update(&world_vcpu[d], GVA((uint64_t)&u), 1, GVA(0), foreign));
}

long world_ext(unsigned d, unsigned cmd, uint64_t arg1, uint64_t arg2, uint64_t foreign)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg1, .arg2.src_mfn = arg2};
    budget_refill();
    return settle(op_mmuext_op(&world_vcpu[d], GVA((uint64_t)&op), 1, GVA(0), foreign));
}

unsigned world_type(mfn_t mfn)
{
    return ptype_of(frame_of(mfn));
}
unsigned world_type_count(mfn_t mfn)
{
    return atomic_load(&frame_of(mfn)->type) & PTYPE_COUNT;
}
unsigned world_refs(mfn_t mfn)
{
    return atomic_load(&frame_of(mfn)->ref) & FRAME_REF_MASK;
}
