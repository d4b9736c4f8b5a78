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

/* One side of a copy; `write` beside it says which: the destination also holds a WRITABLE reference. */
struct copy_side {
    bool held, is_ref;
    domid_t domid; /* as the guest gave it */
    uint64_t name; /* grant reference or frame number */
    struct domain *owner;
    struct frame *frame;
};
struct copy {
    struct copy_side src, dst;
};

static inline uint32_t side_pins(bool write)
{
    return write ? PIN_HOST_W : PIN_HOST_R;
}

/* The frame, but not what makes it writable. */
static inline void side_drop(struct copy_side *s, bool write)
{
    if (s->is_ref) {
        entry_unpin(s->owner, (grant_ref_t)s->name, side_pins(write));
    } else {
        if (write)
            dirty_frame(s->owner, s->frame);
        frame_put(s->frame);
    }
}

static inline void side_release(struct copy_side *s, bool write)
{
    if (!s->held)
        return;
    s->held = false;
    if (write)
        ptype_put_writable(s->frame);
    side_drop(s, write);
}

static __attribute__((noinline)) void release(struct copy *c)
{
    side_release(&c->src, false);
    side_release(&c->dst, true);
}

/* Claims the frame; the side's domain is known. */
static inline __attribute__((always_inline)) int side_claim(const struct domain *d,
                                                            struct copy_side *s, bool write)
{
    if (s->is_ref) {
        int rc = entry_pin(s->owner, (grant_ref_t)s->name, d->id, side_pins(write), &s->frame);
        if (unlikely(rc))
            return rc;
    } else {
        s->frame = frame_get_mfn(MFN(s->name), s->owner);
        if (unlikely(!s->frame))
            return GNTST_bad_page;
    }
    if (write && unlikely(ptype_get_writable(s->frame))) {
        side_drop(s, write);
        return GNTST_general_error;
    }
    s->held = true;
    return GNTST_okay;
}

/* A side that the operation names again stays as it is; else that of before is let go, and the domain
 * is looked up if it is another. The status says why that one cannot be used. */
static inline __attribute__((always_inline)) int side_prepare(struct domain *d, struct copy_side *s,
                                                              const struct gnttab_copy_ptr *at,
                                                              bool is_ref, bool write)
{
    const uint64_t name = is_ref ? at->u.ref : at->u.gmfn;
    const domid_t domid = at->domid;

    if (s->held) {
        if (s->name == name && s->domid == domid && s->is_ref == is_ref)
            return GNTST_okay;
        side_release(s, write);
    }
    s->name = name;
    s->is_ref = is_ref;
    if (!s->owner || s->domid != domid) /* one found before is still valid: D-1 */
        s->owner = domid == DOMID_SELF ? d : domain_find(domid);
    s->domid = domid;
    if (unlikely(!s->owner || !s->owner->grant))
        return GNTST_bad_domain;
    /* others' frames only by their grants */
    return domid == DOMID_SELF || is_ref ? GNTST_okay : GNTST_permission_denied;
}

/* As side_claim, but what is granted may be less than a page, or be a third domain's. */
static int side_reach(const struct domain *d, struct copy_side *s, struct reach *r, bool write)
{
    *r = (struct reach){.end = PAGE_SIZE};
    if (!s->is_ref)
        return side_claim(d, s, write);
    int rc = reach_pin(s->owner, (grant_ref_t)s->name, d->id, side_pins(write), r);
    if (!rc && write && ptype_get_writable(r->frame)) {
        reach_unpin(s->owner, (grant_ref_t)s->name, side_pins(write), r);
        rc = GNTST_general_error;
    }
    s->frame = r->frame;
    s->held = !rc;
    return rc;
}

static void side_leave(struct copy_side *s, const struct reach *r, bool write)
{
    if (!s->is_ref)
        return side_release(s, write);
    s->held = false;
    if (write)
        ptype_put_writable(s->frame);
    reach_unpin(s->owner, (grant_ref_t)s->name, side_pins(write), r);
}

