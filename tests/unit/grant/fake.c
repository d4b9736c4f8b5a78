/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/budget.h>

#include "../../audit/audit.h"
#include <hv/dirty.h>

#include "fake.h"

struct fake_log fake_log;
struct fake_pte fake_pte[PTES];
void (*fake_pte_changed)(const struct domain *d, unsigned i);
struct domain *dom[DOMS], *hv_domain;
static uint64_t free_at_start;

static void nothing(struct domain *d)
{
    (void)d;
}

void fake_start(void)
{
    memset(&fake_log, 0, sizeof(fake_log));
    memset(fake_pte, 0, sizeof(fake_pte));
    host_machine(256, 4);
    frame_last_gone = nothing;
    free_at_start = frame_free_count();
    for (unsigned i = 0; i < DOMS; i++) {
        struct domain *d = dom[i] = calloc(1, sizeof(*d));
        d->id = (domid_t)(FIRST_ID + i);
        d->privileged = i == 0;
        d->max_pages = 64;
        d->dirty_cpus = 1;
        lock_init(&d->page_lock, LOCK_PAGE);
        d->regions = hv_alloc_pages(0);
        d->vcpu_max = 1;
        d->vcpu[0] = calloc(1, sizeof(struct vcpu));
        d->vcpu[0]->domain = d;
        d->max_grant_frames = d->max_maptrack_frames = 4;
        d->max_grant_version = 2;
        CHECK(grant_domain_init(d) == 0);
    }
}

void fake_stop(void)
{
    host_log.preempt_on = false;
    for (unsigned i = 0; i < DOMS; i++) {
        dom[i]->dying = 1;
        CHECK(grant_domain_release_mappings(dom[i]) == 0);
    }
    for (unsigned i = 0; i < PTES; i++) { /* what ptype_relinquish does */
        if (fake_pte[i].flags)
            mapping_put(frame_of(fake_pte[i].mfn), fake_pte[i].flags & GNTMAP_readonly);
    }
    for (unsigned i = 0; i < DOMS; i++)
        CHECK(frame_relinquish(dom[i]) == 0);
    for (unsigned i = 0; i < DOMS; i++) {
        CHECK(dom[i]->tot_pages == 0);
        grant_domain_free(dom[i]);
        free(dom[i]->vcpu[0]);
    }
    CHECK(frame_free_count() == free_at_start);
    for (unsigned i = 0; i < DOMS; i++)
        free(dom[i]);
}

mfn_t page_of(unsigned d)
{
    mfn_t mfn;

    CHECK(frame_alloc_domain(dom[d], 0, 0, &mfn) == 0);
    return mfn;
}

unsigned refs(mfn_t mfn)
{
    return (unsigned)(frame_of(mfn)->ref & FRAME_REF_MASK) - 1;
}

unsigned writers(mfn_t mfn)
{
    return ptype_of(frame_of(mfn)) == PT_WRITABLE ? (unsigned)(frame_of(mfn)->type & PTYPE_COUNT)
                                                  : 0;
}

grant_entry_v1_t *entry(unsigned d, grant_ref_t ref)
{
    mfn_t mfn;

    CHECK(grant_frame(dom[d], ref / 512, &mfn) == 0);
    return (grant_entry_v1_t *)arch_frame_ptr(mfn) + ref % 512;
}

void offer(unsigned d, grant_ref_t ref, unsigned to, mfn_t mfn, uint16_t flags)
{
    grant_entry_v1_t *e = entry(d, ref);

    e->frame = (uint32_t)mfn.n;
    e->domid = (domid_t)(FIRST_ID + to);
    e->flags = GTF_permit_access | flags;
}

long grant_call(unsigned d, unsigned cmd, void *uops, uint64_t count)
{
    long rc = op_grant_table_op(dom[d]->vcpu[0], cmd, GVA((uint64_t)uops), count);

    CHECK(!host_locks_held());
    return rc;
}

void audit_all(void)
{
    for (unsigned i = 0; i < DOMS; i++)
        CHECK(grant_audit(dom[i]) == 0);
}

