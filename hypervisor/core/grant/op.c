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

/* Writes the frame numbers of the table's first op->nr_frames frames to the guest's array. */
static long setup_table(struct vcpu *cur, uint64_t uop, uint64_t count)
{
    struct gnttab_setup_table op;
    struct domain *d;

    if (count != 1)
        return refuse(XEN_EINVAL);
    if (guest_read(&op, uop, sizeof(op)))
        return refuse(XEN_EFAULT);
    int rc = target(cur, op.dom, &d);
    if (!rc && table_grow(d, op.nr_frames))
        rc = GNTST_general_error;
    for (unsigned i = 0; !rc && i < op.nr_frames; i++) {
        uint64_t mfn = arch_ptr_mfn(d->grant->shared[i]).n;
        if (guest_write_u64((uint64_t)op.frame_list.p + i * sizeof(mfn), mfn))
            rc = GNTST_bad_virt_addr;
    }
    op.status = (int16_t)rc;
    return guest_write(uop, &op, sizeof(op)) ? refuse(XEN_EFAULT) : 0;
}

static long query_size(struct vcpu *cur, uint64_t uop, uint64_t count)
{
    struct gnttab_query_size op;
    struct domain *d;

    if (count != 1)
        return refuse(XEN_EINVAL);
    if (guest_read(&op, uop, sizeof(op)))
        return refuse(XEN_EFAULT);
    op.status = (int16_t)target(cur, op.dom, &d);
    if (!op.status) {
        op.nr_frames = d->grant->frames;
        op.max_nr_frames = d->grant->max_frames;
    }
    return guest_write(uop, &op, sizeof(op)) ? refuse(XEN_EFAULT) : 0;
}

static long set_version(uint64_t uop)
{
    uint32_t version;

    if (guest_read_u32(&version, uop))
        return refuse(XEN_EFAULT);
    long rc = version == 1 ? 0 : version == 2 ? refuse(XEN_ENOSYS) : refuse(XEN_EINVAL);
    return guest_write_u32(uop, 1) ? refuse(XEN_EFAULT) : rc;
}

static long get_version(struct vcpu *cur, uint64_t uop)
{
    struct gnttab_get_version op;
    struct domain *d;

    if (guest_read(&op, uop, sizeof(op)))
        return refuse(XEN_EFAULT);
    int rc = domain_target(cur, op.dom, &d);
    if (rc)
        return rc;
    op.version = 1;
    return guest_write(uop, &op, sizeof(op)) ? refuse(XEN_EFAULT) : 0;
}

/* Version 1 has no status frames. */
static long get_status_frames(struct vcpu *cur, uint64_t uop, uint64_t count)
{
    struct gnttab_get_status_frames op;
    struct domain *d;

    if (count != 1)
        return refuse(XEN_EINVAL);
    if (guest_read(&op, uop, sizeof(op)))
        return refuse(XEN_EFAULT);
    op.status = (int16_t)target(cur, op.dom, &d);
    if (!op.status)
        op.status = GNTST_general_error;
    return guest_write(uop, &op, sizeof(op)) ? refuse(XEN_EFAULT) : 0;
}

static long swap_batch(struct vcpu *cur, uint64_t uops, uint64_t count)
{
    struct gnttab_swap_grant_ref op;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t gva = uops + i * sizeof(op);
        if (i % 64 == 63 && arch_preempt())
            return (long)i;
        if (guest_read(&op, gva, sizeof(op)))
            return refuse(XEN_EFAULT);
        op.status = (int16_t)entry_swap(cur->domain, op.ref_a, op.ref_b);
        if (guest_write(gva, &op, sizeof(op)))
            return refuse(XEN_EFAULT);
    }
    return 0;
}

/* Giving frames away for good is not offered: each element is refused. */
static long transfer_batch(uint64_t uops, uint64_t count)
{
    int16_t status = GNTST_general_error;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t gva = uops + i * sizeof(struct gnttab_transfer);
        if (i % 64 == 63 && arch_preempt())
            return (long)i;
        if (guest_write(gva + offsetof(struct gnttab_transfer, status), &status, sizeof(status)))
            return refuse(XEN_EFAULT);
    }
    return 0;
}

