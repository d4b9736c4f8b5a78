/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk behind the device: an image file or a block device, opened by xend. */
#ifndef BLOCK_DISK_H
#define BLOCK_DISK_H

#include "block/request.h"
#include "lib/fail.h"

struct disk {
    int fd;
    bool direct;          /* the page cache is bypassed */
    bool one_write;       /* never two writes at a time (io.h) */
    uint32_t granularity; /* of a discard, bytes */
    struct block_limits limits;
};

/* Finds out about the disk open in @fd; 0, or -1 with @f. */
int disk_probe(struct disk *disk, int fd, bool writable, bool discard, struct fail *f);

#endif
