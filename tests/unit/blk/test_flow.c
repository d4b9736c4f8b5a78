/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's requests through the ring, the log and the disk, and the same when the process dies in
 * between.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block/order.h"
#include "flow.h"

TestSuite(flow, .init = begin_flow);

Test(flow, reads_bring_what_is_on_the_disk)
{
    for (int round = 0; round < 50; round++) {
        memset(guest, 0, PAGES * 4096);
        for (unsigned int i = 0; i < 40; i++)
            ask(i, BLKIF_OP_READ, ((round * 40 + i) * 97) % (SECTORS - 88), 1 + i % 11, i * 11);
        run();
        cr_assert_eq(take_answers(), 40);
        for (unsigned int i = 0; i < 40; i++)
            cr_assert_eq(memcmp(guest[i * 11],
                                expected + ((round * 40 + i) * 97) % (SECTORS - 88) * 512,
                                (1 + i % 11) * 4096),
                         0, "round %d request %u", round, i);
    }
}

Test(flow, writes_reach_the_disk)
{
    static _Alignas(4096) uint8_t data[4096]; /* O_DIRECT wants it so */

    memset(guest[7], 0xa5, 4096);
    ask(1, BLKIF_OP_WRITE, 80, 1, 7);
    ask(2, BLKIF_OP_FLUSH_DISKCACHE, 0, 0, 0);
    run();
    cr_assert_eq(take_answers(), 2);
    cr_assert_eq(pread(disk.fd, data, sizeof(data), 80 * 512), (ssize_t)sizeof(data));
    cr_assert_eq(memcmp(data, guest[7], sizeof(data)), 0);
}

/* The guest waits for the next process instead of losing its disk. */
Test(flow, a_disk_whose_daemon_died_is_no_error, .exit_code = EXIT_FAILURE)
{
    ask(1, BLKIF_OP_READ, 0, 1, 0);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    q.slot[0].job.done(&q.slot[0].job, ENOTCONN);
    cr_assert_fail("the process goes on");
}

/* Whatever was taken before is answered before it, what comes after is not even taken. */
Test(flow, a_barrier_drains)
{
    blkif_response_t rsp;

    for (unsigned int i = 0; i < 10; i++)
        ask(i, BLKIF_OP_WRITE, i * 8, 1, i);
    ask(10, BLKIF_OP_WRITE_BARRIER, 80, 1, 10);
    for (unsigned int i = 11; i < 20; i++)
        ask(i, BLKIF_OP_WRITE, i * 8, 1, i);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    cr_assert_eq(q.ring.req_cons, 11, "nothing behind the barrier");
    cr_assert(q.barrier_waits);
    io_drain();
    queue_run(&q); /* publishes the ten and starts the barrier */
    for (unsigned int i = 0; i < 10; i++)
        cr_assert_lt(take_answer().id, 10);
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
    cr_assert_eq(q.ring.req_cons, 11);
    io_drain();
    queue_run(&q);
    rsp = take_answer();
    cr_assert_eq(rsp.id, 10);
    cr_assert_eq(rsp.status, BLKIF_RSP_OKAY);
    io_drain();
    queue_run(&q);
    cr_assert_eq(take_answers(), 9);
    cr_assert_null(q.barrier);
}

Test(flow, a_barrier_that_fails_holds_nobody_up)
{
    ask(1, BLKIF_OP_WRITE, 0, 1, 0);
    ask(2, BLKIF_OP_WRITE_BARRIER, 8, 1, PAGES); /* no such grant */
    ask(3, BLKIF_OP_WRITE, 16, 1, 1);
    run();
    run();
    cr_assert_eq(take_answer().status, BLKIF_RSP_OKAY);
    cr_assert_eq(take_answer().status, BLKIF_RSP_ERROR);
    cr_assert_eq(take_answer().status, BLKIF_RSP_OKAY);
}

Test(flow, a_barrier_drains_what_is_done_again, .timeout = 60)
{
    for (unsigned int i = 0; i < 5; i++)
        ask(i, BLKIF_OP_WRITE, i * 8, 1, i);
    ask(5, BLKIF_OP_WRITE_BARRIER, 0, 0, 0);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    io_drain();
    open_queue(true);
    cr_assert(q.barrier_waits);
    for (int i = 0; i < 2; i++) {
        io_drain();
        queue_run(&q);
    }
    io_drain();
    queue_run(&q);
    cr_assert_eq(take_answers(), 6);
}

