/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Block front-end: one ring page, direct requests of up to 11 pages, flush and discard where the
 * back-end offers them.  Life order: open, submit and wait as often as wished, close.
 */
#ifndef FRONT_BLKFRONT_H
#define FRONT_BLKFRONT_H

#include <front/xenbus.h>
#include <front/ring.h>
#include <xen/event_channel.h>
#include <xen/io/blkif.h>

#define BLK_RING_SLOTS    32 /* what fits one page */
#define BLK_REQUEST_PAGES BLKIF_MAX_SEGMENTS_PER_REQUEST
#define BLK_SECTOR        512 /* ring addresses and counts are in these */

struct blk_request {
    uint8_t op; /* BLKIF_OP_READ, _WRITE, _FLUSH_DISKCACHE, _DISCARD */
    uint64_t sector;
    uint64_t sectors; /* of a discard */
    unsigned pages;   /* whole pages read or written */
    void *page[BLK_REQUEST_PAGES];
    volatile bool done;
    volatile int status; /* BLKIF_RSP_* */
    uint32_t ref[BLK_REQUEST_PAGES];
};

struct blkfront {
    struct xenbus_device bus;
    blkif_front_ring_t ring;
    evtchn_port_t port;
    uint32_t ring_ref;
    struct blk_request *pending[BLK_RING_SLOTS]; /* by request id */
    uint64_t sectors;                            /* size of the disk, in 512-byte sectors */
    uint32_t sector_size;
    blkif_vdev_t handle; /* virtual-device, the disk's name */
    bool read_only, flush, discard;
};

/* Connects the disk number `index` (in xenstore's order); 0 or a negative error. */
long blkfront_open(struct blkfront *b, unsigned index);
/* Starts a request; -EAGAIN while the ring is full.  `r` must live until r->done. */
long blkfront_submit(struct blkfront *b, struct blk_request *r);
/* Waits for a request; its status as 0, -EOPNOTSUPP or -EIO. */
long blkfront_wait(struct blkfront *b, struct blk_request *r);
/* Both in one. */
long blkfront_do(struct blkfront *b, struct blk_request *r);
void blkfront_close(struct blkfront *b);

#endif