/* ---- page types: only WRITABLE counts, and tables that refuse them ---- */

int ptype_get_writable_slow(struct frame *f, uint64_t seen, uint64_t foreign)
{
    uint64_t word;

    do {
        if (seen >> PTYPE_SHIFT != PT_WRITABLE && (seen & PTYPE_COUNT))
            return -XEN_EBUSY;
        word = (uint64_t)PT_WRITABLE << PTYPE_SHIFT | foreign | ((seen & PTYPE_COUNT) + 1);
    } while (!atomic_compare_exchange_weak(&f->type, &seen, word));
    return 0;
}

bool ptype_put_writable_slow(struct frame *f, uint64_t seen)
{
    uint64_t word;

    do {
        word = seen - 1;
        if (!(word & PTYPE_COUNT))
            word = (word & ~PTYPE_STAMP_MASK) | (uint64_t)arch_tlb_stamp() << PTYPE_STAMP_SHIFT;
    } while (!atomic_compare_exchange_weak(&f->type, &seen, word));
    return true;
}

void set_table(mfn_t mfn, bool is_table)
{
    frame_of(mfn)->type = is_table ? (uint64_t)PT_L1 << PTYPE_SHIFT | 1 : 0;
}

/* What the page-table room needs to know of a mapping, at its end as at its beginning. */
#define FLAGS_OF_PTE (GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)

static struct fake_pte *pte_at(uint64_t addr)
{
    uint64_t i = (addr - PTE_ADDR(0)) / 0x1000;

    return addr >= PTE_ADDR(0) && i < PTES ? &fake_pte[i] : NULL;
}

int ptype_grant_install(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags)
{
    struct fake_pte *p = pte_at(addr);

    CHECK(host_locks_held() == 0);
    if (!p || p->flags)
        return -XEN_EINVAL;
    *p = (struct fake_pte){mfn, flags};
    if (fake_pte_changed)
        fake_pte_changed(cur->domain, (unsigned)(p - fake_pte));
    return 0;
}

int ptype_grant_remove(struct vcpu *cur, uint64_t addr, mfn_t mfn, unsigned flags, gva_t new_addr)
{
    struct fake_pte *p = pte_at(addr);

    fake_log.replaced_by = new_addr.a;
    CHECK(host_locks_held() == 0); /* page tables are before grants in the order of locks */
    if (!p || !p->flags || !mfn_eq(p->mfn, mfn) ||
        (p->flags & FLAGS_OF_PTE) != (flags & FLAGS_OF_PTE))
        return -XEN_EINVAL;
    p->flags = 0;
    if (fake_pte_changed)
        fake_pte_changed(cur->domain, (unsigned)(p - fake_pte));
    return 0;
}

void dirty_mark(struct domain *d, mfn_t mfn)
{
    CHECK(frame_owner_id(frame_of(mfn)) == d->id);
    fake_log.marked++;
    fake_log.last_marked = mfn;
}

/* ---- domains, hypercalls, log ---- */

struct domain *domain_find(domid_t id)
{
    return id >= FIRST_ID && id < FIRST_ID + DOMS ? dom[id - FIRST_ID] : NULL;
}

int domain_target(struct vcpu *cur, domid_t id, struct domain **out)
{
    *out = id == DOMID_SELF ? cur->domain : domain_find(id);
    if (*out != cur->domain && !cur->domain->privileged)
        return -XEN_EPERM;
    return *out ? 0 : -XEN_ESRCH;
}

long hcall_restart(struct vcpu *cur, unsigned nr, const uint64_t *args, unsigned nargs)
{
    (void)cur;
    CHECK(nr == __HYPERVISOR_grant_table_op && nargs == 3);
    memcpy(fake_log.continue_args, args, 3 * sizeof(args[0]));
    fake_log.continued++;
    budget_refill(); /* the guest enters again */
    return nr;
}

void copy_page(void *dst, const void *src)
{
    memcpy(dst, src, PAGE_SIZE);
}

void clear_page(void *page)
{
    memset(page, 0, PAGE_SIZE);
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
