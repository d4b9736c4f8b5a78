/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a guest as libxc's stream inside libxl's. */
#ifndef STREAM_SAVE_H
#define STREAM_SAVE_H

#include "stream/io.h"
#include "stream/p2m.h"

struct save {
    const struct guest *guest;
    struct stream_out *out;
    uint32_t xen_version;
    struct save_live *live; /* NULL: the guest is suspended already */
    struct p2m p2m;
    uint64_t sent; /* pages with their contents */
    struct page_batch *batch;
};

/*
 * Writes everything after libxl's header, that one record's end included: 0, or -1 with the
 * guest's ->fail.  The fields up to ->live are the caller's.
 */
int save_run(struct save *s);

/* ---- steps ---- */

/*
 * Adds page @pfn to the batch, writes the batch when it is full.  @final: the guest is suspended,
 * and a page that cannot be had is an error; else it is deferred (live.h).
 */
int save_page(struct save *s, uint64_t pfn, bool final);
int save_flush(struct save *s, bool final);

/* What is left once the guest is suspended: time, shared info, vCPUs. */
int save_tail(struct save *s);

#endif