static void ask_ten(unsigned int first)
{
    for (unsigned int i = first; i < first + 10; i++) {
        memset(guest[i], (int)i, 4096);
        ask(i, BLKIF_OP_WRITE, i * 8, 1, i);
    }
}

Test(flow, answers_in_order)
{
    in_order = true;
    open_queue(false);
    ask_ten(0);
    ask(10, 77, 0, 1, 0); /* refused at once */
    ask(11, BLKIF_OP_READ, 0, 1, 20);
    run();
    for (unsigned int i = 0; i < 12; i++)
        cr_assert_eq(take_answer().id, i);
    cr_assert_eq(q.free_count, q.log->size);
}

/* What is refused at once waits for what is late. */
Test(flow, an_answer_waits_for_its_turn)
{
    in_order = true;
    be.now = 1;
    be.inject.slow_ms = 50;
    open_queue(false);
    ask(0, BLKIF_OP_WRITE, 0, 1, 0);
    ask(1, 77, 0, 1, 0);
    run();
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
    be.now += 60000;
    run();
    cr_assert_eq(take_answer().id, 0);
    cr_assert_eq(take_answer().id, 1);
}

static void nobody_learns(struct io_job *job, int error)
{
    (void)job;
    (void)error;
}

/* The driver domain ends with ten requests taken, and its log; another comes. */
static void lose_ten(bool while_answering)
{
    struct block_op op = {.id = 10, .operation = BLKIF_OP_WRITE};

    in_order = true;
    open_queue(false);
    ask_ten(0);
    run();
    cr_assert_eq(take_answers(), 10);
    ask_ten(10);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    for (unsigned int i = 0; i < q.log->size; i++)
        q.slot[i].job.done = nobody_learns;
    io_drain();
    if (while_answering) {
        order_note(q.ring.sring, 10, &op, BLKIF_RSP_OKAY);
        memset(&q.ring.sring->ring[10], 0x5a, sizeof(blkif_response_t) - 1);
    }
    log_reset(block_log);
    open_queue(true);
}

Test(flow, without_a_log_the_ring_says_what_is_to_be_done)
{
    lose_ten(false);
    cr_assert_eq(q.ring.req_cons, 10);
    run();
    for (unsigned int i = 10; i < 20; i++)
        cr_assert_eq(take_answer().id, i);
    cr_assert_eq(q.free_count, q.log->size);
}

Test(flow, an_answer_half_given_is_given)
{
    blkif_response_t rsp;

    lose_ten(true);
    rsp = take_answer();
    cr_assert_eq(rsp.id, 10);
    cr_assert_eq(rsp.status, BLKIF_RSP_OKAY);
    cr_assert_eq(rsp.operation, BLKIF_OP_WRITE);
    run();
    for (unsigned int i = 11; i < 20; i++)
        cr_assert_eq(take_answer().id, i);
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
}

Test(flow, without_a_log_out_of_order_there_is_no_way)
{
    uint32_t refs[2] = {0, 1};

    log_reset(block_log);
    q.ring.sring = NULL;
    cr_assert_eq(queue_open(&q, refs, 2, 5, true), -1);
}

/* The process dies with requests taken and not answered: a new one does them. */
Test(flow, a_new_process_answers_what_the_old_one_took)
{
    for (unsigned int i = 0; i < 20; i++)
        ask(i, BLKIF_OP_READ, i * 8, 1, i);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    cr_assert_eq(take_answers(), 0);
    io_drain(); /* the accesses of the old process end with it; its answers are lost */
    memset(guest, 0, PAGES * 4096);
    open_queue(true);
    run();
    cr_assert_eq(take_answers(), 20);
    for (unsigned int i = 0; i < 20; i++)
        cr_assert_eq(memcmp(guest[i], expected + i * 4096, 4096), 0);
    ask(99, BLKIF_OP_READ, 800, 1, 3);
    run();
    cr_assert_eq(take_answers(), 1);
}

