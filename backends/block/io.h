/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disk accesses through one io_uring.
 *
 * Of a file that a program shows (FUSE) there is one write at a time: QEMU's storage daemon (7.2 of
 * Debian 12 at least) has one buffer for all requests.  While it works at a write it takes the next
 * request into that buffer, and then writes the one's data to the other's place.  A read, flush or
 * discard is no longer than the header before a write's data, so they go on beside it.
 */
#ifndef BLOCK_IO_H
#define BLOCK_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "block/disk.h"
#include "lib/loop.h"

/* What is done with the disk for one request; part of the request's own structure. */
struct io_job {
    void (*done)(struct io_job *job, int error); /* @error: 0 or an errno */
    uint8_t kind;                                /* enum block_kind */
    void *buf;
    uint64_t offset, bytes; /* what remains to be done */
    struct io_job *next;    /* waits after this one */
};

/* Makes the ring for at most @jobs jobs at a time, of @disk, which stays; 0, or -1 with errno. */
int io_open(const struct disk *disk, unsigned int jobs);

/* Starts the job; io_submit() hands all started jobs to the kernel. */
void io_start(struct io_job *job);
void io_submit(void);

/* Ends the jobs that the kernel has done. */
void io_reap(void);

bool io_under_way(void);

/* Blocks until no job is under way. */
void io_drain(void);

#endif
