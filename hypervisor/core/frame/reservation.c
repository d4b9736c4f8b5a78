/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_op: increase_reservation, decrease_reservation, populate_physmap.  They
 * answer with the number of extents done, whatever went wrong; so every failure
 * before the first extent is "0 done", as in the ABI.
 */
#include "frame_int.h"

/* Work between two looks at the clock, in frames. */
#define FRAMES_PER_TURN 512

struct reservation {
    struct vcpu *cur;
    struct domain *d;
    uint64_t list; /* guest address of the extents' numbers; 0: none */
    uint64_t count;
    unsigned cmd, order, flags;
};

static int decode(struct vcpu *cur, uint64_t cmd, uint64_t arg, struct reservation *r)
{
    struct xen_memory_reservation x;

    if (guest_read(&x, arg, sizeof(x)))
        return refuse(XEN_EFAULT);
    r->cur = cur;
    r->cmd = cmd & MEMOP_CMD_MASK;
    r->list = (uint64_t)x.extent_start.p;
    r->count = x.nr_extents;
    r->order = x.extent_order;
    r->flags = x.mem_flags & 0xFF ? ALLOC_BITS(XENMEMF_get_address_bits(x.mem_flags)) : 0;
    /* more could not be told in a continuation */
    if (r->count > ~0UL >> MEMOP_EXTENT_SHIFT || r->order > memory_max_order(cur))
        return refuse(XEN_EINVAL);
    if (!r->list && r->cmd != XENMEM_increase_reservation)
        return refuse(XEN_EFAULT);
    if (x.mem_flags & XENMEMF_populate_on_demand)
        return refuse(XEN_EINVAL);
    return domain_target(cur, x.domid, &r->d);
}

/* Gives one extent; slot is the guest address of its number. */
static int give(const struct reservation *r, uint64_t slot)
{
    uint64_t pfn = INVALID_M2P_ENTRY;
    mfn_t mfn;

    if (r->cmd == XENMEM_populate_physmap && guest_read_u64(&pfn, slot))
        return refuse(XEN_EFAULT);
    int rc = frame_alloc_at(r->d, r->order, r->flags, pfn, &mfn);
    if (rc)
        return rc;
    /* A guest that unmapped its own list keeps the frames it does not know of: as Xen does. */
    return r->list ? guest_write_u64(slot, mfn.n) : 0;
}

static int take_back(const struct reservation *r, uint64_t slot)
{
    uint64_t mfn;

    if (guest_read_u64(&mfn, slot))
        return refuse(XEN_EFAULT);
    for (uint64_t i = 0; i < 1UL << r->order; i++)
        if (!frame_backed(MFN(mfn + i)) || !frame_release_domain(r->d, frame_of(MFN(mfn + i))))
            return refuse(XEN_EINVAL);
    return 0;
}

long memory_reservation(struct vcpu *cur, uint64_t cmd, uint64_t arg)
{
    const uint64_t start = cmd >> MEMOP_EXTENT_SHIFT;
    struct reservation r;
    uint64_t i = start;

    if (decode(cur, cmd, arg, &r))
        return (long)start;
    const uint64_t turn = max(FRAMES_PER_TURN >> r.order, 1);
    for (; i < r.count; i++) {
        if (i != start && (i - start) % turn == 0)
            return hcall_continue(cur, __HYPERVISOR_memory_op, 2,
                                  (uint64_t)r.cmd | i << MEMOP_EXTENT_SHIFT, arg);
        uint64_t slot = r.list ? r.list + i * 8 : 0;
        if (r.cmd == XENMEM_decrease_reservation ? take_back(&r, slot) : give(&r, slot))
            break;
    }
    return (long)i;
}