Test(flow, persistent_grants_are_mapped_once)
{
    q.grants.persistent = true;
    for (unsigned int round = 0; round < 10; round++) {
        memset(guest, 0, PAGES * 4096);
        for (unsigned int i = 0; i < 20; i++)
            ask(i, BLKIF_OP_READ, round * 160 + i * 8, 1, 400 - i);
        run();
        cr_assert_eq(take_answers(), 20);
        for (unsigned int i = 0; i < 20; i++)
            cr_assert_eq(memcmp(guest[400 - i], expected + round * 160 * 512 + i * 4096, 4096), 0);
        cr_assert_eq(mapped, 20);
    }
    cr_assert_eq(copied, 0);
    queue_close(&q);
    cr_assert_eq(mapped, 0);
}

/* The page of the one segment of a request, by grant reference. */
static uint8_t *page_of(struct grants *g, uint32_t ref)
{
    const struct block_op op = {.count = 1, .segment[0].gref = ref};
    uint8_t *page[BLOCK_SEGMENTS];

    grants_pages(g, &be, &op, page);
    return page[0];
}

Test(flow, persistent_grants_are_bounded)
{
    static struct grants g = {.persistent = true};
    uint8_t *first;

    for (uint32_t ref = 0; ref < 3 * GRANTS_MAX; ref++)
        cr_assert_eq(page_of(&g, ref * 8) != NULL, ref < GRANTS_MAX);
    cr_assert_eq(mapped, GRANTS_MAX);
    first = page_of(&g, 8);
    cr_assert_eq(memcmp(first, guest[8], 4096), 0);
    cr_assert_eq(page_of(&g, 8), first);
    cr_assert_eq(mapped, GRANTS_MAX);
    grants_drop(&g, &be);
    cr_assert_eq(mapped, 0);
    g.persistent = false;
    cr_assert_null(page_of(&g, 8));
    cr_assert_eq(mapped, 0);
}

Test(flow, the_pages_of_a_request_are_mapped_together)
{
    static struct grants g = {.persistent = true};
    struct block_op op = {.count = 11};
    uint8_t *page[BLOCK_SEGMENTS];

    for (unsigned int i = 0; i < 11; i++)
        op.segment[i].gref = 20 + i % 10; /* one twice */
    grants_pages(&g, &be, &op, page);
    cr_assert_eq(mapped, 10);
    cr_assert_eq(mappings, 1);
    cr_assert_not_null(page[10]);
    cr_assert_eq(page[10], page[0]);
    op.count = BLOCK_SEGMENTS;
    for (unsigned int i = 0; i < BLOCK_SEGMENTS; i++)
        op.segment[i].gref = 25 + i; /* some of them are mapped */
    grants_pages(&g, &be, &op, page);
    cr_assert_eq(mapped, 5 + BLOCK_SEGMENTS);
    cr_assert_eq(mappings, 3);
    for (unsigned int i = 0; i < BLOCK_SEGMENTS; i++) {
        memset(guest[25 + i], (int)i, 4096);
        cr_assert_eq(*page[i], i);
    }
    grants_drop(&g, &be);
    cr_assert_eq(mapped + mappings, 0);
}

/* A mapping that is refused is no error: those pages are copied, the others are found. */
Test(flow, pages_that_cannot_be_mapped_are_copied)
{
    static struct grants g = {.persistent = true};
    struct block_op op = {.count = 2, .segment = {{.gref = 30}, {.gref = REFUSED}}};
    uint8_t *page[BLOCK_SEGMENTS];

    cr_assert_not_null(page_of(&g, 30));
    grants_pages(&g, &be, &op, page);
    cr_assert_eq(page[0], page_of(&g, 30));
    cr_assert_null(page[1]);
    cr_assert_eq(mapped, 1);
    grants_drop(&g, &be);
}

