/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's memory reservation: populate, grow, shrink, exchange its map. */
#include "private.h"

/* One XENMEM_*_reservation on @extents (in and out); returns extents done or -1. */
static long reservation(xc_interface *xch, unsigned int cmd, struct xen_memory_reservation *res,
                        xen_pfn_t *extents)
{
    size_t len = res->nr_extents * sizeof(*extents);
    void *buf = NULL;
    long ret;

    if (extents && !(buf = xc_buf(xch, extents, len)))
        return -1;
    set_xen_guest_handle_raw(res->extent_start, buf);
    ret = xc_memory_op(xch, cmd, res, sizeof(*res));
    xc_buf_done(xch, buf, extents, len);
    return ret;
}

/* The "_exact" forms: anything less than all is a failure. */
static int exact(long done, unsigned long want, int err)
{
    if (done == (long)want)
        return 0;
    if (done >= 0)
        errno = err;
    return -1;
}

int xc_domain_populate_physmap(xc_interface *xch, uint32_t domid, unsigned long nr_extents,
                               unsigned int extent_order, unsigned int mem_flags,
                               xen_pfn_t *extent_start)
{
    struct xen_memory_reservation res = {
        .nr_extents = nr_extents,
        .extent_order = extent_order,
        .mem_flags = mem_flags,
        .domid = domid,
    };

    return reservation(xch, XENMEM_populate_physmap, &res, extent_start);
}

int xc_domain_populate_physmap_exact(xc_interface *xch, uint32_t domid, unsigned long nr_extents,
                                     unsigned int extent_order, unsigned int mem_flags,
                                     xen_pfn_t *extent_start)
{
    return exact(
        xc_domain_populate_physmap(xch, domid, nr_extents, extent_order, mem_flags, extent_start),
        nr_extents, ENOMEM);
}

int xc_domain_increase_reservation(xc_interface *xch, uint32_t domid, unsigned long nr_extents,
                                   unsigned int extent_order, unsigned int mem_flags,
                                   xen_pfn_t *extent_start)
{
    struct xen_memory_reservation res = {
        .nr_extents = nr_extents,
        .extent_order = extent_order,
        .mem_flags = mem_flags,
        .domid = domid,
    };

    return reservation(xch, XENMEM_increase_reservation, &res, extent_start);
}

int xc_domain_decrease_reservation(xc_interface *xch, uint32_t domid, unsigned long nr_extents,
                                   unsigned int extent_order, xen_pfn_t *extent_start)
{
    struct xen_memory_reservation res = {
        .nr_extents = nr_extents,
        .extent_order = extent_order,
        .domid = domid,
    };

    return reservation(xch, XENMEM_decrease_reservation, &res, extent_start);
}

int xc_domain_decrease_reservation_exact(xc_interface *xch, uint32_t domid,
                                         unsigned long nr_extents, unsigned int extent_order,
                                         xen_pfn_t *extent_start)
{
    return exact(xc_domain_decrease_reservation(xch, domid, nr_extents, extent_order, extent_start),
                 nr_extents, EINVAL);
}

int xc_domain_claim_pages(xc_interface *xch, uint32_t domid, unsigned long nr_pages)
{
    struct xen_memory_reservation res = {.nr_extents = nr_pages, .domid = domid};

    return reservation(xch, XENMEM_claim_pages, &res, NULL);
}

int xc_domain_set_memory_map(xc_interface *xch, uint32_t domid, struct e820entry entries[],
                             uint32_t nr_entries)
{
    struct xen_foreign_memory_map fmap = {.domid = domid, .map.nr_entries = nr_entries};
    void *buf = xc_buf(xch, entries, nr_entries * sizeof(*entries));
    long ret;

    if (!buf)
        return -1;
    set_xen_guest_handle_raw(fmap.map.buffer, buf);
    ret = xc_memory_op(xch, XENMEM_set_memory_map, &fmap, sizeof(fmap));
    xc_buf_done(xch, buf, NULL, 0);
    return ret;
}

int xc_domain_set_memmap_limit(xc_interface *xch, uint32_t domid, unsigned long map_limitkb)
{
    struct e820entry ram = {.size = (uint64_t)map_limitkb << 10, .type = E820_RAM};

    return xc_domain_set_memory_map(xch, domid, &ram, 1);
}

int xc_maximum_ram_page(xc_interface *xch, unsigned long *max_mfn)
{
    long ret = xencall2L(xch->xcall, __HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0);

    if (ret < 0)
        return -1;
    *max_mfn = ret;
    return 0;
}
