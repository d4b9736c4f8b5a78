/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/arch.h>
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/dirty.h>
#include <hv/lib.h>
#include <hv/ptype.h>

#include "fake.h"
#include "port.h"

_Thread_local struct budget host_budget = {1 << 30, 1 << 30};
struct fake_log fake_log;
struct domain *dom[2];
unsigned char fake_ram[FAKE_FRAMES][4096] __attribute__((aligned(4096)));
static struct frame frames[FAKE_FRAMES];
_Thread_local unsigned host_cpu;
_Thread_local struct budget host_budget;

void fake_start(void)
{
    memset(&fake_log, 0, sizeof(fake_log));
    memset(fake_ram, 0, sizeof(fake_ram));
    fake_log.preempt_in = fake_log.fault_in = -1;
    host_budget = (struct budget){64 * BUDGET_OP, 64 * BUDGET_OP}; /* 64 ports close in a turn */
    for (unsigned i = 0; i < 2; i++) {
        struct domain *d = dom[i] = calloc(1, sizeof(*d));
        d->id = (domid_t)(FIRST_ID + i);
        d->privileged = i == 0;
        d->vcpu_max = FAKE_VCPUS;
        d->max_evtchn_port = INT32_MAX;
        d->shared_info = calloc(1, sizeof(*d->shared_info));
        for (unsigned v = 0; v < FAKE_VCPUS; v++) {
            d->vcpu[v] = calloc(1, sizeof(struct vcpu));
            d->vcpu[v]->domain = d;
            d->vcpu[v]->id = v;
            d->vcpu[v]->info = &d->shared_info->vcpu_info[v];
        }
        CHECK(evtchn_domain_init(d) == 0);
    }
}

void fake_stop(void)
{
    for (unsigned i = 0; i < 2; i++) {
        evtchn_domain_free(dom[i]);
        for (unsigned v = 0; v < FAKE_VCPUS; v++)
            free(dom[i]->vcpu[v]);
        free(dom[i]->shared_info);
        free(dom[i]);
    }
}

struct domain *domain_find(domid_t id)
{
    return id == FIRST_ID || id == FIRST_ID + 1 ? dom[id - FIRST_ID] : NULL;
}

int domain_target(struct vcpu *cur, domid_t id, struct domain **out)
{
    *out = id == DOMID_SELF ? cur->domain : domain_find(id);
    if (*out != cur->domain && !cur->domain->privileged)
        return -XEN_EPERM;
    return *out ? 0 : -XEN_ESRCH;
}

void *hv_alloc(size_t size)
{
    fake_log.allocated += !fake_log.out_of_memory;
    return fake_log.out_of_memory ? NULL : calloc(1, size);
}

void hv_free(void *p)
{
    fake_log.allocated -= p != NULL;
    free(p);
}

void *hv_alloc_pages(unsigned order)
{
    return hv_alloc(PAGE_SIZE << order);
}

void hv_free_pages(void *p, unsigned order)
{
    (void)order;
    free(p);
}

void fake_recount(struct domain *d)
{
    struct evtchn_domain *e = d->evtchn;

    memset(e->used, 0, sizeof(e->used));
    for (evtchn_port_t port = 0; port < e->valid; port++)
        e->used[port / PORTS_PER_BUCKET] += port_find(e, port)->state != PORT_FREE;
}

unsigned fake_held(const struct domain *d)
{
    unsigned n = 0;

    for (unsigned i = 0; i < FAKE_FRAMES / 2; i++)
        n += (unsigned)fake_log.held[i + (d == dom[1] ? FAKE_FRAMES / 2 : 0)];
    return n;
}

void *arch_frame_ptr(mfn_t mfn)
{
    return fake_ram[mfn.n - FAKE_MFN];
}

mfn_t arch_ptr_mfn(const void *p)
{
    return MFN(FAKE_MFN + (uint64_t)((const unsigned char *)p - fake_ram[0]) / PAGE_SIZE);
}

struct frame *frame_of(mfn_t mfn)
{
    CHECK(mfn.n - FAKE_MFN < FAKE_FRAMES);
    return &frames[mfn.n - FAKE_MFN];
}

int ptype_get_frame(struct domain *d, mfn_t mfn, enum ptype type, struct frame **out)
{
    const uint64_t i = mfn.n - FAKE_MFN;

    CHECK(type == PT_WRITABLE);
    if (i >= FAKE_FRAMES || dom[i >= FAKE_FRAMES / 2] != d)
        return -XEN_EINVAL;
    fake_log.held[i]++;
    *out = &frames[i];
    return 0;
}

void ptype_put_frame(struct domain *d, struct frame *f, enum ptype type)
{
    CHECK(type == PT_WRITABLE && dom[f - frames >= FAKE_FRAMES / 2] == d);
    CHECK(fake_log.held[f - frames]-- > 0);
}

void dirty_mark(struct domain *d, mfn_t mfn)
{
    CHECK(d->logging && dom[mfn.n - FAKE_MFN >= FAKE_FRAMES / 2] == d);
    fake_log.dirty[mfn.n - FAKE_MFN] = true;
}

void vcpu_kick(struct vcpu *v)
{
    fake_log.kicks[v->domain->id - FIRST_ID][v->id]++;
}

void vcpu_wake(struct vcpu *v)
{
    v->sched.flags &= ~VPF_POLL;
    fake_log.wakes[v->domain->id - FIRST_ID][v->id]++;
}

int arch_pirq_bind(struct domain *d, unsigned pirq, bool share)
{
    (void)d, (void)pirq, (void)share;
    fake_log.pirqs_bound += !fake_log.pirq_result;
    return fake_log.pirq_result;
}

void arch_pirq_unbind(struct domain *d, unsigned pirq)
{
    (void)d, (void)pirq;
    fake_log.pirqs_bound--;
    for (unsigned i = 0; i < 2; i++) {
        const struct spinlock *l = &dom[i]->evtchn->lock;
        fake_log.unbound_locked |= l->next != l->owner;
    }
}

bool arch_preempt(void)
{
    return fake_log.preempt_in >= 0 && fake_log.preempt_in-- == 0;
}

void arch_relax(void)
{
    if (!fake_log.waiting)
        abort(); /* one CPU: a lock was taken twice */
    fake_log.waiting();
}

static bool fault(void)
{
    return fake_log.fault_in >= 0 && fake_log.fault_in-- == 0;
}

int guest_read(void *dst, gva_t gva, size_t n)
{
    if (!gva.a || fault())
        return -XEN_EFAULT;
    memcpy(dst, (const void *)gva.a, n);
    return 0;
}

int guest_write(gva_t gva, const void *src, size_t n)
{
    if (!gva.a || fault())
        return -XEN_EFAULT;
    memcpy((void *)gva.a, src, n);
    return 0;
}

long hcall_restart(struct vcpu *cur, unsigned nr, const uint64_t *args, unsigned nargs)
{
    (void)cur;
    CHECK(nr == __HYPERVISOR_event_channel_op && nargs == 2);
    memcpy(fake_log.continue_args, args, 2 * sizeof(args[0]));
    fake_log.continued++;
    return nr;
}

void check_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "CHECK(%s) at %s:%d\n", what, file, line);
    abort();
}

void hv_log(enum log_level level, const char *fmt, ...)
{
    va_list ap;

    (void)level;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
}
