/* SPDX-License-Identifier: BSD-2-Clause */
/* One ring of a disk: takes requests, has them done, answers. */
#ifndef BLOCK_QUEUE_H
#define BLOCK_QUEUE_H

#include "block/disk.h"
#include "block/grants.h"
#include "block/io.h"
#include "block/log.h"
#include "lib/backend.h"

struct queue;

struct slot {
    struct io_job job;
    struct queue *q;
    struct log_entry *log;
    uint8_t *buf; /* BLOCK_BYTES */
    enum { STEP_BEFORE, STEP_DATA, STEP_AFTER, STEP_LATE, STEP_TURN, STEP_DONE } step;
    int status; /* to be answered, when the time (STEP_LATE) or turn (STEP_TURN) for it has come */
    int64_t taken; /* when, as backend.now; 0: not at work */
    bool named;    /* as taking too long */
};

struct queue {
    struct backend *be;
    const struct disk *disk;
    struct log_queue *log;
    blkif_back_ring_t ring;
    uint32_t pages;
    bool in_order; /* answers keep the order of the requests (order.h) */
    bool owed;     /* the guest is to be told of answers */
    int port;
    bool broken;      /* the guest wrote impossible indices; nothing more is taken */
    uint8_t *buffers; /* LOG_ENTRIES times BLOCK_BYTES of the area that grants are copied with */
    struct grants grants;
    struct slot *barrier; /* the one taken last; nothing is taken until it is answered */
    bool barrier_waits;   /* until what was taken before it is answered */
    unsigned int late;    /* slots that are done and held back on demand (inject.h) */
    unsigned int free_count, done_count;
    struct slot *free[LOG_ENTRIES]; /* a stack */
    struct slot *done[LOG_ENTRIES]; /* answered, response not yet published */
    struct slot slot[LOG_ENTRIES];
};

/*
 * Maps ring pages @refs of the guest and binds its @port.  With @resume the log says what the
 * process before had under way: it is started again.  With an empty log (q->in_order only) all that
 * is in the ring is, from the last answer on.  0, or -1 with be->fail.
 */
int queue_open(struct queue *q, const uint32_t *refs, uint32_t pages, uint32_t port, bool resume);
void queue_close(struct queue *q);

/*
 * Takes and answers what there is, without waiting.  True if there may be more to take: the guest
 * gets a bounded number per call, so that it cannot keep this process from everything else.
 */
bool queue_run(struct queue *q);

/* The smaller of @ms (-1: for ever) and how long until an answer that is held back is due. */
int queue_wait_ms(const struct queue *q, int ms);

/* Names (stats.h) the requests that are under way for too long, each once. */
void queue_name_stuck(struct queue *q);

#endif
