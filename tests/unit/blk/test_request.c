/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of a guest to its disk: what is accepted, and every way of asking for too much. */
#include <criterion/criterion.h>

#include "block/request.h"

static const struct block_limits disk = {.sectors = 1000, .writable = true, .discard = true};
static const struct block_limits rom = {.sectors = 1000};
static const struct block_limits dvd = {.sectors = 1000,
                                        .discard = true}; /* read-only all the same */

static struct blkif_request request(int operation, int segments)
{
    struct blkif_request req = {
        .operation = operation, .nr_segments = segments, .id = 77, .sector_number = 10};

    for (int i = 0; i < BLKIF_MAX_SEGMENTS_PER_REQUEST; i++)
        req.seg[i] = (struct blkif_request_segment){.gref = i, .first_sect = 0, .last_sect = 7};
    return req;
}

static int decode(struct blkif_request req, const struct block_limits *limits, struct block_op *op)
{
    return block_op_decode(&req, limits, op);
}

Test(request, read)
{
    struct blkif_request req = request(BLKIF_OP_READ, 2);
    struct block_op op;

    req.seg[0].first_sect = 6;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_OKAY);
    cr_assert_eq(op.kind, BLOCK_READ);
    cr_assert_eq(op.id, 77);
    cr_assert_eq(op.bytes, 10 * 512);
    cr_assert_eq(op.segment[0].offset, 6 * 512);
    cr_assert_eq(op.segment[0].len, 2 * 512);
    cr_assert_eq(decode(req, &rom, &op), BLKIF_RSP_OKAY);
}

Test(request, read_only_disk_is_read_only)
{
    struct block_op op;
    static const int writes[] = {BLKIF_OP_WRITE, BLKIF_OP_WRITE_BARRIER, BLKIF_OP_FLUSH_DISKCACHE};
    struct blkif_request_discard discard = {
        .operation = BLKIF_OP_DISCARD, .id = 1, .sector_number = 0, .nr_sectors = 8};
    struct blkif_request_indirect indirect = {
        .operation = BLKIF_OP_INDIRECT, .indirect_op = BLKIF_OP_WRITE, .nr_segments = 1};
    struct blkif_request req = {0};

    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
        cr_assert_eq(decode(request(writes[i], 1), &rom, &op), BLKIF_RSP_ERROR, "%d", writes[i]);
    memcpy(&req, &discard, sizeof(discard));
    cr_assert_eq(decode(req, &rom, &op), BLKIF_RSP_EOPNOTSUPP);
    cr_assert_eq(decode(req, &dvd, &op), BLKIF_RSP_ERROR);
    memcpy(&req, &indirect, sizeof(indirect));
    cr_assert_neq(decode(req, &rom, &op), BLKIF_RSP_OKAY);
}

Test(request, segment_count)
{
    struct block_op op;

    cr_assert_eq(decode(request(BLKIF_OP_READ, 0), &disk, &op), BLKIF_RSP_ERROR);
    cr_assert_eq(decode(request(BLKIF_OP_READ, 11), &disk, &op), BLKIF_RSP_OKAY);
    cr_assert_eq(decode(request(BLKIF_OP_READ, 12), &disk, &op), BLKIF_RSP_ERROR);
    cr_assert_eq(decode(request(BLKIF_OP_WRITE, 255), &disk, &op), BLKIF_RSP_ERROR);
}

Test(request, segment_within_its_page)
{
    struct blkif_request req = request(BLKIF_OP_WRITE, 1);
    struct block_op op;

    req.seg[0].last_sect = 8;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
    req.seg[0].last_sect = 2;
    req.seg[0].first_sect = 3;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
    req.seg[0].first_sect = 2;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_OKAY);
    cr_assert_eq(op.bytes, 512);
}

Test(request, end_of_disk)
{
    struct blkif_request req = request(BLKIF_OP_READ, 1);
    struct block_op op;

    req.sector_number = 992;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_OKAY);
    req.sector_number = 993;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
    req.sector_number = UINT64_MAX - 3;
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
}

Test(request, flush_and_barrier)
{
    struct block_op op;

    cr_assert_eq(decode(request(BLKIF_OP_FLUSH_DISKCACHE, 0), &disk, &op), BLKIF_RSP_OKAY);
    cr_assert_eq(op.kind, BLOCK_FLUSH);
    cr_assert_eq(decode(request(BLKIF_OP_FLUSH_DISKCACHE, 1), &disk, &op), BLKIF_RSP_OKAY);
    cr_assert(op.kind == BLOCK_WRITE && op.flush_first && !op.flush_after);
    cr_assert_eq(decode(request(BLKIF_OP_WRITE_BARRIER, 1), &disk, &op), BLKIF_RSP_OKAY);
    cr_assert(op.kind == BLOCK_WRITE && op.flush_first && op.flush_after);
}

