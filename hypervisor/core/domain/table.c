/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain table: id -> domain, in chunks that are allocated when first used and then kept, so
 * that a look-up takes no lock. */
#include <hv/budget.h>
#include <hv/frame.h>

#include "room.h"

#define CHUNK 256u

struct spinlock domain_table_lock;
static struct domain **chunks[DOMID_FIRST_RESERVED / CHUNK + 1];
struct domain *dom0;

static struct domain io_dom = {.id = DOMID_IO, .shared_info_mfn = {~0UL}};
static struct domain xen_dom = {.id = DOMID_XEN, .shared_info_mfn = {~0UL}};
struct domain *io_domain = &io_dom, *hv_domain = &xen_dom;

void domain_table_init(void)
{
    lock_init(&domain_table_lock);
    for (unsigned i = 0; i < ARRAY_SIZE(chunks); i++)
        chunks[i] = NULL;
    dom0 = NULL;
}

struct domain **domain_slot(domid_t id)
{
    struct domain ***chunk = &chunks[id / CHUNK];

    CHECK(id < DOMID_FIRST_RESERVED);
    if (!*chunk) {
        struct domain **c = hv_alloc(CHUNK * sizeof(*c));
        __atomic_store_n(chunk, c, __ATOMIC_RELEASE);
    }
    return *chunk ? &(*chunk)[id % CHUNK] : NULL;
}

void domain_remove(struct domain *d)
{
    lock(&domain_table_lock);
    __atomic_store_n(domain_slot(d->id), NULL, __ATOMIC_RELEASE);
    unlock(&domain_table_lock);
}

struct domain *domain_find(domid_t id)
{
    if (id >= DOMID_FIRST_RESERVED)
        return NULL;
    id = (domid_t)index_nospec(id, DOMID_FIRST_RESERVED);
    struct domain **c = __atomic_load_n(&chunks[id / CHUNK], __ATOMIC_ACQUIRE);
    return c ? __atomic_load_n(&c[id % CHUNK], __ATOMIC_ACQUIRE) : NULL;
}

struct domain *domain_next(unsigned from)
{
    struct domain *d = NULL;
    unsigned looked = 0;

    for (; from < DOMID_FIRST_RESERVED && !d; looked++) {
        if (!chunks[from / CHUNK])
            from = (from / CHUNK + 1) * CHUNK;
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
