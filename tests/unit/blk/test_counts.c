/* SPDX-License-Identifier: BSD-2-Clause */
/* What a disk's process counts, and when it calls its disk slow or failing. */
#include <errno.h>

#include "flow.h"
#include "lib/stats.h"

TestSuite(counts, .init = begin_flow);
TestSuite(inject, .init = begin_flow);

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

/* ---- faults on demand (lib/inject.h) ---- */

Test(inject, every_request_fails_if_all_shall)
{
    be.inject.error_ppm = INJECT_PPM;
    for (unsigned int i = 0; i < 5; i++)
        ask(i, i % 2 ? BLKIF_OP_READ : BLKIF_OP_WRITE, 0, 1, i);
    run();
    for (unsigned int i = 0; i < 5; i++)
        cr_assert_eq(take_answer().status, BLKIF_RSP_ERROR);
    cr_assert_eq(stats.of[STATS_READ].errors + stats.of[STATS_WRITE].errors, 5);
    cr_assert_eq(be.trouble.failed, 5);
    be.inject.error_ppm = 0;
    ask(6, BLKIF_OP_READ, 0, 1, 0);
    answered(BLKIF_RSP_OKAY);
    cr_assert_eq(memcmp(guest[0], expected, 4096), 0, "none of the writes was done");
}

/* A rate is one in the long run: half of 2000, within seven standard deviations. */
Test(inject, a_part_of_the_requests_fails)
{
    unsigned int failed = 0;

    be.inject.error_ppm = INJECT_PPM / 2;
    for (unsigned int round = 0; round < 50; round++) {
        for (unsigned int i = 0; i < 40; i++)
            ask(i, BLKIF_OP_READ, 0, 1, i);
        run();
        for (unsigned int i = 0; i < 40; i++)
            failed += take_answer().status == BLKIF_RSP_ERROR;
    }
    cr_assert(failed > 840 && failed < 1160, "%u", failed);
}

Test(inject, a_slow_disk_answers_when_it_is_time)
{
    be.now = 5000000;
    be.inject.slow_ms = 300;
    ask(1, BLKIF_OP_READ, 0, 1, 0);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    cr_assert_eq(queue_wait_ms(&q, -1), -1, "the disk is at work");
    be.now += 1000;
    io_drain();
    queue_run(&q);
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
    cr_assert_eq(queue_wait_ms(&q, -1), 299);
    cr_assert_eq(queue_wait_ms(&q, 1000), 299);
    cr_assert_eq(queue_wait_ms(&q, 7), 7);
    be.now += 298500;
    queue_run(&q);
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
    cr_assert_eq(queue_wait_ms(&q, -1), 1);
    be.now += 500;
    queue_run(&q);
    cr_assert_eq(take_answers(), 1);
    cr_assert_eq(memcmp(guest[0], expected, 4096), 0);
    cr_assert_eq(stats.latency[13], 1, "262 to 524 ms");
    cr_assert_eq(queue_wait_ms(&q, -1), -1);
}

/* All slots are held back: no more is taken, and all go at once when that ends. */
Test(inject, a_disk_that_is_slow_no_more_answers_at_once)
{
    be.now = 5000000;
    be.inject.slow_ms = INJECT_MS_MAX;
    for (unsigned int i = 0; i < q.log->size; i++)
        ask(i, BLKIF_OP_READ, 0, 1, i);
    run();
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
    cr_assert_eq(queue_wait_ms(&q, -1), INJECT_MS_MAX);
    be.inject.slow_ms = 0;
    cr_assert_eq(queue_wait_ms(&q, -1), 0);
    queue_run(&q);
    cr_assert_eq(take_answers(), q.log->size);
}