Test(request, discard)
{
    struct blkif_request_discard discard = {
        .operation = BLKIF_OP_DISCARD, .id = 9, .sector_number = 990, .nr_sectors = 10};
    struct blkif_request req = {0};
    struct block_op op;

    memcpy(&req, &discard, sizeof(discard));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_OKAY);
    cr_assert(op.kind == BLOCK_DISCARD && op.bytes == 5120 && op.id == 9);
    discard.nr_sectors = UINT64_MAX;
    memcpy(&req, &discard, sizeof(discard));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
    discard.nr_sectors = 0;
    memcpy(&req, &discard, sizeof(discard));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
    discard.nr_sectors = 1;
    discard.flag = BLKIF_DISCARD_SECURE;
    memcpy(&req, &discard, sizeof(discard));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_EOPNOTSUPP);
}

Test(request, indirect)
{
    struct blkif_request_indirect indirect = {.operation = BLKIF_OP_INDIRECT,
                                              .indirect_op = BLKIF_OP_READ,
                                              .nr_segments = BLOCK_SEGMENTS,
                                              .id = 5,
                                              .sector_number = 744,
                                              .indirect_grefs = {42}};
    struct blkif_request_segment seg[BLOCK_SEGMENTS];
    struct blkif_request req = {0};
    struct block_op op;

    for (unsigned int i = 0; i < BLOCK_SEGMENTS; i++)
        seg[i] = (struct blkif_request_segment){.gref = 100 + i, .last_sect = 7};
    memcpy(&req, &indirect, sizeof(indirect));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_OKAY);
    cr_assert(op.has_indirect && op.indirect == 42 && op.count == BLOCK_SEGMENTS && op.id == 5);
    cr_assert_eq(op.operation, BLKIF_OP_READ); /* the response names the inner operation */
    cr_assert_eq(block_op_segments(&op, seg, &disk), BLKIF_RSP_OKAY);
    cr_assert_eq(op.bytes, BLOCK_BYTES);
    op.sector++;
    cr_assert_eq(block_op_segments(&op, seg, &disk), BLKIF_RSP_ERROR);
    indirect.nr_segments = BLOCK_SEGMENTS + 1;
    memcpy(&req, &indirect, sizeof(indirect));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
    indirect.nr_segments = 1;
    indirect.indirect_op = BLKIF_OP_INDIRECT;
    memcpy(&req, &indirect, sizeof(indirect));
    cr_assert_eq(decode(req, &disk, &op), BLKIF_RSP_ERROR);
}

Test(request, unknown_operation)
{
    struct block_op op;

    cr_assert_eq(decode(request(4, 1), &disk, &op), BLKIF_RSP_EOPNOTSUPP);
    cr_assert_eq(decode(request(255, 1), &disk, &op), BLKIF_RSP_EOPNOTSUPP);
    cr_assert_eq(op.id, 77);
}

/* The log of a process that its guest had taken over. */
Test(sound, only_what_a_request_could_have_been)
{
    const struct block_limits limits = {.sectors = 64, .writable = true};
    const struct block_limits read_only = {.sectors = 64};
    const struct block_op good = {.kind = BLOCK_WRITE,
                                  .sector = 48,
                                  .count = 2,
                                  .bytes = 8192,
                                  .segment = {{.len = 4096}, {.len = 4096}}};
    struct block_op op = good;

    cr_assert(block_op_is_sound(&op, &limits));
    cr_assert_not(block_op_is_sound(&op, &read_only));
    op.kind = BLOCK_READ;
    cr_assert(block_op_is_sound(&op, &read_only));
    op.kind = BLOCK_DISCARD + 1;
    cr_assert_not(block_op_is_sound(&op, &limits));
    op = good;
    op.count = BLOCK_SEGMENTS + 1;
    cr_assert_not(block_op_is_sound(&op, &limits));
    op = good;
    op.bytes = 4096; /* fewer than are copied */
    cr_assert_not(block_op_is_sound(&op, &limits));
    op = good;
    op.sector = 49;
    cr_assert_not(block_op_is_sound(&op, &limits));
    op = good;
    op.segment[1].offset = 512;
    cr_assert_not(block_op_is_sound(&op, &limits));
    op = (struct block_op){.kind = BLOCK_FLUSH};
    cr_assert(block_op_is_sound(&op, &read_only));
    op = (struct block_op){.kind = BLOCK_DISCARD, .sector = 8, .bytes = 4096};
    cr_assert(block_op_is_sound(&op, &limits));
    op.bytes = UINT64_MAX;
    cr_assert_not(block_op_is_sound(&op, &limits));
}
