/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's frames: whose they are, and what their owners call them; see frames.h. */
#include <stdlib.h>
#include <sys/mman.h>

#include "private.h" /* first: asks <xenctrl.h> for its older names */
#include "frames.h"

/* The hypervisor tells the M2P table's frames in pieces of 2 MiB. */
#define PIECE_PAGES   512u
#define PIECE_ENTRIES (PIECE_PAGES * XC_PAGE_SIZE / sizeof(xen_pfn_t))

/* First frames of the table's pieces, @n of them. */
static int list_pieces(xc_interface *xch, xen_pfn_t *pieces, unsigned int n)
{
    struct xen_machphys_mfn_list list = {.max_extents = n};
    void *buf = xc_buf(xch, NULL, n * sizeof(*pieces));
    long ret;

    if (!buf)
        return -1;
    set_xen_guest_handle_raw(list.extent_start, buf);
    ret = xc_memory_op(xch, XENMEM_machphys_mfn_list, &list, sizeof(list));
    xc_buf_done(xch, buf, pieces, n * sizeof(*pieces));
    if (ret == 0 && list.nr_extents != n) {
        errno = ERANGE;
        return -1;
    }
    return ret ? -1 : 0;
}

const xen_pfn_t *frames_map_m2p(xc_interface *xch, unsigned long *frames)
{
    unsigned long max_mfn;
    unsigned int n;
    xen_pfn_t *pieces, *pages;
    const xen_pfn_t *m2p = NULL;

    if (xc_maximum_ram_page(xch, &max_mfn))
        return NULL;
    *frames = max_mfn + 1;
    n = max_mfn / PIECE_ENTRIES + 1;
    pieces = calloc(n, sizeof(*pieces));
    pages = calloc((size_t)n * PIECE_PAGES, sizeof(*pages));
    if (pieces && pages && list_pieces(xch, pieces, n) == 0) {
        for (size_t i = 0; i < (size_t)n * PIECE_PAGES; i++)
            pages[i] = pieces[i / PIECE_PAGES] + i % PIECE_PAGES;
        m2p = xc_map_foreign_pages(xch, DOMID_XEN, PROT_READ, pages, n * PIECE_PAGES);
    }
    free(pieces);
    free(pages);
    return m2p;
}

int frames_types(xc_interface *xch, uint32_t domid, xen_pfn_t *frames, unsigned int n)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_getpageframeinfo3, .domain = domid};
    void *buf = xc_buf(xch, frames, n * sizeof(*frames));
    int ret;

    if (!buf)
        return -1;
    domctl.u.getpageframeinfo3.num = n;
    set_xen_guest_handle_raw(domctl.u.getpageframeinfo3.array, buf);
    ret = xc_domctl(xch, &domctl);
    xc_buf_done(xch, buf, ret ? NULL : frames, n * sizeof(*frames));
    return ret;
}
