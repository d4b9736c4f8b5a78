/* SPDX-License-Identifier: BSD-2-Clause */
/* Grant copies; see copy.h. */
#include "block/copy.h"

#include <xen/grant_table.h>

static bool copy_all(struct backend *be, xengnttab_grant_copy_segment_t *part, unsigned int count)
{
    if (xengnttab_grant_copy(be->xgt, count, part))
        return false;
    for (unsigned int i = 0; i < count; i++)
        if (part[i].status != GNTST_okay)
            return false;
    return true;
}

bool copy_data(struct backend *be, const struct block_op *op, uint8_t *buf, bool from_guest)
{
    xengnttab_grant_copy_segment_t part[BLOCK_SEGMENTS];

    memset(part, 0, sizeof(part));
    for (unsigned int i = 0; i < op->count; i++) {
        const struct block_segment *seg = &op->segment[i];
        union xengnttab_copy_ptr guest = {
            .foreign = {.ref = seg->gref, .offset = seg->offset, .domid = be->domid}};
        union xengnttab_copy_ptr own = {.virt = buf};

        part[i].source = from_guest ? guest : own;
        part[i].dest = from_guest ? own : guest;
        part[i].len = seg->len;
        part[i].flags = from_guest ? GNTCOPY_source_gref : GNTCOPY_dest_gref;
        buf += seg->len;
    }
    return copy_all(be, part, op->count);
}

bool copy_descriptors(struct backend *be, const struct block_op *op,
                      struct blkif_request_segment *seg)
{
    xengnttab_grant_copy_segment_t part;

    memset(&part, 0, sizeof(part));
    part.source.foreign.ref = op->indirect;
    part.source.foreign.domid = be->domid;
    part.dest.virt = seg;
    part.len = op->count * sizeof(*seg);
    part.flags = GNTCOPY_source_gref;
    return copy_all(be, &part, 1);
}
