/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest asks of its disk (io/blkif.h), checked.  Pure: works on a private copy of the
 * request only, so that a guest that changes the shared one meanwhile gains nothing.
 */
#ifndef BLOCK_REQUEST_H
#define BLOCK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/ring.h"
#include <xen/io/blkif.h>

#define SECTOR_SHIFT     9 /* blkif counts in 512 bytes, whatever the disk */
#define SECTORS_PER_PAGE 8u
/* Linux' blkfront uses at most 32 by default; 128 KiB is one good disk access. */
#define BLOCK_SEGMENTS 32u
#define BLOCK_BYTES    (BLOCK_SEGMENTS * RING_PAGE)
/* All descriptors of that many segments fit in one page. */
#define SEGMENTS_PER_PAGE (RING_PAGE / sizeof(struct blkif_request_segment))

struct block_limits {
    uint64_t sectors; /* the disk's size */
    bool writable;
    bool discard;
};

enum block_kind { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD };

struct block_segment {
    uint32_t gref;
    uint16_t offset, len; /* bytes within the granted page */
};

struct block_op {
    uint64_t id;
    uint64_t sector;
    uint64_t bytes;    /* to read, write or discard */
    uint32_t indirect; /* grant of the page with the segments, when has_indirect */
    uint8_t operation; /* as the guest wrote it; goes into the response */
    uint8_t kind;      /* enum block_kind */
    bool flush_first;  /* a write that makes all earlier ones durable before */
    bool flush_after;  /* and itself */
    bool has_indirect;
    uint16_t count;
    struct block_segment segment[BLOCK_SEGMENTS];
};

/*
 * Checks the copied request @req against @limits and fills @op: BLKIF_RSP_OKAY, or the status to
 * answer at once (id and operation of @op are set in any case).  When op->has_indirect is set, the
 * segments are still missing: copy op->count of them and call block_op_segments().
 */
int block_op_decode(const struct blkif_request *req, const struct block_limits *limits,
                    struct block_op *op);

/*
 * Could @op have come from a request that was accepted, with all its segments?  The log that the
 * process before left may hold anything: a guest may have taken that one over.
 */
bool block_op_is_sound(const struct block_op *op, const struct block_limits *limits);

/* Checks op->count copied descriptors; status as above. */
int block_op_segments(struct block_op *op, const struct blkif_request_segment *seg,
                      const struct block_limits *limits);

#endif
