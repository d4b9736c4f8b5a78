/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy for the back-ends' tests: grant references are numbers of pages in an array.  The
 * including test has `guest`, PAGES of them, and the back-end `be` whose guest grants them.
 */
#ifndef TESTS_GRANT_COPY_H
#define TESTS_GRANT_COPY_H

#include <string.h>
#include <xen/grant_table.h>
#include <xengnttab.h>

unsigned int copied; /* segments so far */
bool copy_refused;   /* the whole hypercall; no status is written then */

int backend_copy(struct backend *b, uint32_t count, xengnttab_grant_copy_segment_t *segs)
{
    (void)b;
    if (copy_refused)
        return -1;
    copied += count;
    for (uint32_t i = 0; i < count; i++) {
        xengnttab_grant_copy_segment_t *s = &segs[i];
        bool out = s->flags & GNTCOPY_dest_gref;
        uint32_t ref = out ? s->dest.foreign.ref : s->source.foreign.ref;
        domid_t domid = out ? s->dest.foreign.domid : s->source.foreign.domid;
        uint32_t offset = out ? s->dest.foreign.offset : s->source.foreign.offset;

        s->status = ref < PAGES && offset + s->len <= 4096 ? GNTST_okay : GNTST_bad_gntref;
        if (domid != be.domid)
            s->status = GNTST_bad_domain;
        if (s->status == GNTST_okay && out)
            memcpy(guest[ref] + offset, s->source.virt, s->len);
        else if (s->status == GNTST_okay)
            memcpy(s->dest.virt, guest[ref] + offset, s->len);
    }
    return 0;
}

#endif
