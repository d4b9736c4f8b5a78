/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant tables of other domains. */
#include <stdlib.h>
#include <sys/mman.h>
#include "private.h"

int xc_gnttab_op(xc_interface *xch, int cmd, void *op, int op_size, int count)
{
    size_t len = (size_t)op_size * count;
    void *buf = xc_buf(xch, op, len);
    int ret;

    if (!buf)
        return -1;
    ret = xencall3(xch->xcall, __HYPERVISOR_grant_table_op, cmd, (uintptr_t)buf, count);
    xc_buf_done(xch, buf, op, len);
    return ret;
}

int xc_gnttab_query_size(xc_interface *xch, struct gnttab_query_size *query)
{
    int ret = xc_gnttab_op(xch, GNTTABOP_query_size, query, sizeof(*query), 1);

    if (!ret && query->status != GNTST_okay) {
        errno = EINVAL;
        ret = -1;
    }
    return ret;
}

int xc_gnttab_get_version(xc_interface *xch, uint32_t domid)
{
    gnttab_get_version_t query = {.dom = domid, .version = UINT32_MAX};
    int ret = xc_gnttab_op(xch, GNTTABOP_get_version, &query, sizeof(query), 1);

    return ret < 0 ? ret : (int)query.version;
}

grant_entry_v1_t *xc_gnttab_map_table_v1(xc_interface *xch, uint32_t domid, int *gnt_num)
{
    struct gnttab_query_size query = {.dom = domid};
    struct gnttab_setup_table setup = {.dom = domid};
    xen_pfn_t *frames;
    void *table = NULL;
    size_t len;

    if (xc_gnttab_query_size(xch, &query))
        return NULL;
    /* A domain that has not touched its table yet has no frames; ask for the first. */
    setup.nr_frames = query.nr_frames ? query.nr_frames : 1;
    len = setup.nr_frames * sizeof(*frames);
    frames = xc_buf(xch, NULL, len);
    if (!frames)
        return NULL;
    set_xen_guest_handle_raw(setup.frame_list, frames);
    if (xc_gnttab_op(xch, GNTTABOP_setup_table, &setup, sizeof(setup), 1) == 0) {
        if (setup.status == GNTST_okay)
            table =
                xc_map_foreign_pages(xch, domid, PROT_READ | PROT_WRITE, frames, setup.nr_frames);
        else
            errno = EINVAL;
    }
    xc_buf_done(xch, frames, NULL, 0);
    if (table && gnt_num)
        *gnt_num = setup.nr_frames * (XC_PAGE_SIZE / sizeof(grant_entry_v1_t));
    return table;
}
