/* SPDX-License-Identifier: BSD-2-Clause */
/* The grant_table_op hypercall: the batches, and the operations on a whole table. */
#include <hv/hcall.h>

#include "table.h"

/* domain_target's answer as a GNTST_* status. */
static int target(struct vcpu *cur, domid_t id, struct domain **d)
{
    switch (domain_target(cur, id, d)) {
    case 0:
        return (*d)->grant ? GNTST_okay : GNTST_bad_domain;
    case -XEN_EPERM:
        return GNTST_permission_denied;
    default:
        return GNTST_bad_domain;
    }
}

/* Arguments of the operations on a whole table. */
union whole {
    struct gnttab_setup_table setup;
    struct gnttab_query_size query;
    struct gnttab_get_version version;
    struct gnttab_get_status_frames status;
};

/* Writes the frame numbers of the table's first nr_frames frames to the guest's array.  A table
 * that grows over several turns is its own progress. */
static long setup_table(struct vcpu *cur, union whole *op)
{
    struct domain *d;
    int rc = target(cur, op->setup.dom, &d);

    int grown = rc ? 0 : table_grow(d, op->setup.nr_frames);
    if (grown == -XEN_ERESTART)
        return grown;
    if (grown)
        rc = GNTST_general_error;
    if (!rc)
        budget_draw((int)(op->setup.nr_frames * 2 / BUDGET_WORDS));
    for (unsigned i = 0; !rc && i < op->setup.nr_frames; i++) {
        uint64_t mfn = arch_ptr_mfn(d->grant->shared[i]).n;
        if (guest_write_u64(gva_add(GUEST_PTR(op->setup.frame_list), i * sizeof(mfn)), mfn))
            rc = GNTST_bad_virt_addr;
    }
    op->setup.status = (int16_t)rc;
    return 0;
}

static long query_size(struct vcpu *cur, union whole *op)
{
    struct domain *d;

    op->query.status = (int16_t)target(cur, op->query.dom, &d);
    if (!op->query.status) {
        op->query.nr_frames = d->grant->frames;
        op->query.max_nr_frames = d->grant->max_frames;
    }
    return 0;
}

static long get_version(struct vcpu *cur, union whole *op)
{
    struct domain *d;

    op->version.version = 1;
    return domain_target(cur, op->version.dom, &d);
}

/* Version 1 has no status frames. */
static long get_status_frames(struct vcpu *cur, union whole *op)
{
    struct domain *d;

    op->status.status = (int16_t)target(cur, op->status.dom, &d);
    if (!op->status.status)
        op->status.status = GNTST_general_error;
    return 0;
}

static long set_version(struct vcpu *cur, gva_t uop, unsigned count)
{
    uint32_t version;

    (void)cur, (void)count;
    if (guest_read_u32(&version, uop))
        return refuse(XEN_EFAULT);
    long rc = version == 1 ? 0 : version == 2 ? refuse(XEN_ENOSYS) : refuse(XEN_EINVAL);
    return guest_write_u32(uop, 1) ? refuse(XEN_EFAULT) : rc;
}

static long swap_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    struct gnttab_swap_grant_ref op;

    for (unsigned i = 0; i < count; i++) {
        gva_t gva = gva_add(uops, i * sizeof(op));
        if (i && budget_look())
            return (long)i;
        budget_draw(BUDGET_OP);
        if (guest_read(&op, gva, sizeof(op)))
            return refuse(XEN_EFAULT);
        op.status = (int16_t)entry_swap(cur->domain, op.ref_a, op.ref_b);
        if (guest_write(gva, &op, sizeof(op)))
            return refuse(XEN_EFAULT);
    }
    return 0;
}

/* Giving frames away for good is not offered: each element is refused. */
static long transfer_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    int16_t status = GNTST_general_error;

    (void)cur;
    for (unsigned i = 0; i < count; i++) {
        gva_t gva = gva_add(uops, i * sizeof(struct gnttab_transfer));
        if (i && budget_look())
            return (long)i;
        budget_draw(BUDGET_OP);
        if (guest_write(gva_add(gva, offsetof(struct gnttab_transfer, status)), &status,
                        sizeof(status)))
            return refuse(XEN_EFAULT);
    }
    return 0;
}