/* Part of a page from its middle, by copy and by persistent grant; the rest stays as it is. */
Test(flow, parts_of_pages)
{
    static _Alignas(4096) uint8_t data[4096];
    struct blkif_request req = {.operation = BLKIF_OP_READ, .nr_segments = 1, .sector_number = 11};

    req.seg[0] = (struct blkif_request_segment){.gref = 9, .first_sect = 3, .last_sect = 4};
    for (int persistent = 0; persistent < 2; persistent++) {
        q.grants.persistent = persistent;
        memset(guest[9], 0xee, 4096);
        req.operation = BLKIF_OP_READ;
        *RING_GET_REQUEST(&front, front.req_prod_pvt++) = req;
        answered(BLKIF_RSP_OKAY);
        cr_assert_eq(memcmp(guest[9] + 1536, expected + 11 * 512, 1024), 0);
        cr_assert(guest[9][0] == 0xee && guest[9][1535] == 0xee && guest[9][2560] == 0xee);
        memset(guest[9] + 1536, 0x30 + persistent, 1024);
        req.operation = BLKIF_OP_WRITE;
        *RING_GET_REQUEST(&front, front.req_prod_pvt++) = req;
        answered(BLKIF_RSP_OKAY);
        cr_assert_eq(pread(disk.fd, data, sizeof(data), 8 * 512), (ssize_t)sizeof(data));
        cr_assert_eq(memcmp(data + 1536, guest[9] + 1536, 1024), 0);
        cr_assert_eq(memcmp(data + 2560, expected + 13 * 512, 1536), 0);
        memcpy(data + 1536, expected + 11 * 512, 1024);
        cr_assert_eq(pwrite(disk.fd, data, sizeof(data), 8 * 512), (ssize_t)sizeof(data));
        cr_assert_eq(mapped, persistent, "only what was offered so is kept");
    }
}

Test(flow, what_cannot_be_done_is_answered_so)
{
    static _Alignas(4096) uint8_t data[4096];
    blkif_response_t rsp;

    ask(1, BLKIF_OP_READ, 0, 1, PAGES);
    answered(BLKIF_RSP_ERROR); /* no such grant */
    ask(2, BLKIF_OP_READ, 0, 2, PAGES - 1);
    answered(BLKIF_RSP_ERROR); /* nor is the second of these */
    ask(3, BLKIF_OP_WRITE, 16, 1, PAGES);
    answered(BLKIF_RSP_ERROR);
    cr_assert_eq(pread(disk.fd, data, sizeof(data), 16 * 512), (ssize_t)sizeof(data));
    cr_assert_eq(memcmp(data, expected + 16 * 512, sizeof(data)), 0, "nothing was written");
    copy_refused = true; /* the hypercall itself */
    ask(8, BLKIF_OP_READ, 0, 1, 0);
    answered(BLKIF_RSP_ERROR);
    ask(9, BLKIF_OP_WRITE, 16, 1, 0);
    answered(BLKIF_RSP_ERROR);
    copy_refused = false;
    ask(4, BLKIF_OP_READ, SECTORS - 7, 1, 0);
    answered(BLKIF_RSP_ERROR); /* across the end */
    ask(0x123456789abcdef0, 77, 0, 1, 0);
    run();
    rsp = take_answer();
    cr_assert_eq(rsp.status, BLKIF_RSP_EOPNOTSUPP);
    cr_assert_eq(rsp.operation, 77);
    cr_assert_eq(rsp.id, 0x123456789abcdef0);
    cr_assert_eq(ftruncate(disk.fd, 80 * 512 + 512), 0); /* the file shrinks under us */
    ask(10, BLKIF_OP_READ, 80, 1, 0);
    answered(BLKIF_RSP_ERROR); /* only its first sector is there */
    cr_assert_eq(ftruncate(disk.fd, 4096), 0);
    ask(6, BLKIF_OP_READ, 80, 1, 0);
    answered(BLKIF_RSP_ERROR);
    ask(7, BLKIF_OP_READ, 0, 1, 0);
    answered(BLKIF_RSP_OKAY);
}

Test(flow, indirect_segments_come_from_the_guest_once)
{
    struct blkif_request_indirect indirect = {.operation = BLKIF_OP_INDIRECT,
                                              .indirect_op = BLKIF_OP_READ,
                                              .nr_segments = 20,
                                              .id = 5,
                                              .sector_number = 160,
                                              .indirect_grefs = {300}};
    struct blkif_request_segment *seg = (void *)guest[300];

    for (unsigned int i = 0; i < 20; i++)
        seg[i] = (struct blkif_request_segment){.gref = 100 + i, .last_sect = 7};
    memcpy(RING_GET_REQUEST(&front, front.req_prod_pvt++), &indirect, sizeof(indirect));
    answered(BLKIF_RSP_OKAY);
    for (unsigned int i = 0; i < 20; i++)
        cr_assert_eq(memcmp(guest[100 + i], expected + 160 * 512 + i * 4096, 4096), 0);
    indirect.indirect_grefs[0] = PAGES;
    memcpy(RING_GET_REQUEST(&front, front.req_prod_pvt++), &indirect, sizeof(indirect));
    answered(BLKIF_RSP_ERROR);
    indirect.indirect_grefs[0] = 300;
    seg[19].last_sect = 8;
    memcpy(RING_GET_REQUEST(&front, front.req_prod_pvt++), &indirect, sizeof(indirect));
    answered(BLKIF_RSP_ERROR);
}

