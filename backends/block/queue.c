/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk's ring; see queue.h. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "block/copy.h"
#include "block/order.h"
#include "block/queue.h"
#include "lib/daemon.h"
#include "lib/stats.h"

_Static_assert(BLOCK_READ == (int)STATS_READ && BLOCK_WRITE == (int)STATS_WRITE &&
                   BLOCK_FLUSH == (int)STATS_FLUSH && BLOCK_DISCARD == (int)STATS_DISCARD,
               "a request is counted by its kind");

/* Requests taken per call, in rings' worth: refused ones free their slot at once. */
#define ROUNDS 4

static void answer(struct slot *s, int status)
{
    struct queue *q = s->q;
    blkif_response_t *rsp = RING_GET_RESPONSE(&q->ring, q->ring.rsp_prod_pvt);

    log_answer(s->log, q->ring.rsp_prod_pvt);
    rsp->id = s->log->op.id;
    rsp->operation = s->log->op.operation;
    rsp->status = (int16_t)status;
    q->ring.rsp_prod_pvt++;
    q->done[q->done_count++] = s;
    if (q->barrier == s)
        q->barrier = NULL;
}

/* Makes the answers visible to the guest, which publish() tells if it wants to know. */
static void push(struct queue *q)
{
    int notify;

    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&q->ring, notify);
    q->owed |= notify != 0;
    while (q->done_count) {
        struct slot *s = q->done[--q->done_count];

        log_free(s->log);
        q->free[q->free_count++] = s;
    }
}

static void publish(struct queue *q)
{
    if (q->done_count)
        push(q);
    if (q->owed)
        xenevtchn_notify(q->be->xce, q->port);
    q->owed = false;
}

/* The one whose turn it is, if it has been done. */
static struct slot *find_next(struct queue *q)
{
    for (uint32_t i = 0; i < q->log->size; i++)
        if (q->slot[i].step == STEP_TURN && q->slot[i].log->index == q->ring.rsp_prod_pvt)
            return &q->slot[i];
    return NULL;
}

/* A request that is done, or has failed, is answered; in its turn, if answers keep the order. */
static void answer_in_turn(struct slot *s, int status)
{
    struct queue *q = s->q;

    if (!q->in_order) {
        answer(s, status);
        return;
    }
    s->status = status;
    s->step = STEP_TURN;
    while ((s = find_next(q))) {
        s->step = STEP_DONE;
        order_note(q->ring.sring, q->ring.rsp_prod_pvt, &s->log->op, s->status);
        answer(s, s->status);
        push(q);
    }
}

static void start_step(struct slot *s)
{
    const struct block_op *op = &s->log->op;

    s->job.kind = s->step == STEP_DATA ? op->kind : BLOCK_FLUSH;
    s->job.buf = s->buf;
    s->job.offset = op->sector << SECTOR_SHIFT;
    s->job.bytes = op->bytes;
    io_start(&s->job);
}

/*
 * What showed the disk has died (a FUSE file): no answer for the guest, but an end for this
 * process. xend starts another when the disk is there again, and that one does the requests of the
 * log.
 */
static void check_alive(const struct backend *be, int error)
{
    if (error != ENOTCONN && error != ECONNABORTED)
        return;
    log_msg("%s: what shows its disk has died", be->back);
    exit(EXIT_FAILURE);
}

/* How long until the answer may be given, microseconds. */
static int64_t early_by(const struct slot *s)
{
    const struct backend *be = s->q->be;

    return be->inject.slow_ms * INT64_C(1000) - (be->now - s->taken);
}

/* An accepted request has been done, or has failed: counted and answered, unless it is too early. */
static void finish(struct slot *s, int status)
{
    struct backend *be = s->q->be;
    const struct block_op *op = &s->log->op;
    int64_t took = be->now - s->taken;

    if (be->inject.slow_ms && early_by(s) > 0) {
        s->step = STEP_LATE;
        s->status = status;
        s->q->late++;
        return;
    }
    stats_count(be->stats, op->kind, op->bytes, status != BLKIF_RSP_OKAY);
    stats_latency(be, took);
    if (op->count > 1)
        be->stats->merges += op->count - 1u;
    if (took >= STATS_SLOW_US && !s->named)
        stats_slow(be, took);
    s->taken = 0;
    answer_in_turn(s, status);
}

