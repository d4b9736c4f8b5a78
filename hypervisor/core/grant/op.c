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

/* Arguments of the operations that have no loop of their own. */
union arg {
    struct gnttab_setup_table setup;
    struct gnttab_query_size query;
    struct gnttab_get_version version;
    struct gnttab_get_status_frames status;
    struct gnttab_swap_grant_ref swap;
    struct gnttab_transfer transfer;
    struct gnttab_cache_flush flush;
};

/* Writes the frame numbers of the table's first nr_frames frames to the guest's array.  A table
 * that grows over several turns is its own progress. */
static long setup_table(struct vcpu *cur, union arg *op)
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

static long query_size(struct vcpu *cur, union arg *op)
{
    struct domain *d;

    op->query.status = (int16_t)target(cur, op->query.dom, &d);
    if (!op->query.status) {
        op->query.nr_frames = d->grant->frames;
        op->query.max_nr_frames = d->grant->max_frames;
    }
    return 0;
}

static long get_version(struct vcpu *cur, union arg *op)
{
    struct domain *d;
    int rc = domain_target(cur, op->version.dom, &d);

    if (!rc && d->grant)
        op->version.version = d->grant->version;
    return rc;
}

/* Never more than there are, nor than the guest has room for. */
static long get_status_frames(struct vcpu *cur, union arg *op)
{
    const uint32_t n = op->status.nr_frames;
    struct domain *d;
    mfn_t mfn;
    int rc = target(cur, op->status.dom, &d);

    if (!rc && n && status_frame(d, n - 1, &mfn))
        rc = GNTST_general_error;
    if (!rc)
        budget_draw((int)n);
    for (unsigned i = 0; !rc && i < n; i++) {
        if (status_frame(d, i, &mfn)) /* the version has changed meanwhile */
            rc = GNTST_general_error;
        else if (guest_write_u64(gva_add(GUEST_PTR(op->status.frame_list), i * sizeof(mfn)), mfn.n))
            rc = GNTST_bad_virt_addr;
    }
    op->status.status = (int16_t)rc;
    return 0;
}

static __attribute__((noinline)) long set_version(struct vcpu *cur, unsigned cmd, gva_t uop,
                                                  unsigned count)
{
    uint32_t version;
    long rc;

    if (guest_read_u32(&version, uop))
        return refuse(XEN_EFAULT);
    if (version < 1 || version > 2)
        rc = refuse(XEN_EINVAL);
    else if (version > cur->domain->max_grant_version)
        rc = refuse(XEN_ENOSYS);
    else
        rc = table_set_version(cur->domain, version);
    if (rc == -XEN_ERESTART)
        return hcall_continue_grant_table_op(cur, cmd, uop, count);
    return guest_write_u32(uop, cur->domain->grant->version) ? refuse(XEN_EFAULT) : rc;
}

static long swap(struct vcpu *cur, union arg *op)
{
    op->swap.status = (int16_t)entry_swap(cur->domain, op->swap.ref_a, op->swap.ref_b);
    return 0;
}

/* Giving frames away for good is not offered: each element is refused. */
static long transfer(struct vcpu *cur, union arg *op)
{
    (void)cur;
    op->transfer.status = GNTST_general_error;
    return 0;
}

/* Checked, but there is nothing to do: x86 caches are coherent with devices. */
static long cache_flush(struct vcpu *cur, union arg *arg)
{
    const struct gnttab_cache_flush *op = &arg->flush;

    if (op->offset + op->length > PAGE_SIZE ||
        (op->op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL | GNTTAB_CACHE_SOURCE_GREF)))
        return refuse(XEN_EINVAL);
    if (op->op & GNTTAB_CACHE_SOURCE_GREF)
        return refuse(XEN_EOPNOTSUPP);
    if (!op->length || !op->op)
        return 0;
    struct frame *f = frame_get_mfn(paddr_mfn(PADDR(op->a.dev_bus_addr)), cur->domain);
    if (!f)
        return refuse(XEN_EPERM);
    frame_put(f);
    return 0;
}

/* What is done with one element, which is copied in and, but for one that is only checked, out; of a
 * whole table there is one. */
static const struct call {
    long (*one)(struct vcpu *cur, union arg *op);
    uint8_t size;
    bool whole, only_in;
} calls[] = {
#define SIZE(type) .size = sizeof(struct gnttab_##type)
    [GNTTABOP_setup_table] = {setup_table, SIZE(setup_table), .whole = true},
    [GNTTABOP_transfer] = {transfer, SIZE(transfer)},
    [GNTTABOP_query_size] = {query_size, SIZE(query_size), .whole = true},
    [GNTTABOP_get_status_frames] = {get_status_frames, SIZE(get_status_frames), .whole = true},
    [GNTTABOP_get_version] = {get_version, SIZE(get_version), .whole = true},
    [GNTTABOP_swap_grant_ref] = {swap, SIZE(swap_grant_ref)},
    [GNTTABOP_cache_flush] = {cache_flush, SIZE(cache_flush), .only_in = true},
};

static __attribute__((noinline)) long run_each(struct vcpu *cur, unsigned cmd, gva_t uops,
                                               unsigned count)
{
    const struct call *c = &calls[index_nospec(cmd, ARRAY_SIZE(calls))];
    const unsigned n = c->whole ? 1 : count;
    union arg op;

    if (cmd >= ARRAY_SIZE(calls) || !c->one)
        return refuse(XEN_ENOSYS);
    if (c->whole && count != 1 && cmd != GNTTABOP_get_version)
        return refuse(XEN_EINVAL);
    for (unsigned i = 0; i < n; i++, uops = gva_add(uops, c->size)) {
        if (i && budget_look())
            return hcall_continue_grant_table_op(cur, cmd, uops, n - i);
        budget_draw(BUDGET_OP);
        if (guest_read(&op, uops, c->size))
            return refuse(XEN_EFAULT);
        long rc = c->one(cur, &op);
        if (rc == -XEN_ERESTART) /* a table's, of which there is one */
            return hcall_continue_grant_table_op(cur, cmd, uops, count);
        if (rc)
            return rc;
        if (!c->only_in && guest_write(uops, &op, c->size))
            return refuse(XEN_EFAULT);
    }
    return 0;
}

/* The usual ones directly and in the order of their use, and what is rare apart: they save no registers
 * for it. */
long op_grant_table_op(struct vcpu *cur, unsigned cmd, gva_t uops, unsigned count)
{
    if (unlikely(count > INT32_MAX))
        return refuse(XEN_EINVAL);
    if (cmd == GNTTABOP_map_grant_ref)
        return grant_map_batch(cur, cmd, uops, count);
    if (cmd == GNTTABOP_unmap_grant_ref)
        return grant_unmap_batch(cur, cmd, uops, count);
    if (cmd == GNTTABOP_copy)
        return grant_copy_batch(cur, cmd, uops, count);
    if (cmd == GNTTABOP_unmap_and_replace)
        return grant_unmap_batch(cur, cmd, uops, count);
    if (cmd == GNTTABOP_set_version)
        return set_version(cur, cmd, uops, count);
    return run_each(cur, cmd, uops, count);
}
