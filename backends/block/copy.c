/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory copies and grant copies; see copy.h. */
#include "block/copy.h"

#include <xen/grant_table.h>

static bool copy_all(struct backend *be, xengnttab_grant_copy_segment_t *part, unsigned int count)
{
    if (backend_copy(be, count, part))
        return false;
    for (unsigned int i = 0; i < count; i++)
        if (part[i].status != GNTST_okay)
            return false;
    return true;
}

bool copy_data(struct backend *be, struct grants *g, const struct block_op *op, uint8_t *buf,
               bool from_guest)
{
    xengnttab_grant_copy_segment_t part[BLOCK_SEGMENTS];
    uint8_t *page[BLOCK_SEGMENTS];
    unsigned int count = 0;

    grants_pages(g, be, op, page);
    for (unsigned int i = 0; i < op->count; buf += op->segment[i++].len) {
        const struct block_segment *seg = &op->segment[i];
        union xengnttab_copy_ptr guest = {
            .foreign = {.ref = seg->gref, .offset = seg->offset, .domid = (domid_t)be->domid}};
        union xengnttab_copy_ptr own = {.virt = buf};

        if (page[i] && from_guest)
            memcpy(buf, page[i] + seg->offset, seg->len);
        else if (page[i])
            memcpy(page[i] + seg->offset, buf, seg->len);
        else
            part[count++] = (xengnttab_grant_copy_segment_t){
                .source = from_guest ? guest : own,
                .dest = from_guest ? own : guest,
                .len = seg->len,
                .flags = from_guest ? GNTCOPY_source_gref : GNTCOPY_dest_gref,
            };
    }
    return !count || copy_all(be, part, count);
}

bool copy_descriptors(struct backend *be, const struct block_op *op, uint8_t *buf,
                      struct blkif_request_segment *seg)
{
    xengnttab_grant_copy_segment_t part;

    memset(&part, 0, sizeof(part));
    part.source.foreign.ref = op->indirect;
    part.source.foreign.domid = (domid_t)be->domid;
    part.dest.virt = buf;
    part.len = op->count * sizeof(*seg);
    part.flags = GNTCOPY_source_gref;
    if (!copy_all(be, &part, 1))
        return false;
    memcpy(seg, buf, op->count * sizeof(*seg));
    return true;
}
