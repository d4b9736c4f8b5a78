/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The in-flight log: what this process has taken from the rings and not yet answered, in memory
 * that outlives it (a file in /run that xend opens).  Ring slots are shared by requests and
 * responses, so an answer out of order overwrites a request that may still be at work; without
 * the log a process that takes over could not know it.
 *
 * Order of writes, each visible before the next (one process, so program order suffices):
 *   taking     entry's op, index and BUSY; then req_cons of the queue
 *   answering  entry's rsp_index and DONE; the response; rsp_prod of the ring; entry FREE
 * So an entry counts if its index is below req_cons, and a DONE one only until the ring's rsp_prod
 * has passed rsp_index.  Doing an operation twice is harmless: the guest leaves its pages alone
 * until the answer.
 */
#ifndef BLOCK_LOG_H
#define BLOCK_LOG_H

#include "block/request.h"

#define LOG_QUEUES  4u
#define LOG_ENTRIES 64u /* requests of a ring of two pages */

enum log_state { LOG_FREE, LOG_BUSY, LOG_DONE };

struct log_entry {
    uint32_t state;
    uint32_t index;     /* of the request in the ring, free-running */
    uint32_t rsp_index; /* of the response, once DONE */
    struct block_op op;
};

struct log_queue {
    uint32_t req_cons;
    uint32_t size; /* the ring's */
    struct log_entry entry[LOG_ENTRIES];
};

struct block_log {
    uint64_t unused[4]; /* were counts; an upgrade in place finds what the version before left */
    uint64_t magic;
    uint32_t queues; /* 0: not connected */
    struct log_queue queue[LOG_QUEUES];
};

/* Maps the log in @fd, growing and clearing it if it is not one; NULL with errno. */
struct block_log *log_map(int fd);

/* Begins a new connection. */
void log_reset(struct block_log *log);

/* True if the entry's operation must be done (again) by the process that takes over. */
bool log_must_replay(const struct log_queue *q, const struct log_entry *e, uint32_t rsp_prod);

void log_take(struct log_queue *q, struct log_entry *e, const struct block_op *op);
void log_answer(struct log_entry *e, uint32_t rsp_index);
void log_free(struct log_entry *e);

#endif
