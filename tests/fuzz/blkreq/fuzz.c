/* SPDX-License-Identifier: BSD-2-Clause */
/* Any request of a guest: what is accepted stays within the disk, the pages and the buffer. */
#include <stdlib.h>

#include "block/request.h"

static void must(int ok)
{
    if (!ok)
        abort();
}

static void check(const struct block_op *op, const struct block_limits *limits)
{
    uint64_t sum = 0;

    must(op->kind == BLOCK_READ || op->kind == BLOCK_FLUSH || limits->writable);
    must(op->count <= BLOCK_SEGMENTS);
    for (unsigned int i = 0; i < op->count; i++) {
        must(op->segment[i].len && op->segment[i].offset + op->segment[i].len <= (int)RING_PAGE);
        sum += op->segment[i].len;
    }
    if (op->kind == BLOCK_READ || op->kind == BLOCK_WRITE)
        must(sum == op->bytes && sum && sum <= BLOCK_BYTES);
    if (op->kind != BLOCK_FLUSH)
        must(op->sector < limits->sectors &&
             op->bytes >> SECTOR_SHIFT <= limits->sectors - op->sector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blkif_request_segment seg[BLOCK_SEGMENTS] = {0};
    struct blkif_request req = {0};
    struct block_limits limits;
    struct block_op op;
    int status;

    if (size < 3)
        return 0;
    limits = (struct block_limits){
        .sectors = data[0] * 64u, .writable = data[1] & 1, .discard = data[1] & 2};
    data += 2;
    size -= 2;
    memcpy(&req, data, size < sizeof(req) ? size : sizeof(req));
    if (size > sizeof(req)) {
        size_t rest = size - sizeof(req);

        memcpy(seg, data + sizeof(req), rest < sizeof(seg) ? rest : sizeof(seg));
    }
    status = block_op_decode(&req, &limits, &op);
    if (status == BLKIF_RSP_OKAY && op.has_indirect)
        status = block_op_segments(&op, seg, &limits);
    if (status == BLKIF_RSP_OKAY)
        check(&op, &limits);
    return 0;
}