/* One access is done: the next one of this request, or its answer. */
static void step_done(struct io_job *job, int error)
{
    struct slot *s = (struct slot *)job; /* its first member */
    const struct block_op *op = &s->log->op;

    if (error) {
        check_alive(s->q->be, error);
        stats_failed(s->q->be);
        finish(s, BLKIF_RSP_ERROR);
    } else if (s->step == STEP_BEFORE && op->kind != BLOCK_FLUSH) {
        s->step = STEP_DATA;
        start_step(s);
    } else if (s->step == STEP_DATA && op->flush_after) {
        s->step = STEP_AFTER;
        start_step(s);
    } else if (op->kind == BLOCK_READ && !copy_data(s->q->be, &s->q->grants, op, s->buf, false)) {
        finish(s, BLKIF_RSP_ERROR);
    } else {
        finish(s, BLKIF_RSP_OKAY);
    }
}

static bool is_barrier(const struct slot *s)
{
    return s->log->op.operation == BLKIF_OP_WRITE_BARRIER;
}

/*
 * Starts a logged operation from its beginning.  A barrier waits until all that was taken before it
 * is answered, and nothing is taken until it is answered itself.
 */
static void start(struct slot *s)
{
    const struct block_op *op = &s->log->op;

    if (is_barrier(s) && s->q->barrier != s) {
        s->q->barrier = s;
        s->q->barrier_waits = true;
        return;
    }
    if (op->kind == BLOCK_WRITE && !copy_data(s->q->be, &s->q->grants, op, s->buf, true)) {
        finish(s, BLKIF_RSP_ERROR);
        return;
    }
    s->step = op->flush_first ? STEP_BEFORE : STEP_DATA;
    start_step(s);
}

/* Begins the work of a request that is in the log. */
static void begin(struct slot *s)
{
    s->taken = s->q->be->now;
    s->named = false;
    if (!inject_hits(s->q->be->inject.error_ppm)) {
        start(s);
        return;
    }
    stats_failed(s->q->be);
    finish(s, BLKIF_RSP_ERROR);
}

static void take(struct queue *q)
{
    struct slot *s = q->free[--q->free_count];
    struct blkif_request_segment seg[BLOCK_SEGMENTS];
    struct blkif_request req;
    struct block_op op;
    int status;

    RING_COPY_REQUEST(&q->ring, q->ring.req_cons, &req);
    status = block_op_decode(&req, &q->disk->limits, &op);
    if (status == BLKIF_RSP_OKAY && op.has_indirect)
        status = copy_descriptors(q->be, &op, s->buf, seg)
                     ? block_op_segments(&op, seg, &q->disk->limits)
                     : BLKIF_RSP_ERROR;
    log_take(q->log, s->log, &op);
    q->ring.req_cons++;
    if (status == BLKIF_RSP_OKAY)
        begin(s);
    else
        answer_in_turn(s, status);
}

/* Starts a barrier that waits, if it is all that is left. */
static void start_barrier(struct queue *q)
{
    if (!q->barrier_waits || q->free_count + q->done_count + 1 < q->log->size)
        return;
    q->barrier_waits = false;
    start(q->barrier);
}

static bool is_late(const struct slot *s)
{
    return s->taken && s->step == STEP_LATE;
}

static void answer_late(struct queue *q)
{
    for (uint32_t i = 0; i < q->log->size; i++) {
        struct slot *s = &q->slot[i];

        if (!is_late(s) || early_by(s) > 0)
            continue;
        q->late--;
        finish(s, s->status);
    }
}

int queue_wait_ms(const struct queue *q, int ms)
{
    for (uint32_t i = 0; q->late && i < q->log->size; i++) {
        int64_t us = is_late(&q->slot[i]) ? early_by(&q->slot[i]) : INT64_MAX;

        if (us != INT64_MAX && (ms < 0 || us < ms * INT64_C(1000)))
            ms = us > 0 ? (int)((us + 999) / 1000) : 0;
    }
    return ms;
}

