/* SPDX-License-Identifier: BSD-2-Clause */
/* See world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/grant.h>
#include <hv/lib.h>

#include "world.h"
#include "../../../hypervisor/core/ptype/ptype_int.h"

struct domain world_dom[WORLD_DOMAINS];
struct vcpu world_vcpu[WORLD_DOMAINS];
unsigned world_gone, world_restarts;

static struct domain io, hv;
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
void domain_frames_gone(struct domain *d)
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

long hcall_continue(struct vcpu *cur, unsigned nr, unsigned nargs, ...)
{
    va_list ap;

    va_start(ap, nargs);
    again.cur = cur;
    again.nr = nr;
    for (unsigned i = 0; i < nargs; i++)
        again.a[i] = va_arg(ap, uint64_t);
    va_end(ap);
    world_restarts++;
    return WORLD_CONTINUED;
}

long settle(long rc)
{
    const uint64_t *a = again.a;

    CHECK(!host_locks_held());
    while (rc == WORLD_CONTINUED)
        switch (again.nr) {
        case __HYPERVISOR_mmu_update:
            rc = op_mmu_update(again.cur, a[0], a[1], a[2], a[3]);
            break;
        case __HYPERVISOR_mmuext_op:
            rc = op_mmuext_op(again.cur, a[0], a[1], a[2], a[3]);
            break;
        case __HYPERVISOR_update_va_mapping:
            rc = op_update_va_mapping(again.cur, a[0], a[1], a[2]);
            break;
        case __HYPERVISOR_memory_op:
            rc = op_memory_op(again.cur, a[0], a[1]);
            break;
        case __HYPERVISOR_set_gdt:
            rc = op_set_gdt(again.cur, a[0], a[1]);
            break;
        default:
            panic("hypercall %u does not restart\n", again.nr);
        }
    return rc;
}

/* ---- the world ---- */
void world_start(uint64_t frames, uint64_t max_pages)
{
    host_machine(frames, 2);
    memset(world_dom, 0, sizeof(world_dom));
    memset(world_vcpu, 0, sizeof(world_vcpu));
    world_gone = world_restarts = 0;
    io.id = DOMID_IO;
    hv.id = DOMID_XEN;
    for (unsigned i = 0; i < WORLD_DOMAINS; i++) {
        struct domain *d = &world_dom[i];
        d->id = (domid_t)i;
        d->privileged = i == 0;
        d->vcpu_max = 1;
        d->vcpu[0] = &world_vcpu[i];
        d->max_pages = max_pages;
        d->dirty_cpus = 1;
        world_vcpu[i].domain = d;
        world_vcpu[i].cr3 = world_vcpu[i].user_cr3 = MFN_INVALID;
    }
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
    ptype_drop_gdt(&world_vcpu[i]);
    ptype_drop_base(&world_vcpu[i]);
    while (ptype_relinquish(d))
        ;
    while (frame_relinquish(d))
        ;
}

long world_update(unsigned d, uint64_t ptr, uint64_t val, uint64_t foreign)
{
    struct mmu_update u = {ptr, val};
    return settle(op_mmu_update(&world_vcpu[d], (uint64_t)&u, 1, 0, foreign));
}

long world_ext(unsigned d, unsigned cmd, uint64_t arg1, uint64_t arg2, uint64_t foreign)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg1, .arg2.src_mfn = arg2};
    return settle(op_mmuext_op(&world_vcpu[d], (uint64_t)&op, 1, 0, foreign));
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