/* Checked, but there is nothing to do: x86 caches are coherent with devices. */
static long cache_flush_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    struct gnttab_cache_flush op;

    for (unsigned i = 0; i < count; i++) {
        if (i && budget_look())
            return (long)i;
        budget_draw(BUDGET_OP);
        if (guest_read(&op, gva_add(uops, i * sizeof(op)), sizeof(op)))
            return refuse(XEN_EFAULT);
        if (op.offset + op.length > PAGE_SIZE ||
            (op.op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL | GNTTAB_CACHE_SOURCE_GREF)))
            return refuse(XEN_EINVAL);
        if (op.op & GNTTAB_CACHE_SOURCE_GREF)
            return refuse(XEN_EOPNOTSUPP);
        if (!op.length || !op.op)
            continue;
        struct frame *f = frame_get_mfn(paddr_mfn(PADDR(op.a.dev_bus_addr)), cur->domain);
        if (!f)
            return refuse(XEN_EPERM);
        frame_put(f);
    }
    return 0;
}

static long unmap_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    return grant_unmap_batch(cur, uops, count, false);
}

static long replace_batch(struct vcpu *cur, gva_t uops, unsigned count)
{
    return grant_unmap_batch(cur, uops, count, true);
}

/* Either a batch (> 0: that many elements done, then preempted) or an operation on a whole table,
 * whose argument is copied in and out; `size` is an element's. */
static const struct call {
    long (*batch)(struct vcpu *cur, gva_t uops, unsigned count);
    long (*whole)(struct vcpu *cur, union whole *op);
    uint8_t size;
} calls[] = {
    [GNTTABOP_map_grant_ref] = {grant_map_batch, NULL, sizeof(struct gnttab_map_grant_ref)},
    [GNTTABOP_unmap_grant_ref] = {unmap_batch, NULL, sizeof(struct gnttab_unmap_grant_ref)},
    [GNTTABOP_setup_table] = {NULL, setup_table, sizeof(struct gnttab_setup_table)},
    [GNTTABOP_transfer] = {transfer_batch, NULL, sizeof(struct gnttab_transfer)},
    [GNTTABOP_copy] = {grant_copy_batch, NULL, sizeof(struct gnttab_copy)},
    [GNTTABOP_query_size] = {NULL, query_size, sizeof(struct gnttab_query_size)},
    [GNTTABOP_unmap_and_replace] = {replace_batch, NULL, sizeof(struct gnttab_unmap_and_replace)},
    [GNTTABOP_set_version] = {set_version, NULL, sizeof(struct gnttab_set_version)},
    [GNTTABOP_get_status_frames] = {NULL, get_status_frames,
                                    sizeof(struct gnttab_get_status_frames)},
    [GNTTABOP_get_version] = {NULL, get_version, sizeof(struct gnttab_get_version)},
    [GNTTABOP_swap_grant_ref] = {swap_batch, NULL, sizeof(struct gnttab_swap_grant_ref)},
    [GNTTABOP_cache_flush] = {cache_flush_batch, NULL, sizeof(struct gnttab_cache_flush)},
};

static long run_whole(struct vcpu *cur, uint32_t cmd, gva_t uop, unsigned count)
{
    union whole op;

    const struct call *c = &calls[index_nospec(cmd, ARRAY_SIZE(calls))];

    if (cmd >= ARRAY_SIZE(calls) || !c->whole)
        return refuse(XEN_ENOSYS);
    if (count != 1 && cmd != GNTTABOP_get_version)
        return refuse(XEN_EINVAL);
    if (guest_read(&op, uop, c->size))
        return refuse(XEN_EFAULT);
    long rc = c->whole(cur, &op);
    return !rc && guest_write(uop, &op, c->size) ? refuse(XEN_EFAULT) : rc;
}

long op_grant_table_op(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count)
{
    if (unlikely(count > INT32_MAX))
        return refuse(XEN_EINVAL);
    const struct call *c = &calls[index_nospec(cmd, ARRAY_SIZE(calls))];
    const bool batch = likely(cmd < ARRAY_SIZE(calls) && c->batch);
    long rc = batch ? c->batch(cur, uops, count) : run_whole(cur, cmd, uops, count);
    if (unlikely(rc > 0 && batch))
        return hcall_continue_grant_table_op(cur, cmd, gva_add(uops, (uint64_t)rc * c->size),
                                             count - (unsigned)rc);
    if (unlikely(rc == -XEN_ERESTART))
        return hcall_continue_grant_table_op(cur, cmd, uops, count);
    return rc;
}