bool queue_run(struct queue *q)
{
    unsigned int budget = ROUNDS * q->log->size;
    int more = 0;

    if (q->late)
        answer_late(q);
    while (!q->broken && budget) {
        int n = ring_waiting(&q->ring.sring->req_prod, q->ring.req_cons, q->ring.rsp_prod_pvt,
                             q->log->size);

        if (n < 0) {
            log_msg("%s: the guest's ring has impossible indices; serving stops", q->be->back);
            q->broken = true;
            break;
        }
        for (; n && q->free_count && budget && !q->barrier; n--, budget--)
            take(q);
        start_barrier(q);
        publish(q);
        if (!q->free_count || q->barrier)
            return false; /* a completion comes first, and then this is called again */
        RING_FINAL_CHECK_FOR_REQUESTS(&q->ring, more);
        if (!more)
            break;
    }
    start_barrier(q);
    publish(q);
    return more && !q->broken;
}

void queue_name_stuck(struct queue *q)
{
    for (uint32_t i = 0; i < q->log->size; i++) {
        struct slot *s = &q->slot[i];
        int64_t takes = q->be->now - s->taken;

        if (!s->taken || s->named || takes < STATS_SLOW_US)
            continue;
        s->named = true;
        stats_slow(q->be, takes);
    }
}

static void make_slots(struct queue *q)
{
    q->free_count = q->done_count = q->late = 0;
    for (uint32_t i = 0; i < q->log->size; i++) {
        struct slot *s = &q->slot[i];

        *s = (struct slot){
            .job = {.done = step_done},
            .q = q,
            .log = &q->log->entry[i],
            .buf = q->buffers + (size_t)i * BLOCK_BYTES,
        };
    }
}

/* Starts what the process before had under way; the other slots are free. */
static void replay(struct queue *q, uint32_t rsp_prod)
{
    unsigned int count = 0;

    for (uint32_t i = 0; i < q->log->size; i++) {
        struct slot *s = &q->slot[i];

        if (log_must_replay(q->log, s->log, rsp_prod) &&
            block_op_is_sound(&s->log->op, &q->disk->limits)) {
            s->log->state = LOG_BUSY;
            begin(s);
            count++;
        } else {
            log_free(s->log);
            q->free[q->free_count++] = s;
        }
    }
    publish(q);
    if (count)
        log_msg("%s: %u requests of the process before are done again", q->be->back, count);
}

int queue_open(struct queue *q, const uint32_t *refs, uint32_t pages, uint32_t port, bool resume)
{
    blkif_sring_t *sring = backend_map(q->be, refs, pages);
    uint32_t size, rsp_prod;
    bool lost; /* the log, not the ring */

    if (!sring)
        return fail(&q->be->fail, "cannot map the guest's ring: %s", strerror(errno));
    size = (uint32_t)__RING_SIZE(sring, pages * RING_PAGE);
    q->pages = pages;
    q->broken = false;
    rsp_prod = resume ? *(volatile RING_IDX *)&sring->rsp_prod : 0;
    if (resume && q->in_order)
        rsp_prod = order_finish(sring, size, rsp_prod);
    BACK_RING_ATTACH(&q->ring, sring, rsp_prod, pages * RING_PAGE);
    q->port = backend_bind(q->be, port);
    lost = resume && q->in_order && !q->log->size;
    if (q->port < 0 || (resume && !lost && q->log->size != size)) {
        fail(&q->be->fail, "cannot bind the guest's event channel %u: %s", port, strerror(errno));
        queue_close(q);
        return -1;
    }
    if (lost)
        q->log->req_cons = rsp_prod;
    q->log->size = size;
    q->ring.req_cons = q->log->req_cons;
    make_slots(q);
    replay(q, rsp_prod);
    xenevtchn_notify(q->be->xce, q->port); /* the last one of the process before may be missing */
    return 0;
}

void queue_close(struct queue *q)
{
    if (q->port >= 0)
        xenevtchn_unbind(q->be->xce, q->port);
    madvise(q->buffers, (size_t)LOG_ENTRIES * BLOCK_BYTES, MADV_REMOVE);
    grants_drop(&q->grants, q->be);
    backend_unmap(q->be, q->ring.sring, q->pages);
    q->ring.sring = NULL;
    q->port = -1;
}