static inline bool outside_page(const struct gnttab_copy *op)
{
    return op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE;
}

static inline void copy_bytes(const struct copy *c, const struct gnttab_copy *op)
{
    char *from = arch_frame_ptr(frame_mfn(c->src.frame)),
         *to = arch_frame_ptr(frame_mfn(c->dst.frame));

    budget_draw(op->len * BUDGET_PAGE / (int)PAGE_SIZE);
    if (op->len == PAGE_SIZE && from != to)
        copy_page(to, from);
    else
        memmove(to + op->dest.offset, from + op->source.offset, op->len);
}

static bool within(const struct reach *r, const struct gnttab_copy_ptr *at, uint16_t len)
{
    return at->offset >= r->start && at->offset + len <= r->end;
}

static bool grants_parts(const struct copy_side *s)
{
    return s->is_ref && s->owner->grant->version == 2;
}

/* Both sides are known and one was refused by `rc`, maybe as no whole page is granted: such a grant is
 * held for this operation only. */
static __attribute__((noinline)) int copy_parts(const struct domain *d, struct copy *c,
                                                const struct gnttab_copy *op, int rc)
{
    struct reach from, to;

    if (rc != GNTST_general_error || !(grants_parts(&c->src) || grants_parts(&c->dst)))
        return rc;
    release(c);
    budget_draw(BUDGET_OP);
    rc = side_reach(d, &c->src, &from, false);
    if (rc)
        return rc;
    rc = side_reach(d, &c->dst, &to, true);
    if (!rc) {
        if (outside_page(op))
            rc = GNTST_bad_copy_arg;
        else if (!within(&from, &op->source, op->len) || !within(&to, &op->dest, op->len))
            rc = GNTST_general_error;
        else
            copy_bytes(c, op);
        side_leave(&c->dst, &to, true);
    }
    side_leave(&c->src, &from, false);
    return rc;
}

static inline int copy_one(struct domain *d, struct copy *c, const struct gnttab_copy *op)
{
    struct copy_side *src = &c->src, *dst = &c->dst;
    int rc = side_prepare(d, src, &op->source, op->flags & GNTCOPY_source_gref, false);

    if (likely(!rc))
        rc = side_prepare(d, dst, &op->dest, op->flags & GNTCOPY_dest_gref, true);
    if (likely(!rc) && !src->held)
        rc = side_claim(d, src, false);
    if (likely(!rc) && !dst->held)
        rc = side_claim(d, dst, true);
    if (unlikely(rc))
        return copy_parts(d, c, op, rc);
    if (unlikely(outside_page(op)))
        return GNTST_bad_copy_arg;
    copy_bytes(c, op);
    return GNTST_okay;
}

long grant_copy_batch(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count)
{
    NOT_ZEROED struct copy c;
    NOT_ZEROED struct gnttab_copy op;
    long rc = 0;

    c.src.held = c.dst.held = false;
    c.src.owner = c.dst.owner = NULL;
    for (; count && !rc; count--) {
        if (unlikely(guest_read_words(&op, uops, sizeof(op) / 8))) {
            rc = refuse(XEN_EFAULT);
            break;
        }
        budget_draw(BUDGET_OP);
        uint16_t status = (uint16_t)copy_one(cur->domain, &c, &op);
        if (unlikely(guest_write_u16(gva_add(uops, offsetof(typeof(op), status)), status)))
            rc = refuse(XEN_EFAULT);
        uops = gva_add(uops, sizeof(op));
        if (unlikely(budget_spent())) {
            release(&c); /* a continuation may never come: it must find nothing held */
            if (budget_new_turn() && !rc && count > 1)
                return hcall_continue_grant_table_op(cur, cmd, uops, count - 1);
        }
    }
    release(&c);
    return rc;
}
