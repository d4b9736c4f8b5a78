/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_unmap_grant_ref and _unmap_and_replace, in batches: first every page-table entry of the
 * batch is taken out, then TLBs are flushed once, and only then are the grants released, so that
 * the granter never gets a frame back that somebody can still reach.
 */
#include <hv/hcall.h>

#include "table.h"

#define UNMAP_BATCH 128

struct unmap_batch {
    unsigned n;
    bool flush;
    struct {
        grant_handle_t handle;
        uint8_t kinds; /* GNTMAP_host_map, GNTMAP_device_map: what was taken out */
    } done[UNMAP_BATCH];
};

/* Both operations, without their results. */
struct unmap_op {
    uint64_t host_addr, dev_bus_addr;
    gva_t new_addr;
    grant_handle_t handle;
};

/* Moves those of `kinds` that are still mapped to "leaving"; *old: the flags before (0: no
 * mapping). Two vCPUs may try at once: each kind is won by one of them. */
static unsigned claim(struct maptrack *m, unsigned kinds, uint16_t *old)
{
    *old = shared_load_acquire(&m->flags);
    for (;;) {
        unsigned won = kinds & *old;
        uint16_t val = (uint16_t)((*old & ~won) | won << MAP_LEAVING);
        if (!won || likely(shared_cas(&m->flags, old, val)))
            return won;
    }
}

/* The other way round: the page-table entry was not what it should be. */
static void unclaim(struct maptrack *m, unsigned won)
{
    shared_fetch_xor(&m->flags, (uint16_t)(won | won << MAP_LEAVING));
}

/* Last step of a kind: drops the grant's pins and references, and the handle with its last kind.  The
 * bits of `kinds` are set, and nobody else's to clear. */
static inline void complete_one(struct domain *d, grant_handle_t h, unsigned kinds)
{
    struct grant_domain *g = d->grant;
    struct maptrack *m = handle_of(g, h);
    struct frame *f = m->frame;
    uint32_t ref = m->ref;
    struct domain *rd = domain_find(m->granter);
    const uint16_t leaving = (uint16_t)(kinds << MAP_LEAVING);
    const uint16_t flags = (uint16_t)(shared_fetch_sub(&m->flags, leaving) - leaving);
    const bool ro = flags & GNTMAP_readonly;

    CHECK(rd); /* our pin holds a frame of it: D-2 */
    if (likely(!(flags & MAP_IN_USE)))
        handle_free(g, h);
    if (kinds & GNTMAP_host_map)
        mapping_put(f, ro);
    if (kinds & GNTMAP_device_map)
        mapping_put(f, ro);
    entry_unpin(rd, ref, handle_pins(flags, kinds));
}

static void complete(struct domain *d, struct unmap_batch *b)
{
    if (b->flush)
        arch_tlb_flush(domain_dirty_cpus(d));
    for (unsigned i = 0; i < b->n; i++)
        complete_one(d, b->done[i].handle, b->done[i].kinds);
    b->n = 0;
    b->flush = false;
}

static int unmap_one(struct vcpu *cur, const struct unmap_op *op, struct unmap_batch *b)
{
    struct grant_domain *g = cur->domain->grant;
    uint16_t flags;

    const uint32_t handles = shared_load_acquire(&g->handles);
    if (unlikely(op->handle >= handles))
        return GNTST_bad_handle;
    struct maptrack *m = handle_of(g, (grant_handle_t)index_nospec(op->handle, handles));
    unsigned won =
        claim(m, (op->host_addr ? GNTMAP_host_map : 0) | (op->dev_bus_addr ? GNTMAP_device_map : 0),
              &flags);
    if (unlikely(!won))
        return flags ? GNTST_okay : GNTST_bad_handle;
    mfn_t mfn = frame_mfn(m->frame);
    int rc = GNTST_okay;
    if ((won & GNTMAP_device_map) && op->dev_bus_addr != mfn_paddr(mfn).a)
        rc = GNTST_general_error;
    else if (op->new_addr.a && (flags & GNTMAP_contains_pte))
        rc = GNTST_general_error; /* only a mapping named by address can be replaced */
    else if ((won & GNTMAP_host_map) &&
             ptype_grant_remove(cur, op->host_addr, mfn, flags & MAP_KEPT, op->new_addr))
        rc = GNTST_general_error;
    if (unlikely(rc)) {
        unclaim(m, won);
        return rc;
    }
    b->flush |= won & GNTMAP_host_map;
    b->done[b->n].handle = op->handle;
    b->done[b->n++].kinds = (uint8_t)won;
    return GNTST_okay;
}

/* One element of the guest's array; both operations are three words and a half, status last. */
static inline int unmap_step(struct vcpu *cur, gva_t gva, bool replace, struct unmap_batch *b)
{
    NOT_ZEROED struct gnttab_unmap_grant_ref raw;
    NOT_ZEROED struct unmap_op op;

    if (unlikely(guest_read_words(&raw, gva, sizeof(raw) / 8)))
        return -XEN_EFAULT;
    op.host_addr = raw.host_addr;
    op.dev_bus_addr = replace ? 0 : raw.dev_bus_addr;
    op.new_addr = GVA(replace ? raw.dev_bus_addr : 0);
    op.handle = raw.handle;
    uint16_t status = (uint16_t)unmap_one(cur, &op, b);
    return guest_write_u16(gva_add(gva, offsetof(typeof(raw), status)), status);
}
STATIC_CHECK(sizeof(struct gnttab_unmap_grant_ref) == sizeof(struct gnttab_unmap_and_replace) &&
                 offsetof(struct gnttab_unmap_grant_ref, dev_bus_addr) ==
                     offsetof(struct gnttab_unmap_and_replace, new_addr) &&
                 offsetof(struct gnttab_unmap_grant_ref, handle) ==
                     offsetof(struct gnttab_unmap_and_replace, handle) &&
                 offsetof(struct gnttab_unmap_grant_ref, status) ==
                     offsetof(struct gnttab_unmap_and_replace, status),
             "one decoder for both");

long grant_unmap_batch(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count)
{
    NOT_ZEROED struct unmap_batch b;
    int rc = 0;

    b.n = 0;
    b.flush = false;
    for (; count; count--) {
        if (unlikely(unmap_step(cur, uops, cmd == GNTTABOP_unmap_and_replace, &b))) {
            rc = refuse(XEN_EFAULT);
            count = 1; /* the last, but what was done before is completed */
        }
        uops = gva_add(uops, sizeof(struct gnttab_unmap_grant_ref));
        budget_draw(2 * BUDGET_OP); /* out of the table, and completed later */
        if (count == 1 || unlikely(b.n == UNMAP_BATCH || budget_spent()))
            complete(cur->domain, &b);
        if (count > 1 && budget_look())
            return hcall_continue_grant_table_op(cur, cmd, uops, count - 1);
    }
    return rc;
}
