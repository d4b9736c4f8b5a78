/* SPDX-License-Identifier: BSD-2-Clause */
/* The in-flight log; see log.h. */
#include "block/log.h"
#include "lib/kept.h"

/* "hblklog" and the format's version */
#define LOG_MAGIC UINT64_C(0x68626c6b6c6f6702)

/* Keeps the compiler from moving stores across; another process sees them in program order. */
#define ORDERED() __atomic_signal_fence(__ATOMIC_SEQ_CST)

struct block_log *log_map(int fd)
{
    struct block_log *log = kept_map(fd, sizeof(*log));

    if (!log)
        return NULL;
    if (log->magic != LOG_MAGIC || log->queues > LOG_QUEUES)
        log_reset(log);
    return log;
}

void log_reset(struct block_log *log)
{
    memset(log, 0, sizeof(*log));
    log->magic = LOG_MAGIC;
}

bool log_must_replay(const struct log_queue *q, const struct log_entry *e, uint32_t rsp_prod)
{
    if (e->state == LOG_FREE || (int32_t)(q->req_cons - e->index) <= 0)
        return false;
    return e->state == LOG_BUSY || (int32_t)(rsp_prod - e->rsp_index) <= 0;
}

void log_take(struct log_queue *q, struct log_entry *e, const struct block_op *op)
{
    e->op = *op;
    e->index = q->req_cons;
    ORDERED();
    e->state = LOG_BUSY;
    ORDERED();
    q->req_cons++;
    ORDERED();
}

void log_answer(struct log_entry *e, uint32_t rsp_index)
{
    e->rsp_index = rsp_index;
    ORDERED();
    e->state = LOG_DONE;
    ORDERED();
}

void log_free(struct log_entry *e)
{
    ORDERED();
    e->state = LOG_FREE;
}
