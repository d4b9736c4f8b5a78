/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_map_grant_ref: pin the entry, take references, install the page-table entry, publish. */
#include <hv/hcall.h>

#include "table.h"

/* Apart, as is all that undoes: who succeeds keeps nothing in registers for it. */
static __attribute__((noinline)) int undo(struct frame *f, unsigned kinds, bool ro)
{
    if (kinds & GNTMAP_host_map)
        mapping_put(f, ro);
    if (kinds & GNTMAP_device_map)
        mapping_put(f, ro);
    return GNTST_general_error;
}

/* References for the kinds of mapping asked for, and the page-table entry; all or nothing. */
static inline int map_commit(struct vcpu *cur, uint64_t addr, unsigned flags, struct frame *f)
{
    const bool ro = flags & GNTMAP_readonly;

    if (flags & GNTMAP_device_map && unlikely(mapping_get(f, ro)))
        return GNTST_general_error;
    if (!(flags & GNTMAP_host_map))
        return GNTST_okay;
    if (unlikely(mapping_get(f, ro)))
        return undo(f, flags & GNTMAP_device_map, ro);
    if (unlikely(ptype_grant_install(cur, addr, frame_mfn(f), flags)))
        return undo(f, flags, ro);
    return GNTST_okay;
}

static __attribute__((noinline)) int map_failed(struct domain *rd, grant_ref_t ref, uint16_t flags,
                                                int rc)
{
    entry_unpin(rd, ref, handle_pins(flags, flags));
    return rc;
}

/* With a handle in hand. */
static inline int map_handle(struct vcpu *cur, struct domain *rd, struct gnttab_map_grant_ref *op,
                             grant_handle_t h, struct maptrack *m)
{
    const uint16_t flags = (uint16_t)op->flags;
    int rc = entry_pin(rd, op->ref, cur->domain->id, handle_pins(flags, flags), &m->frame);

    if (unlikely(rc))
        return rc;
    rc = map_commit(cur, op->host_addr, op->flags, m->frame);
    if (unlikely(rc))
        return map_failed(rd, op->ref, flags, rc);
    m->ref = op->ref;
    m->granter = op->dom;
    shared_store_release(&m->flags, flags & MAP_KEPT);
    op->handle = h;
    op->dev_bus_addr = mfn_paddr(frame_mfn(m->frame)).a;
    return GNTST_okay;
}

static inline int map_one(struct vcpu *cur, struct gnttab_map_grant_ref *op)
{
    if (unlikely(!(op->flags & MAP_BOTH)))
        return GNTST_bad_gntref;
    struct domain *rd = domain_find(op->dom);
    if (unlikely(!rd || !rd->grant))
        return GNTST_bad_domain;
    NOT_ZEROED struct maptrack *m;
    grant_handle_t h = handle_alloc(cur->domain->grant, &m);
    if (unlikely(h == HANDLE_NONE))
        return GNTST_no_space;
    int rc = map_handle(cur, rd, op, h, m);
    if (unlikely(rc))
        handle_free(cur->domain->grant, h);
    return rc;
}

long grant_map_batch(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count)
{
    NOT_ZEROED struct gnttab_map_grant_ref op;

    for (; count; count--) {
        if (unlikely(guest_read_words(&op, uops, sizeof(op) / 8)))
            return refuse(XEN_EFAULT);
        op.status = (int16_t)map_one(cur, &op);
        /* The results are the last two words. */
        if (unlikely(guest_write_words(gva_add(uops, 16), &op.dom, 2)))
            return refuse(XEN_EFAULT);
        uops = gva_add(uops, sizeof(op));
        budget_draw(BUDGET_OP);
        if (budget_look() && count > 1)
            return hcall_continue_grant_table_op(cur, cmd, uops, count - 1);
    }
    return 0;
}
STATIC_CHECK(offsetof(struct gnttab_map_grant_ref, dom) == 16 &&
                 sizeof(struct gnttab_map_grant_ref) == 32,
             "results are the third and the fourth word");