/* Checked, but there is nothing to do: x86 caches are coherent with devices. */
static long cache_flush_batch(struct vcpu *cur, uint64_t uops, uint64_t count)
{
    struct gnttab_cache_flush op;

    for (uint64_t i = 0; i < count; i++) {
        if (i % 64 == 63 && arch_preempt())
            return (long)i;
        if (guest_read(&op, uops + i * sizeof(op), sizeof(op)))
            return refuse(XEN_EFAULT);
        if (op.offset + op.length > PAGE_SIZE ||
            (op.op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL | GNTTAB_CACHE_SOURCE_GREF)))
            return refuse(XEN_EINVAL);
        if (op.op & GNTTAB_CACHE_SOURCE_GREF)
            return refuse(XEN_EOPNOTSUPP);
        if (!op.length || !op.op)
            continue;
        struct frame *f = frame_get_mfn(MFN(op.a.dev_bus_addr >> PAGE_SHIFT), cur->domain);
        if (!f)
            return refuse(XEN_EPERM);
        frame_put(f);
    }
    return 0;
}

/* Size of an element, for continuations. */
static uint64_t op_size(uint32_t cmd)
{
    switch (cmd) {
    case GNTTABOP_map_grant_ref:
        return sizeof(struct gnttab_map_grant_ref);
    case GNTTABOP_unmap_grant_ref:
    case GNTTABOP_unmap_and_replace:
        return sizeof(struct gnttab_unmap_grant_ref);
    case GNTTABOP_copy:
        return sizeof(struct gnttab_copy);
    case GNTTABOP_transfer:
        return sizeof(struct gnttab_transfer);
    case GNTTABOP_swap_grant_ref:
        return sizeof(struct gnttab_swap_grant_ref);
    default:
        return sizeof(struct gnttab_cache_flush);
    }
}

/* > 0: that many elements done, then preempted. */
static long dispatch(struct vcpu *cur, uint32_t cmd, uint64_t uops, uint64_t count)
{
    switch (cmd) {
    case GNTTABOP_map_grant_ref:
        return grant_map_batch(cur, uops, count);
    case GNTTABOP_unmap_grant_ref:
        return grant_unmap_batch(cur, uops, count, false);
    case GNTTABOP_unmap_and_replace:
        return grant_unmap_batch(cur, uops, count, true);
    case GNTTABOP_copy:
        return grant_copy_batch(cur, uops, count);
    case GNTTABOP_transfer:
        return transfer_batch(uops, count);
    case GNTTABOP_swap_grant_ref:
        return swap_batch(cur, uops, count);
    case GNTTABOP_cache_flush:
        return cache_flush_batch(cur, uops, count);
    case GNTTABOP_setup_table:
        return setup_table(cur, uops, count);
    case GNTTABOP_query_size:
        return query_size(cur, uops, count);
    case GNTTABOP_set_version:
        return set_version(uops);
    case GNTTABOP_get_version:
        return get_version(cur, uops);
    case GNTTABOP_get_status_frames:
        return get_status_frames(cur, uops, count);
    default:
        return refuse(XEN_ENOSYS);
    }
}

long op_grant_table_op(struct vcpu *cur, uint64_t cmd64, uint64_t uops, uint64_t count64)
{
    uint32_t cmd = (uint32_t)cmd64, count = (uint32_t)count64;

    if (unlikely(count > INT32_MAX))
        return refuse(XEN_EINVAL);
    long rc = dispatch(cur, cmd, uops, count);
    if (unlikely(rc > 0))
        return hcall_continue(cur, __HYPERVISOR_grant_table_op, 3, (uint64_t)cmd,
                              uops + (uint64_t)rc * op_size(cmd), (uint64_t)count - (uint64_t)rc);
    return rc;
}
