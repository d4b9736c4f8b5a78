/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's frames; see core_frames.h.  Every frame of the machine is asked for its owner, 1024 a
 * hypercall, until the domain's count is reached: 256 calls a GiB at most.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/core_frames.h"
#include "lib/xalloc.h"
#include "libxenctrl/frames.h"

/* M2P entries with the top bit set are no guest's frame numbers: pages that Xen shares with it. */
#define PFN_VALID(pfn) (!((pfn) >> 63))

static int by_pfn(const void *a, const void *b)
{
    const struct core_frame *x = a, *y = b;

    return x->pfn != y->pfn ? (x->pfn > y->pfn) - (x->pfn < y->pfn)
                            : (x->gmfn > y->gmfn) - (x->gmfn < y->gmfn);
}

/* Adds those of the @n frames from @first on that the domain owns; 0 or -1. */
static int add_owned(struct toolstack *ts, uint32_t domid, const xen_pfn_t *m2p, xen_pfn_t first,
                     unsigned int n, struct core_frame *frames, size_t *count, size_t max)
{
    xen_pfn_t types[FRAMES_TYPES_MAX];

    for (unsigned int i = 0; i < n; i++)
        types[i] = first + i;
    if (frames_types(ts->xch, domid, types, n))
        return -1;
    for (unsigned int i = 0; i < n; i++) {
        uint64_t pfn = m2p[first + i];

        if ((types[i] & XEN_DOMCTL_PFINFO_LTAB_MASK) != XEN_DOMCTL_PFINFO_XTAB && PFN_VALID(pfn) &&
            *count < max)
            frames[(*count)++] = (struct core_frame){pfn, first + i};
    }
    return 0;
}

static struct core_frame *find(struct toolstack *ts, uint32_t domid, const xen_pfn_t *m2p,
                               unsigned long total, size_t *count)
{
    xc_domaininfo_t info;
    struct core_frame *frames;
    int ret = 0;

    *count = 0;
    if (!m2p || !ts_domain_info(ts, domid, &info)) {
        fail(&ts->fail, "cannot tell which memory domain %u has: %s", domid,
             m2p ? "it is gone" : strerror(errno));
        return NULL;
    }
    frames = xcalloc(info.tot_pages ? info.tot_pages : 1, sizeof(*frames));
    for (unsigned long at = 0; at < total && *count < info.tot_pages && !ret;
         at += FRAMES_TYPES_MAX) {
        unsigned int n = total - at < FRAMES_TYPES_MAX ? total - at : FRAMES_TYPES_MAX;

        ret = add_owned(ts, domid, m2p, at, n, frames, count, info.tot_pages);
    }
    if (ret || *count == 0) {
        fail(&ts->fail, "cannot tell which memory domain %u has: %s", domid,
             ret ? strerror(errno) : "it has none");
        free(frames);
        return NULL;
    }
    qsort(frames, *count, sizeof(*frames), by_pfn);
    return frames;
}

struct core_frame *core_frames(struct toolstack *ts, uint32_t domid, size_t *count)
{
    unsigned long total = 0;
    const xen_pfn_t *m2p = frames_map_m2p(ts->xch, &total);
    struct core_frame *frames = find(ts, domid, m2p, total, count);

    frames_unmap_m2p(m2p, total);
    return frames;
}
