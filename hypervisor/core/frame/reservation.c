/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_op: increase_reservation, decrease_reservation, populate_physmap.  They
 * answer with the number of extents done, whatever went wrong; so every failure
 * before the first extent is "0 done", as in the ABI.
 */
#include "frame_int.h"

/* Larger extents are cleared over several turns. */
#define ORDER_AT_ONCE 3

struct reservation {
    struct vcpu *cur;
    struct domain *d;
    gva_t list; /* guest address of the extents' numbers; 0: none */
    uint64_t count;
    unsigned cmd, order, flags;
};

static int decode(struct vcpu *cur, uint64_t cmd, gva_t arg, struct reservation *r)
{
    struct xen_memory_reservation x;

    STATIC_CHECK(sizeof(x) % 8 == 0, "whole words");
    if (guest_read_words(&x, arg, sizeof(x) / 8))
        return refuse(XEN_EFAULT);
    r->cur = cur;
    r->cmd = cmd & MEMOP_CMD_MASK;
    r->list = GUEST_PTR(x.extent_start);
    r->flags = x.mem_flags & 0xFF ? ALLOC_BITS(XENMEMF_get_address_bits(x.mem_flags)) : 0;
    if (x.nr_extents > ~0UL >> MEMOP_EXTENT_SHIFT ||
        x.extent_order > (cur->domain->privileged ? MAX_ORDER_CONTROL : MAX_ORDER_GUEST))
        return refuse(XEN_EINVAL);
    r->order = x.extent_order;
    /* more could not be told in a continuation, and no machine has that many frames */
    r->count = min((uint64_t)x.nr_extents, ~0UL >> MEMOP_EXTENT_SHIFT >> r->order);
    if (!r->list.a && r->cmd != XENMEM_increase_reservation)
        return refuse(XEN_EFAULT);
    if (x.mem_flags & XENMEMF_populate_on_demand)
        return refuse(XEN_EINVAL);
    return domain_target(cur, x.domid, &r->d);
}

/* A cleared extent of d's, as its frames from pfn on: -XEN_ENOMEM, -XEN_ESRCH, -XEN_ERESTART. */
static int allocate(const struct reservation *r, pfn_t pfn, mfn_t *mfn)
{
    struct domain *d = r->d;
    const uint64_t n = 1UL << r->order;

    if (r->order <= ORDER_AT_ONCE)
        return frame_alloc_at(d, r->order, r->flags, pfn, mfn);
    if (d->tot_pages + n > d->max_pages) /* cheap; frame_assign decides */
        return refuse(XEN_ENOMEM);
    int rc = stash_begin(d, r->order, r->flags, 1, d);
    if (rc)
        return rc;
    *mfn = stash_take(d);
    stash_end(d);
    budget_draw((int)(n / BUDGET_WORDS));
    frame_place(*mfn, r->order, pfn);
    rc = frame_assign(d, *mfn, r->order, true);
    if (rc)
        frame_unblank(*mfn, r->order);
    return rc;
}

/* Gives one extent; slot is the guest address of its number. */
static int give(const struct reservation *r, gva_t slot)
{
    pfn_t pfn = PFN_NONE;
    mfn_t mfn;

    if (r->cmd == XENMEM_populate_physmap && guest_read_u64(&pfn.n, slot))
        return refuse(XEN_EFAULT);
    int rc = allocate(r, pfn, &mfn);
    if (rc)
        return rc;
    /* A guest that unmapped its own list keeps the frames it does not know of: as Xen does. */
    return r->list.a ? guest_write_u64(slot, mfn.n) : 0;
}

/* Takes frames [*from, 2^order) of one extent back; *from tells how far it came. */
static int take_back(const struct reservation *r, gva_t slot, uint64_t *from)
{
    uint64_t mfn;

    if (guest_read_u64(&mfn, slot))
        return refuse(XEN_EFAULT);
    while (*from < 1UL << r->order) {
        budget_draw(BUDGET_ENTRY);
        if (!frame_release_domain(r->d, frame_find(MFN(mfn + *from))))
            return refuse(XEN_EINVAL);
        ++*from;
        if (*from < 1UL << r->order && budget_spent())
            return -XEN_ERESTART;
    }
    *from = 0;
    return 0;
}

/* A continuation's progress is in frames: extents done, and how much of the next. */
long memory_reservation(struct vcpu *cur, uint64_t cmd, gva_t arg)
{
    struct reservation r = {.order = 0};
    uint64_t progress = cmd >> MEMOP_EXTENT_SHIFT;

    if (decode(cur, cmd, arg, &r))
        return (long)(progress >> r.order);
    uint64_t i = progress >> r.order, part = progress & ((1UL << r.order) - 1);
    while (i < r.count) {
        gva_t slot = r.list.a ? gva_add(r.list, i * 8) : GVA_NONE;
        int rc = r.cmd == XENMEM_decrease_reservation ? take_back(&r, slot, &part) : give(&r, slot);
        if (rc && rc != -XEN_ERESTART)
            break;
        i += !rc;
        if (i < r.count && budget_spent())
            return hcall_continue_memory_op(
                cur, r.cmd | (i << r.order | part) << MEMOP_EXTENT_SHIFT, arg);
    }
    return (long)i;
}

long memory_claim(struct vcpu *cur, gva_t arg)
{
    struct xen_memory_reservation r;
    struct domain *d;

    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    if (guest_read(&r, arg, sizeof(r)))
        return refuse(XEN_EFAULT);
    if (r.extent_start.p || r.extent_order || r.mem_flags)
        return refuse(XEN_EINVAL);
    int rc = domain_target(cur, r.domid, &d);
    if (rc)
        return rc;
    if (r.nr_extents > d->max_pages)
        return refuse(XEN_EINVAL);
    return buddy_claim(d, r.nr_extents);
}
