/* SPDX-License-Identifier: BSD-2-Clause */
/* What a disk's process counts, and when it calls its disk slow or failing. */
#include <errno.h>

#include "flow.h"
#include "lib/stats.h"

TestSuite(counts, .init = begin_flow);

/* What xentop shows; it outlives the process and the connection. */
Test(counts, requests_are_counted)
{
    unsigned int refused = 0;

    ask(1, BLKIF_OP_READ, 0, 3, 0);
    ask(2, BLKIF_OP_WRITE, 80, 1, 7);
    ask(3, BLKIF_OP_READ, SECTORS, 1, 0); /* refused: beyond the end */
    run();
    for (unsigned int i = 0; i < 3; i++)
        refused += take_answer().status == BLKIF_RSP_ERROR;
    cr_assert_eq(refused, 1);
    cr_assert_eq(stats.of[STATS_READ].requests, 1);
    cr_assert_eq(stats.of[STATS_READ].bytes, 3 * 4096);
    cr_assert_eq(stats.of[STATS_WRITE].requests, 1);
    cr_assert_eq(stats.of[STATS_WRITE].bytes, 4096);
    cr_assert_eq(stats.merges, 2, "pages of the read that went with its first");
    cr_assert_eq(stats.latency[0], 2);
    ask(4, BLKIF_OP_FLUSH_DISKCACHE, 0, 0, 0);
    ask(5, BLKIF_OP_WRITE, 80, 1, PAGES); /* no such grant */
    run();
    cr_assert_eq(stats.of[STATS_FLUSH].requests, 1);
    cr_assert_eq(stats.of[STATS_WRITE].requests, 2);
    cr_assert_eq(stats.of[STATS_WRITE].errors, 1);
    cr_assert_eq(stats.of[STATS_WRITE].bytes, 4096);
}

/* From the round in which it was taken to the one in which it was answered. */
Test(counts, how_long_a_request_took_is_counted)
{
    be.now = 5000000;
    ask(1, BLKIF_OP_READ, 0, 1, 0);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    be.now += 64 << 3;
    io_drain();
    queue_run(&q);
    cr_assert_eq(take_answers(), 1);
    cr_assert_eq(stats.latency[4], 1);
    cr_assert_eq(be.trouble.slow, 0);
}

Test(counts, slow_requests_are_named_once)
{
    be.now = 5000000;
    for (unsigned int i = 0; i < 3; i++)
        ask(i, BLKIF_OP_READ, 0, 1, i);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    be.now += STATS_SLOW_US - 1;
    queue_name_stuck(&q);
    cr_assert_eq(be.trouble.slow, 0);
    be.now += 1;
    queue_name_stuck(&q);
    cr_assert_eq(be.trouble.slow, 3);
    cr_assert_eq(be.trouble.longest_ms, 1000);
    queue_name_stuck(&q);
    io_drain();
    queue_run(&q);
    cr_assert_eq(take_answers(), 3);
    cr_assert_eq(be.trouble.slow, 3, "named while they were under way");
    queue_name_stuck(&q);
    cr_assert_eq(be.trouble.slow, 3, "nothing is under way");
    ask(4, BLKIF_OP_READ, 0, 1, 4);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    be.now += 2 * STATS_SLOW_US;
    io_drain();
    queue_run(&q);
    cr_assert_eq(be.trouble.slow, 4);
    cr_assert_eq(be.trouble.longest_ms, 2000);
}

Test(counts, a_failing_disk_is_trouble)
{
    ask(1, BLKIF_OP_READ, 0, 1, 0);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    q.slot[q.log->size - 1].job.done(&q.slot[q.log->size - 1].job, EIO);
    queue_run(&q);
    cr_assert_eq(take_answer().status, BLKIF_RSP_ERROR);
    cr_assert_eq(stats.of[STATS_READ].errors, 1);
    cr_assert_eq(be.trouble.failed, 1);
}
