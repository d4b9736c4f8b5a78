/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_op: the memory maps guests ask for, and where the M2P table is. */
#include "frame_int.h"

struct guest_memory_map {
    unsigned count;
    struct hv_e820 entry[];
};
#define MAP_BYTES(n) (sizeof(struct guest_memory_map) + (n) * sizeof(struct hv_e820))

/* Answers a xen_memory_map request with as many entries as fit. */
static long put_map(gva_t arg, const struct hv_e820 *entries, unsigned count)
{
    struct xen_memory_map m;

    if (guest_read(&m, arg, sizeof(m)))
        return refuse(XEN_EFAULT);
    if (m.nr_entries < count)
        return refuse(XEN_EINVAL);
    if (guest_write(GUEST_PTR(m.buffer), entries, count * sizeof(*entries)) ||
        guest_write_u32(gva_add(arg, offsetof(struct xen_memory_map, nr_entries)), count))
        return refuse(XEN_EFAULT);
    return 0;
}

long memory_map_get(struct vcpu *cur, gva_t arg)
{
    struct domain *d = cur->domain;
    struct guest_memory_map *copy = hv_alloc(MAP_BYTES(HV_E820_MAX));
    long rc;

    if (!copy)
        return -XEN_ENOMEM;
    lock(&d->page_lock);
    if (d->memory_map)
        memcpy(copy, d->memory_map, MAP_BYTES(d->memory_map->count));
    unlock(&d->page_lock);
    rc = copy->count ? put_map(arg, copy->entry, copy->count) : refuse(XEN_ENOSYS);
    hv_free(copy);
    return rc;
}

long memory_map_set(struct vcpu *cur, gva_t arg)
{
    struct xen_foreign_memory_map m;
    struct domain *d;

    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    if (guest_read(&m, arg, sizeof(m)))
        return refuse(XEN_EFAULT);
    if (!m.map.nr_entries || m.map.nr_entries > HV_E820_MAX)
        return refuse(XEN_EINVAL);
    int rc = domain_target(cur, m.domid, &d);
    if (rc)
        return rc;
    size_t size = m.map.nr_entries * sizeof(struct hv_e820);
    struct guest_memory_map *map = hv_alloc(sizeof(*map) + size), *old;
    if (!map)
        return -XEN_ENOMEM;
    map->count = m.map.nr_entries;
    if (guest_read(map->entry, GUEST_PTR(m.map.buffer), size)) {
        hv_free(map);
        return refuse(XEN_EFAULT);
    }
    lock(&d->page_lock);
    old = d->memory_map;
    if (d->dying) {
        old = map; /* teardown has freed it already */
        rc = -XEN_ESRCH;
    } else {
        d->memory_map = map;
    }
    unlock(&d->page_lock);
    hv_free(old);
    return rc;
}

void memory_map_free(struct domain *d)
{
    lock(&d->page_lock);
    struct guest_memory_map *map = d->memory_map;
    d->memory_map = NULL;
    unlock(&d->page_lock);
    hv_free(map);
}

long memory_map_machine(struct vcpu *cur, gva_t arg)
{
    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    struct hv_e820 *map = hv_alloc(HV_E820_MAX * sizeof(*map));
    if (!map)
        return -XEN_ENOMEM;
    long rc = put_map(arg, map, arch_machine_map(map, HV_E820_MAX));
    hv_free(map);
    return rc;
}

/* Frames of the M2P table, one number for each 2 MiB of it. */
static long machphys_list(gva_t arg)
{
    struct xen_machphys_mfn_list x;

    if (guest_read(&x, arg, sizeof(x)))
        return refuse(XEN_EFAULT);
    unsigned most = min(x.max_extents, (unsigned)(PAGE_SIZE / sizeof(uint64_t)));
    uint64_t *mfns = hv_alloc_pages(0);
    if (!mfns)
        return -XEN_ENOMEM;
    unsigned n = arch_m2p_list(mfns, most);
    int rc = guest_write(GUEST_PTR(x.extent_start), mfns, n * sizeof(*mfns));
    hv_free_pages(mfns, 0);
    if (rc || guest_write_u32(gva_add(arg, offsetof(struct xen_machphys_mfn_list, nr_extents)), n))
        return refuse(XEN_EFAULT);
    return 0;
}

long memory_machphys(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    const struct xen_machphys_mapping map = {
        .v_start = MACH2PHYS_VIRT_START, .v_end = MACH2PHYS_VIRT_END, .max_mfn = frame_end - 1};

    if (cmd == XENMEM_machphys_mapping)
        return guest_write(arg, &map, sizeof(map));
    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    return machphys_list(arg);
}
