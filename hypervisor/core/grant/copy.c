/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy: between frames that are the caller's own or granted to it.  A frame once claimed
 * stays so while the next operation of the batch names it again (a network back-end copies several
 * pieces into one page).
 */
#include <hv/dirty.h>
#include <hv/hcall.h>
#include <hv/ptype.h>

#include "table.h"

/* One side of a copy. */
struct copy_side {
    bool held, is_ref, write; /* write: the destination, which also holds a WRITABLE reference */
    domid_t domid;            /* as the guest gave it */
    uint64_t name;            /* grant reference or frame number */
    struct domain *owner;
    struct frame *frame;
};

static void side_release(struct copy_side *s)
{
    if (!s->held)
        return;
    s->held = false;
    if (s->write)
        ptype_put_writable(s->frame);
    if (s->is_ref) {
        entry_unpin(s->owner, (grant_ref_t)s->name, s->write ? PIN_HOST_W : PIN_HOST_R);
    } else {
        if (s->write)
            dirty_frame(s->owner, s->frame);
        frame_put(s->frame);
    }
}

/* Claims the frame; the side's domain is known. */
static int side_claim(struct vcpu *cur, struct copy_side *s)
{
    if (s->is_ref) {
        int rc = entry_pin(s->owner, (grant_ref_t)s->name, cur->domain->id,
                           s->write ? PIN_HOST_W : PIN_HOST_R, &s->frame);
        if (unlikely(rc))
            return rc;
    } else {
        s->frame = frame_get_mfn(MFN(s->name), s->owner);
        if (unlikely(!s->frame))
            return GNTST_bad_page;
    }
    if (s->write && unlikely(ptype_get_writable(s->frame))) {
        if (s->is_ref)
            entry_unpin(s->owner, (grant_ref_t)s->name, PIN_HOST_W);
        else
            frame_put(s->frame);
        return GNTST_general_error;
    }
    s->held = true;
    return GNTST_okay;
}

/* Another frame: that of before is let go, and the domain is looked up if it is another; the status
 * says why that one cannot be used. */
static __attribute__((noinline)) int side_change(struct vcpu *cur, struct copy_side *s,
                                                 domid_t domid, uint64_t name, bool is_ref)
{
    side_release(s);
    s->name = name;
    s->is_ref = is_ref;
    if (!s->owner || s->domid != domid) /* one found before is still valid: D-1 */
        s->owner = domid == DOMID_SELF ? cur->domain : domain_find(domid);
    s->domid = domid;
    if (unlikely(!s->owner || !s->owner->grant))
        return GNTST_bad_domain;
    /* others' frames only by their grants */
    return domid == DOMID_SELF || is_ref ? GNTST_okay : GNTST_permission_denied;
}

/* A side that the operation names again stays as it is. */
static inline int side_prepare(struct vcpu *cur, struct copy_side *s,
                               const struct gnttab_copy_ptr *at, bool is_ref)
{
    const uint64_t name = is_ref ? at->u.ref : at->u.gmfn;

    if (s->held && s->name == name && s->domid == at->domid && s->is_ref == is_ref)
        return GNTST_okay;
    return side_change(cur, s, at->domid, name, is_ref);
}

static int copy_one(struct vcpu *cur, const struct gnttab_copy *op, struct copy_side *src,
                    struct copy_side *dst)
{
    int rc = side_prepare(cur, src, &op->source, op->flags & GNTCOPY_source_gref);

    if (likely(!rc))
        rc = side_prepare(cur, dst, &op->dest, op->flags & GNTCOPY_dest_gref);
    if (likely(!rc) && !src->held)
        rc = side_claim(cur, src);
    if (likely(!rc) && !dst->held)
        rc = side_claim(cur, dst);
    if (unlikely(rc))
        return rc;
    if (unlikely(op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE))
        return GNTST_bad_copy_arg;
    budget_draw(op->len * BUDGET_PAGE / (int)PAGE_SIZE);
    char *from = arch_frame_ptr(frame_mfn(src->frame)), *to = arch_frame_ptr(frame_mfn(dst->frame));
    if (op->len == PAGE_SIZE && from != to)
        copy_page(to, from);
    else
        memmove(to + op->dest.offset, from + op->source.offset, op->len);
    return GNTST_okay;
}

long grant_copy_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    struct copy_side src = {.write = false}, dst = {.write = true};
    struct gnttab_copy op;
    long rc = 0;

    for (unsigned i = 0; i < count && !rc; i++) {
        gva_t gva = gva_add(uops, i * sizeof(op));
        if (unlikely(guest_read_words(&op, gva, sizeof(op) / 8)))
            return side_release(&src), side_release(&dst), refuse(XEN_EFAULT);
        budget_draw(BUDGET_OP);
        op.status = (int16_t)copy_one(cur, &op, &src, &dst);
        if (unlikely(
                guest_write_u16(gva_add(gva, offsetof(typeof(op), status)), (uint16_t)op.status)))
            rc = refuse(XEN_EFAULT);
        if (unlikely(budget_spent())) {
            side_release(&src); /* a continuation may never come: it must find nothing held */
            side_release(&dst);
            if (budget_new_turn() && !rc && i + 1 < count)
                return hcall_continue_grant_table_op(cur, GNTTABOP_copy, gva_add(gva, sizeof(op)),
                                                     count - i - 1);
        }
    }
    side_release(&src);
    side_release(&dst);
    return rc;
}
