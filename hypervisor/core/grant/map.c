/* SPDX-License-Identifier: BSD-2-Clause */
/* GNTTABOP_map_grant_ref: pin the entry, take references, install the page-table entry, publish. */
#include <hv/hcall.h>
#include <hv/ptype.h>

#include "table.h"

/* References for the kinds of mapping asked for, and the page-table entry; all or nothing. */
static int map_commit(struct vcpu *cur, const struct gnttab_map_grant_ref *op, struct frame *f)
{
    const bool ro = op->flags & GNTMAP_readonly, device = op->flags & GNTMAP_device_map;
    int rc = device ? mapping_get(f, ro) : GNTST_okay;

    if (unlikely(rc) || !(op->flags & GNTMAP_host_map))
        return rc;
    rc = mapping_get(f, ro);
    if (!rc && unlikely(ptype_grant_install(cur, op->host_addr, frame_mfn(f), op->flags))) {
        mapping_put(f, ro);
        rc = GNTST_general_error;
    }
    if (unlikely(rc) && device)
        mapping_put(f, ro);
    return rc;
}

/* With a handle in hand. */
static int map_handle(struct vcpu *cur, struct domain *rd, struct gnttab_map_grant_ref *op,
                      grant_handle_t h)
{
    struct maptrack *m = handle_of(cur->domain->grant, h);
    uint32_t pins = handle_pins((uint16_t)op->flags, op->flags);
    struct frame *f;
    int rc = entry_pin(rd, op->ref, cur->domain->id, pins, &f);

    if (unlikely(rc))
        return rc;
    rc = map_commit(cur, op, f);
    if (unlikely(rc)) {
        entry_unpin(rd, op->ref, pins);
        return rc;
    }
    m->frame = f;
    m->ref = op->ref;
    m->granter = op->dom;
    shared_store_release(&m->flags, (uint16_t)(op->flags & MAP_KEPT));
    op->handle = h;
    op->dev_bus_addr = mfn_paddr(frame_mfn(f)).a;
    return GNTST_okay;
}

static int map_one(struct vcpu *cur, struct gnttab_map_grant_ref *op)
{
    if (unlikely(!(op->flags & MAP_BOTH)))
        return GNTST_bad_gntref;
    struct domain *rd = domain_find(op->dom);
    if (unlikely(!rd || !rd->grant))
        return GNTST_bad_domain;
    grant_handle_t h = handle_alloc(cur->domain->grant);
    if (unlikely(h == HANDLE_NONE))
        return GNTST_no_space;
    int rc = map_handle(cur, rd, op, h);
    if (unlikely(rc))
        handle_free(cur->domain->grant, h);
    return rc;
}

long grant_map_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    NOT_ZEROED struct gnttab_map_grant_ref op;

    for (unsigned i = 0; i < count; i++) {
        gva_t gva = gva_add(uops, i * sizeof(op));
        if (unlikely(guest_read_words(&op, gva, sizeof(op) / 8)))
            return refuse(XEN_EFAULT);
        op.status = (int16_t)map_one(cur, &op);
        /* The results are the last two words. */
        if (unlikely(guest_write_words(gva_add(gva, 16), &op.dom, 2)))
            return refuse(XEN_EFAULT);
        budget_draw(BUDGET_OP);
        if (budget_look() && i + 1 < count)
            return hcall_continue_grant_table_op(cur, GNTTABOP_map_grant_ref,
                                                 gva_add(gva, sizeof(op)), count - i - 1);
    }
    return 0;
}
STATIC_CHECK(offsetof(struct gnttab_map_grant_ref, dom) == 16 &&
                 sizeof(struct gnttab_map_grant_ref) == 32,
             "results are the third and the fourth word");
