/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's requests through the ring, the log and the disk, and the same when the process dies in
 * between.  Grant references are numbers of pages in an array; the disk is a temporary file.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block/queue.h"
#include "lib/daemon.h"
#include <xen/grant_table.h>

#define PAGES   512u
#define SECTORS 8192u

static _Alignas(4096) uint8_t guest[PAGES][4096];
static _Alignas(4096) uint8_t ring_pages[8192];
static blkif_front_ring_t front;
static struct backend be;
static struct queue q;
static struct disk disk;
static struct block_log *block_log;
static uint8_t expected[SECTORS * 512];
static unsigned int mapped; /* guest pages, now */
#include "../grant_copy.h"

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

void *backend_map(struct backend *b, const uint32_t *refs, uint32_t count)
{
    (void)b;
    if (count == 2)
        return ring_pages;
    mapped++;
    return refs[0] < PAGES ? guest[refs[0]] : guest[0]; /* more grants than pages: for the bound */
}

void backend_unmap(struct backend *b, void *page, uint32_t count)
{
    (void)b;
    mapped -= count == 1 && page;
}

int backend_bind(struct backend *b, uint32_t port)
{
    (void)b;
    return port;
}

void log_msg(const char *fmt, ...)
{
    (void)fmt;
}

static void open_queue(bool resume)
{
    uint32_t refs[2] = {0, 1};

    q = (struct queue){.be = &be, .disk = &disk, .log = &block_log->queue[0], .port = -1};
    cr_assert_eq(queue_open(&q, refs, 2, 5, resume), 0, "%s", be.fail.text);
}

static void begin(void)
{
    char name[] = "/tmp/disk.XXXXXX";
    int fd = mkstemp(name);
    struct fail f = {""};

    unlink(name);
    for (size_t i = 0; i < sizeof(expected); i++)
        expected[i] = i * 7 + (i >> 9) * 13 + (i >> 17);
    cr_assert_eq(pwrite(fd, expected, sizeof(expected), 0), (ssize_t)sizeof(expected));
    cr_assert_eq(disk_probe(&disk, fd, true, true, &f), 0, "%s", f.text);
    cr_assert_eq(loop_init(), 0);
    if (io_open(&disk, LOG_ENTRIES))
        cr_skip_test("no io_uring here: %s", strerror(errno));
    block_log = log_map(memfd_create("log", 0));
    SHARED_RING_INIT((blkif_sring_t *)ring_pages);
    FRONT_RING_INIT(&front, (blkif_sring_t *)ring_pages, 8192);
    open_queue(false);
}

TestSuite(flow, .init = begin);

/* Page @page and the next ones carry @count full segments of the disk from @sector. */
static void ask(uint64_t id, int operation, uint64_t sector, unsigned int count, uint32_t page)
{
    struct blkif_request req = {
        .operation = operation, .nr_segments = count, .id = id, .sector_number = sector};

    for (unsigned int i = 0; i < count; i++)
        req.seg[i] = (struct blkif_request_segment){.gref = page + i, .last_sect = 7};
    *RING_GET_REQUEST(&front, front.req_prod_pvt) = req;
    front.req_prod_pvt++;
}

static void run(void)
{
    RING_PUSH_REQUESTS(&front);
    while (queue_run(&q))
        ;
    io_drain();
    queue_run(&q);
}

static unsigned int take_answers(void)
{
    unsigned int n = 0;

    for (; RING_HAS_UNCONSUMED_RESPONSES(&front); n++) {
        blkif_response_t rsp;

        RING_COPY_RESPONSE(&front, front.rsp_cons, &rsp);
        front.rsp_cons++;
        cr_assert_eq(rsp.status, BLKIF_RSP_OKAY);
    }
    return n;
}

Test(flow, reads_bring_what_is_on_the_disk)
{
    for (int round = 0; round < 50; round++) {
        memset(guest, 0, sizeof(guest));
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

/* The process dies with requests taken and not answered: a new one does them. */
Test(flow, a_new_process_answers_what_the_old_one_took)
{
    for (unsigned int i = 0; i < 20; i++)
        ask(i, BLKIF_OP_READ, i * 8, 1, i);
    RING_PUSH_REQUESTS(&front);
    queue_run(&q);
    cr_assert_eq(take_answers(), 0);
    io_drain(); /* the accesses of the old process end with it; its answers are lost */
    memset(guest, 0, sizeof(guest));
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
        memset(guest, 0, sizeof(guest));
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

Test(flow, persistent_grants_are_bounded)
{
    static struct grants g = {.persistent = true};

    for (uint32_t ref = 0; ref < 3 * GRANTS_MAX; ref++)
        cr_assert_eq(grants_page(&g, &be, ref * 8) != NULL, ref < GRANTS_MAX);
    cr_assert_eq(mapped, GRANTS_MAX);
    cr_assert_eq(grants_page(&g, &be, 8), guest[8]);
    cr_assert_eq(mapped, GRANTS_MAX);
    grants_drop(&g, &be);
    cr_assert_eq(mapped, 0);
}
