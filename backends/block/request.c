/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking requests; see request.h. */
#include "block/request.h"

static bool in_disk(const struct block_limits *limits, uint64_t sector, uint64_t count)
{
    return sector <= limits->sectors && count <= limits->sectors - sector;
}

int block_op_segments(struct block_op *op, const struct blkif_request_segment *seg,
                      const struct block_limits *limits)
{
    op->bytes = 0;
    for (unsigned int i = 0; i < op->count; i++) {
        unsigned int first = seg[i].first_sect, last = seg[i].last_sect;

        if (first > last || last >= SECTORS_PER_PAGE)
            return BLKIF_RSP_ERROR;
        op->segment[i] = (struct block_segment){
            .gref = seg[i].gref,
            .offset = (uint16_t)(first << SECTOR_SHIFT),
            .len = (uint16_t)((last - first + 1) << SECTOR_SHIFT),
        };
        op->bytes += op->segment[i].len;
    }
    return in_disk(limits, op->sector, op->bytes >> SECTOR_SHIFT) ? BLKIF_RSP_OKAY
                                                                  : BLKIF_RSP_ERROR;
}

static int decode_discard(const struct blkif_request *req, const struct block_limits *limits,
                          struct block_op *op)
{
    struct blkif_request_discard discard;

    memcpy(&discard, req, sizeof(discard));
    op->kind = BLOCK_DISCARD;
    op->sector = discard.sector_number;
    if (!limits->discard || (discard.flag & BLKIF_DISCARD_SECURE))
        return BLKIF_RSP_EOPNOTSUPP;
    if (!limits->writable || discard.nr_sectors == 0 ||
        !in_disk(limits, op->sector, discard.nr_sectors))
        return BLKIF_RSP_ERROR;
    op->bytes = discard.nr_sectors << SECTOR_SHIFT;
    return BLKIF_RSP_OKAY;
}

static int decode_indirect(const struct blkif_request *req, const struct block_limits *limits,
                           struct block_op *op)
{
    struct blkif_request_indirect indirect;

    memcpy(&indirect, req, sizeof(indirect));
    op->operation = indirect.indirect_op;
    op->id = indirect.id;
    if (indirect.indirect_op != BLKIF_OP_READ && indirect.indirect_op != BLKIF_OP_WRITE)
        return BLKIF_RSP_ERROR;
    if (indirect.nr_segments == 0 || indirect.nr_segments > BLOCK_SEGMENTS)
        return BLKIF_RSP_ERROR;
    op->kind = indirect.indirect_op == BLKIF_OP_READ ? BLOCK_READ : BLOCK_WRITE;
    if (op->kind == BLOCK_WRITE && !limits->writable)
        return BLKIF_RSP_ERROR;
    op->sector = indirect.sector_number;
    op->count = indirect.nr_segments;
    op->indirect = indirect.indirect_grefs[0];
    op->has_indirect = true;
    return BLKIF_RSP_OKAY;
}

/* Read, write, and the writes that flush: all with their segments in the request. */
static int decode_direct(const struct blkif_request *req, const struct block_limits *limits,
                         struct block_op *op)
{
    op->sector = req->sector_number;
    op->flush_first =
        req->operation == BLKIF_OP_FLUSH_DISKCACHE || req->operation == BLKIF_OP_WRITE_BARRIER;
    op->flush_after = req->operation == BLKIF_OP_WRITE_BARRIER;
    op->kind = req->operation == BLKIF_OP_READ ? BLOCK_READ : BLOCK_WRITE;
    if (req->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST)
        return BLKIF_RSP_ERROR;
    if (req->nr_segments == 0) {
        op->kind = BLOCK_FLUSH;
        return op->flush_first ? BLKIF_RSP_OKAY : BLKIF_RSP_ERROR;
    }
    if (op->kind == BLOCK_WRITE && !limits->writable)
        return BLKIF_RSP_ERROR;
    op->count = req->nr_segments;
    return block_op_segments(op, req->seg, limits);
}

int block_op_decode(const struct blkif_request *req, const struct block_limits *limits,
                    struct block_op *op)
{
    memset(op, 0, sizeof(*op));
    op->id = req->id;
    op->operation = req->operation;
    switch (req->operation) {
    case BLKIF_OP_READ:
    case BLKIF_OP_WRITE:
    case BLKIF_OP_WRITE_BARRIER:
    case BLKIF_OP_FLUSH_DISKCACHE:
        return decode_direct(req, limits, op);
    case BLKIF_OP_DISCARD:
        return decode_discard(req, limits, op);
    case BLKIF_OP_INDIRECT:
        return decode_indirect(req, limits, op);
    default:
        return BLKIF_RSP_EOPNOTSUPP;
    }
}

bool block_op_is_sound(const struct block_op *op, const struct block_limits *limits)
{
    uint64_t bytes = 0;

    if (op->kind > BLOCK_DISCARD || op->count > BLOCK_SEGMENTS)
        return false;
    if (op->kind != BLOCK_READ && op->kind != BLOCK_FLUSH && !limits->writable)
        return false;
    for (unsigned int i = 0; i < op->count; i++) {
        if (op->segment[i].offset + op->segment[i].len > (int)RING_PAGE)
            return false;
        bytes += op->segment[i].len;
    }
    if (op->kind == BLOCK_FLUSH)
        return true;
    return (op->kind == BLOCK_DISCARD || bytes == op->bytes) &&
           in_disk(limits, op->sector, op->bytes >> SECTOR_SHIFT);
}
