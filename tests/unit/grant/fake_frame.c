/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame room of single frames: references and owners as frame.h says, a free frame has ref 0. */
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static uint64_t end;

void frame_table_init(mfn_t e)
{
    end = e.n;
}

void frame_add_region(mfn_t start, mfn_t e)
{
    (void)start, (void)e;
}

bool frame_valid(mfn_t mfn)
{
    return mfn.n >= HOST_MFN_BASE && mfn.n < end;
}

bool frame_get(struct frame *f, const struct domain *d)
{
    if (!(f->ref & FRAME_ALLOCATED) || frame_owner_id(f) != d->id)
        return false;
    f->ref++;
    return true;
}

bool frame_get_held(struct frame *f)
{
    CHECK(f->ref & FRAME_REF_MASK);
    f->ref++;
    return true;
}

void frame_put(struct frame *f)
{
    CHECK(f->ref & FRAME_REF_MASK);
    f->ref--;
    if (f->ref & FRAME_REF_MASK)
        return;
    CHECK(!(f->type & PTYPE_COUNT));
    domain_find(frame_owner_id(f))->tot_pages--;
    f->ref = 0;
}

struct frame *frame_get_mfn(mfn_t mfn, const struct domain *d)
{
    return frame_valid(mfn) && frame_get(frame_of(mfn), d) ? frame_of(mfn) : NULL;
}

mfn_t frame_alloc(unsigned order, unsigned flags)
{
    CHECK(order == 0);
    for (uint64_t n = HOST_MFN_BASE; n < end; n++) {
        struct frame *f = frame_of(MFN(n));
        if (f->ref)
            continue;
        f->ref = FRAME_ALLOCATED | 0x7FFFUL << FRAME_OWNER_SHIFT | 1;
        f->type = 0;
        if (flags & ALLOC_ZERO)
            memset(arch_frame_ptr(MFN(n)), 0, PAGE_SIZE);
        return MFN(n);
    }
    return MFN_INVALID;
}

void frame_free(mfn_t mfn, unsigned order)
{
    (void)order;
    frame_of(mfn)->ref = 0;
}

int frame_alloc_domain(struct domain *d, unsigned order, unsigned flags, mfn_t *out)
{
    mfn_t mfn = frame_alloc(order, flags);

    if (mfn_eq(mfn, MFN_INVALID))
        return -XEN_ENOMEM;
    frame_of(mfn)->ref = FRAME_ALLOCATED | (uint64_t)d->id << FRAME_OWNER_SHIFT | 1;
    d->tot_pages++;
    *out = mfn;
    return 0;
}

int frame_relinquish(struct domain *d)
{
    for (uint64_t n = HOST_MFN_BASE; n < end; n++) {
        struct frame *f = frame_of(MFN(n));
        if (frame_owner_id(f) == d->id && (f->ref & FRAME_ALLOCATED) && !(f->ref & FRAME_HV)) {
            f->ref &= ~FRAME_ALLOCATED;
            frame_put(f);
        }
    }
    return 0;
}

void frame_share(struct domain *d, mfn_t mfn)
{
    frame_of(mfn)->ref = FRAME_ALLOCATED | FRAME_HV | (uint64_t)d->id << FRAME_OWNER_SHIFT | 1;
}

int frame_unshare(struct domain *d, mfn_t mfn)
{
    CHECK(frame_owner_id(frame_of(mfn)) == d->id);
    return refs(mfn) ? -XEN_EBUSY : 0;
}

uint64_t frame_free_count(void)
{
    uint64_t n = 0;

    for (uint64_t i = HOST_MFN_BASE; i < end; i++)
        n += !frame_of(MFN(i))->ref;
    return n;
}

void *hv_alloc(size_t size)
{
    return calloc(1, size);
}

void hv_free(void *p)
{
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
