/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The in-flight log when the process dies between any two of its writes: nothing that the guest
 * waits for is lost, and nothing it has got is answered again.
 */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block/log.h"

static struct log_queue q;
static struct log_entry *const e = &q.entry[3];
static const struct block_op op = {.id = 1};

Test(log, taken_but_not_counted_is_read_from_the_ring_again)
{
    e->state = LOG_BUSY;
    e->index = q.req_cons = 17;
    cr_assert_not(log_must_replay(&q, e, 17));
}

Test(log, taken_is_done_again)
{
    q.req_cons = 17;
    log_take(&q, e, &op);
    cr_assert_eq(q.req_cons, 18);
    cr_assert_eq(e->op.id, 1);
    cr_assert(log_must_replay(&q, e, 17));
}

Test(log, answered_but_unpublished_is_done_again)
{
    q.req_cons = 17;
    log_take(&q, e, &op);
    log_answer(e, 17);
    cr_assert(log_must_replay(&q, e, 17));
}

Test(log, published_is_not_done_again)
{
    q.req_cons = 17;
    log_take(&q, e, &op);
    log_answer(e, 17);
    cr_assert_not(log_must_replay(&q, e, 18));
    log_free(e);
    cr_assert_not(log_must_replay(&q, e, 17));
}

Test(log, indices_wrap)
{
    q.req_cons = UINT32_MAX;
    log_take(&q, e, &op);
    cr_assert_eq(q.req_cons, 0);
    cr_assert(log_must_replay(&q, e, UINT32_MAX));
    log_answer(e, UINT32_MAX);
    cr_assert(log_must_replay(&q, e, UINT32_MAX));
    cr_assert_not(log_must_replay(&q, e, 0));
}

Test(log, survives_its_process)
{
    int fd = memfd_create("log", 0);
    struct block_log *log = log_map(fd), *again;

    cr_assert_not_null(log);
    log->queues = 2;
    log->queue[1].req_cons = 99;
    again = log_map(fd);
    cr_assert_eq(again->queue[1].req_cons, 99);
    again->magic++;
    log = log_map(fd);
    cr_assert_eq(log->queues, 0);
    cr_assert_eq(log->queue[1].req_cons, 0);
    log->queues = LOG_QUEUES;
    cr_assert_eq(log_map(fd)->queues, LOG_QUEUES);
    log->queues = LOG_QUEUES + 1;
    cr_assert_eq(log_map(fd)->queues, 0, "more queues than there are is no log");
}
