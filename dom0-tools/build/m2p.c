/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping the M2P; see m2p.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "build/m2p.h" /* <xenctrl.h> must come before other Xen headers */
#include <xenforeignmemory.h>

#include "lib/xalloc.h"

/* The table is told in pieces of 2 MiB (xen/memory.h, machphys_mfn_list) */
#define PIECE_PAGES   512u
#define PIECE_ENTRIES (PIECE_PAGES * XC_PAGE_SIZE / sizeof(uint64_t))

/* Asks for the first frame of each piece; how many there are, or -1. */
static long pieces(xc_interface *xch, unsigned int most, xen_pfn_t *first)
{
    struct xen_machphys_mfn_list list = {.max_extents = most};
    DECLARE_HYPERCALL_BUFFER(xen_pfn_t, buf);
    long ret = -1;

    buf = xc_hypercall_buffer_alloc(xch, buf, most * sizeof(*buf));
    if (!buf)
        return -1;
    set_xen_guest_handle(list.extent_start, buf);
    if (xc_memory_op(xch, XENMEM_machphys_mfn_list, &list, sizeof(list)) == 0) {
        memcpy(first, buf, most * sizeof(*buf));
        ret = list.nr_extents;
    }
    xc_hypercall_buffer_free(xch, buf);
    return ret;
}

static int map_pieces(xc_interface *xch, struct m2p *m, const xen_pfn_t *first)
{
    xen_pfn_t *mfns = xcalloc(m->pages, sizeof(*mfns));

    for (size_t i = 0; i < m->pages; i++)
        mfns[i] = first[i / PIECE_PAGES] + i % PIECE_PAGES;
    m->table = xenforeignmemory_map(xc_interface_fmem_handle(xch), DOMID_XEN, PROT_READ, m->pages,
                                    mfns, NULL);
    free(mfns);
    return m->table ? 0 : -1;
}

int m2p_map(xc_interface *xch, struct m2p *m, struct fail *f)
{
    unsigned int most;
    xen_pfn_t *first;
    int ret = -1;

    *m = (struct m2p){0};
    if (xc_maximum_ram_page(xch, &m->frames))
        return fail(f, "cannot ask for the machine's memory: %s", strerror(errno));
    most = (m->frames + PIECE_ENTRIES - 1) / PIECE_ENTRIES;
    m->pages = (m->frames * sizeof(*m->table) + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE;
    first = xcalloc(most, sizeof(*first));
    if (pieces(xch, most, first) == most)
        ret = map_pieces(xch, m, first);
    free(first);
    return ret ? fail(f, "cannot map the hypervisor's table of frames: %s", strerror(errno)) : 0;
}

void m2p_unmap(xc_interface *xch, struct m2p *m)
{
    if (m->table)
        xenforeignmemory_unmap(xc_interface_fmem_handle(xch), (void *)m->table, m->pages);
    m->table = NULL;
}
