/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain table: id -> domain, in chunks that are given when first used and then kept, so that a
 * look-up takes no lock. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/domain.h>
#include <hv/nospec.h>

static struct spinlock table_lock;
static struct domain **chunks[DOMID_FIRST_RESERVED / DOMAIN_CHUNK + 1];
struct domain *dom0;

static struct domain io_dom = {.id = DOMID_IO, .shared_info_mfn = {~0UL}};
static struct domain xen_dom = {.id = DOMID_XEN, .shared_info_mfn = {~0UL}};
struct domain *io_domain = &io_dom, *hv_domain = &xen_dom;

void domain_table_init(void)
{
    lock_init(&table_lock, LOCK_TABLE);
    for (unsigned i = 0; i < ARRAY_SIZE(chunks); i++)
        chunks[i] = NULL;
    dom0 = NULL;
}

bool domain_add(struct domain *d, struct domain ***spare)
{
    struct domain ***chunk = &chunks[d->id / DOMAIN_CHUNK];
    bool fresh;

    CHECK(d->id < DOMID_FIRST_RESERVED);
    lock(&table_lock);
    if (!*chunk) {
        shared_store_release(chunk, *spare);
        *spare = NULL;
    }
    struct domain **slot = &(*chunk)[d->id % DOMAIN_CHUNK];
    fresh = !*slot;
    if (fresh)
        shared_store_release(slot, d);
    unlock(&table_lock);
    return fresh;
}

void domain_remove(struct domain *d)
{
    lock(&table_lock);
    shared_store_release(&chunks[d->id / DOMAIN_CHUNK][d->id % DOMAIN_CHUNK], NULL);
    unlock(&table_lock);
}

struct domain *domain_find(domid_t id)
{
    if (id >= DOMID_FIRST_RESERVED)
        return NULL;
    id = (domid_t)index_nospec(id, DOMID_FIRST_RESERVED);
    struct domain **c = shared_load_acquire(&chunks[id / DOMAIN_CHUNK]);
    return c ? shared_load_acquire(&c[id % DOMAIN_CHUNK]) : NULL;
}

struct domain *domain_next(unsigned from)
{
    struct domain *d = NULL;
    unsigned looked = 0;

    for (; from < DOMID_FIRST_RESERVED && !d; looked++) {
        if (!chunks[from / DOMAIN_CHUNK])
            from = (from / DOMAIN_CHUNK + 1) * DOMAIN_CHUNK;
        else
            d = domain_find((domid_t)from++);
    }
    budget_draw((int)(looked / BUDGET_WORDS));
    return d;
}

int domain_target(struct vcpu *cur, domid_t id, struct domain **out)
{
    struct domain *d = cur->domain;

    if (id != DOMID_SELF && id != d->id) {
        if (!d->privileged)
            return refuse(XEN_EPERM);
        d = domain_find(id);
        if (!d)
            return refuse(XEN_ESRCH);
    }
    *out = d;
    return 0;
}
