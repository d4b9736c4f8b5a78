/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's frames: whose they are, and what their owners call them; see frames.h. */
#include <stdlib.h>
#include <sys/mman.h>

#include "private.h" /* first: asks <xenctrl.h> for its older names */
#include "frames.h"
#include "lib/unconst.h"

/* The hypervisor tells the M2P table's frames in pieces of 2 MiB. */
#define PIECE_PAGES   512u
#define PIECE_ENTRIES (PIECE_PAGES * XC_PAGE_SIZE / sizeof(xen_pfn_t))

/* First frames of the table's pieces, @max at most: how many, or -1. */
static int list_pieces(xc_interface *xch, xen_pfn_t *pieces, unsigned int max)
{
    struct xen_machphys_mfn_list list = {.max_extents = max};
    void *buf = xc_buf(xch, NULL, max * sizeof(*pieces));
    long ret;

    if (!buf)
        return -1;
    set_xen_guest_handle_raw(list.extent_start, buf);
    ret = xc_memory_op(xch, XENMEM_machphys_mfn_list, &list, sizeof(list));
    xc_buf_done(xch, buf, pieces, max * sizeof(*pieces));
    return ret ? -1 : (int)(list.nr_extents < max ? list.nr_extents : max);
}

static size_t table_pages(unsigned long frames)
{
    return (frames * sizeof(xen_pfn_t) + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE;
}

/* The first @count pages; in a gap (a piece at frame 0) any piece does: nobody looks there. */
static const xen_pfn_t *map_pieces(xc_interface *xch, const xen_pfn_t *pieces, size_t count)
{
    xen_pfn_t *pages = calloc(count, sizeof(*pages));
    const xen_pfn_t *m2p;

    if (!pages)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        xen_pfn_t piece = pieces[i / PIECE_PAGES];

        pages[i] = (piece ? piece : pieces[0]) + i % PIECE_PAGES;
    }
    m2p = xc_map_foreign_pages(xch, DOMID_XEN, PROT_READ, pages, count);
    free(pages);
    return m2p;
}

const xen_pfn_t *frames_map_m2p(xc_interface *xch, unsigned long *frames)
{
    const xen_pfn_t *m2p = NULL;
    unsigned long end; /* some hypervisors say the last frame, some the one behind it */
    xen_pfn_t *pieces;
    int n;

    if (xc_maximum_ram_page(xch, &end))
        return NULL;
    n = (end + PIECE_ENTRIES - 1) / PIECE_ENTRIES;
    pieces = calloc(n, sizeof(*pieces));
    n = pieces ? list_pieces(xch, pieces, n) : -1;
    *frames = n > 0 && end > n * PIECE_ENTRIES ? n * PIECE_ENTRIES : end;
    if (n > 0) /* what is behind the last entry in its piece may be no part of the table */
        m2p = map_pieces(xch, pieces, table_pages(*frames));
    free(pieces);
    return m2p;
}

void frames_unmap_m2p(const xen_pfn_t *m2p, unsigned long frames)
{
    if (m2p)
        munmap(unconst(m2p), table_pages(frames) * XC_PAGE_SIZE);
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