Test(flow, impossible_indices_end_the_serving)
{
    ask(1, BLKIF_OP_READ, 0, 1, 0);
    run();
    cr_assert_eq(take_answers(), 1);
    front.sring->req_prod += 1000;
    cr_assert_not(queue_run(&q));
    cr_assert(q.broken);
    front.sring->req_prod -= 1000;
    ask(2, BLKIF_OP_READ, 0, 1, 0);
    run();
    cr_assert_eq(take_answers(), 0);
}

/* As many requests that are refused as there is room for; wants to hear of each answer. */
static void ask_nonsense(void)
{
    front.rsp_cons = front.sring->rsp_prod;
    front.sring->rsp_event = front.rsp_cons + 1;
    while (!RING_FULL(&front))
        ask(1, 77, 0, 0, 0);
    RING_PUSH_REQUESTS(&front);
}

/* They free their slots at once: a guest that goes on asking must not keep us from everything else.
 */
Test(flow, one_call_takes_a_bounded_number, .timeout = 60)
{
    ask_nonsense();
    on_notify = ask_nonsense;
    cr_assert(queue_run(&q), "there is more");
    cr_assert_leq(q.ring.req_cons, 8 * q.log->size);
    cr_assert(queue_run(&q));
}

/* The answer index is the guest's to write, too, while nobody serves. */
Test(flow, a_lie_about_what_was_answered_gets_nobody_more_slots)
{
    for (unsigned int i = 0; i < 20; i++)
        ask(i, BLKIF_OP_READ, i * 8, 1, i);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    io_drain();
    for (unsigned int i = 0; i < q.log->size; i++)
        if (q.log->entry[i].state == LOG_DONE)
            q.log->entry[i].state = LOG_BUSY; /* the process had died before */
    q.ring.sring->rsp_prod = q.log->req_cons; /* all 20, it says */
    open_queue(true);
    cr_assert_eq(q.free_count, q.log->size - 20);
    front.rsp_cons = 20;
    for (unsigned int i = 0; i < q.log->size; i++)
        ask(100 + i, BLKIF_OP_READ, i * 8, 1, i);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    cr_assert_leq(q.free_count, q.log->size);
    io_drain();
}

Test(flow, another_rings_log_is_not_taken_over)
{
    uint32_t refs[2] = {0, 1};

    q.log->size = 32;
    q.port = -1;
    cr_assert_neq(queue_open(&q, refs, 2, 5, true), 0);
    cr_assert_null(q.ring.sring);
}

Test(disk, what_can_be_one)
{
    char name[] = "/tmp/disk.XXXXXX";
    int fd = mkstemp(name), ends[2];
    struct disk d;
    struct fail f = {""};

    unlink(name);
    cr_assert_neq(disk_probe(&d, fd, true, true, &f), 0, "an empty file");
    cr_assert_eq(ftruncate(fd, 511), 0);
    cr_assert_neq(disk_probe(&d, fd, true, true, &f), 0, "less than a sector");
    cr_assert_eq(ftruncate(fd, 1535), 0);
    cr_assert_eq(disk_probe(&d, fd, true, true, &f), 0);
    cr_assert_eq(d.limits.sectors, 2, "whole ones only");
    cr_assert(d.limits.writable && d.limits.discard);
    cr_assert_eq(disk_probe(&d, fd, false, true, &f), 0);
    cr_assert(!d.limits.writable && !d.limits.discard, "discarding is writing");
    cr_assert_eq(pipe(ends), 0);
    cr_assert_neq(disk_probe(&d, ends[0], true, true, &f), 0);
    cr_assert_neq(disk_probe(&d, -1, true, true, &f), 0);
}
