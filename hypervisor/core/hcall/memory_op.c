/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_op: dispatch, and the commands that only ask or need other rooms than the frames. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/hcall.h>

/* Copies an argument of n bytes in, and finds the domain that it names in *id. */
static int take_arg(struct vcpu *cur, gva_t arg, void *to, size_t n, const domid_t *id,
                    struct domain **d)
{
    return guest_read(to, arg, n) ? refuse(XEN_EFAULT) : domain_target(cur, *id, d);
}

static long reservation_size(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    struct xen_memory_domain m;
    struct domain *d;
    int rc = take_arg(cur, arg, &m, sizeof(m), &m.domid, &d);

    if (rc)
        return rc;
    switch (cmd) {
    case XENMEM_current_reservation:
        return (long)d->tot_pages;
    case XENMEM_maximum_reservation:
        return (long)min(d->max_pages, (uint64_t)UINT32_MAX); /* as wide as the ABI's field */
    default: /* XENMEM_maximum_gpfn: what the guest says of itself; nothing yet: 0 */
        return d->shared_info ? (long)(d->shared_info->arch.max_pfn ?: 1) - 1 : -XEN_EINVAL;
    }
}

/* A PV guest has no physical map to add to: only the arguments matter. */
static long physmap(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    struct xen_remove_from_physmap r; /* begins like xen_add_to_physmap: the domain */
    struct domain *d;
    int rc = take_arg(cur, arg, &r, sizeof(r), &r.domid, &d);

    if (rc)
        return rc;
    if (cmd != XENMEM_remove_from_physmap)
        return refuse(XEN_EACCES);
    struct frame *f = frame_get_mfn(MFN(r.gpfn), d);
    if (!f)
        return refuse(XEN_ENOENT);
    frame_put(f);
    return 0;
}

static long pod_target(struct vcpu *cur, gva_t arg)
{
    struct xen_pod_target t;
    struct domain *d;
    int rc = take_arg(cur, arg, &t, sizeof(t), &t.domid, &d);

    return rc ? rc : -XEN_EINVAL; /* populate on demand is HVM's */
}

/* Frames of d's grant table, of entries or of status, into the guest's list, from *i on. */
static int list_grant_frames(struct domain *d, const struct xen_mem_acquire_resource *r,
                             uint64_t *i)
{
    int (*frame)(struct domain *, unsigned, mfn_t *) =
        r->id == XENMEM_resource_grant_table_id_shared ? grant_frame : grant_status_frame;
    const gva_t list = GUEST_PTR(r->frame_list);
    mfn_t mfn;

    for (; *i < r->nr_frames; ++*i) {
        if (budget_spent())
            return -XEN_ERESTART;
        budget_draw(BUDGET_ENTRY);
        int rc = frame(d, (unsigned)(r->frame + *i), &mfn);
        if (!rc)
            rc = guest_write_u64(gva_add(list, *i * 8), mfn.n);
        if (rc)
            return rc;
    }
    return 0;
}

static long acquire_resource(struct vcpu *cur, uint64_t cmd, gva_t arg)
{
    struct xen_mem_acquire_resource r;
    uint64_t i = cmd >> MEMOP_EXTENT_SHIFT;
    struct domain *d;

    if (guest_read(&r, arg, sizeof(r)))
        return refuse(XEN_EFAULT);
    if (r.pad)
        return refuse(XEN_EINVAL);
    int rc = domain_target(cur, r.domid, &d);
    if (rc)
        return rc;
    if (d == cur->domain || !cur->domain->privileged)
        return refuse(XEN_EPERM);
    if (r.type != XENMEM_resource_grant_table)
        return refuse(XEN_EOPNOTSUPP);
    if (r.id != XENMEM_resource_grant_table_id_shared &&
        r.id != XENMEM_resource_grant_table_id_status)
        return refuse(XEN_EINVAL);
    if (!r.frame_list.p) {
        if (r.nr_frames)
            return refuse(XEN_EINVAL);
        return guest_write_u32(gva_add(arg, offsetof(struct xen_mem_acquire_resource, nr_frames)),
                               GRANT_MAX_FRAMES_DEFAULT);
    }
    if (r.frame > UINT32_MAX || r.frame + r.nr_frames > UINT32_MAX)
        return refuse(XEN_EINVAL);
    rc = list_grant_frames(d, &r, &i);
    if (rc == -XEN_ERESTART)
        return hcall_continue_memory_op(cur, XENMEM_acquire_resource | i << MEMOP_EXTENT_SHIFT,
                                        arg);
    return rc;
}

long op_memory_op(struct vcpu *cur, uint64_t cmd, gva_t arg)
{
    switch (cmd & MEMOP_CMD_MASK) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return memory_reservation(cur, cmd, arg);
    case XENMEM_exchange:
        return memory_exchange(cur, arg);
    case XENMEM_maximum_ram_page:
        return (long)frame_end;
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn:
        return reservation_size(cur, cmd & MEMOP_CMD_MASK, arg);
    case XENMEM_machphys_mfn_list:
    case XENMEM_machphys_mapping:
        return memory_machphys(cur, cmd & MEMOP_CMD_MASK, arg);
    case XENMEM_memory_map:
        return memory_map_get(cur, arg);
    case XENMEM_set_memory_map:
        return memory_map_set(cur, arg);
    case XENMEM_machine_memory_map:
        return memory_map_machine(cur, arg);
    case XENMEM_add_to_physmap:
    case XENMEM_add_to_physmap_batch:
    case XENMEM_remove_from_physmap:
        return physmap(cur, cmd & MEMOP_CMD_MASK, arg);
    case XENMEM_set_pod_target:
    case XENMEM_get_pod_target:
        return pod_target(cur, arg);
    case XENMEM_get_sharing_freed_pages:
    case XENMEM_get_sharing_shared_pages:
        return 0;
    case XENMEM_claim_pages:
        return memory_claim(cur, arg);
    case XENMEM_get_vnumainfo: /* no domain has virtual nodes */
        return refuse(XEN_EOPNOTSUPP);
    case XENMEM_acquire_resource:
        return acquire_resource(cur, cmd, arg);
    default:
        return refuse(XEN_ENOSYS);
    }
}
