/* SPDX-License-Identifier: BSD-2-Clause */
/* Block front-end against a back-end of the test, polite and otherwise. */
#include "fake.h"
#include <front/blkfront.h>
#include <criterion/criterion.h>

#define SECTORS 4096

static uint8_t disk[SECTORS * BLK_SECTOR];
static blkif_back_ring_t back;
static bool attached, hold, evil_id;
static unsigned served;
static blkif_request_t held[BLK_RING_SLOTS];
static unsigned held_count;

static int16_t execute(const blkif_request_t *req)
{
    uint64_t sector = req->sector_number;

    if (req->operation != BLKIF_OP_READ && req->operation != BLKIF_OP_WRITE)
        return req->operation == BLKIF_OP_FLUSH_DISKCACHE ? BLKIF_RSP_OKAY : BLKIF_RSP_EOPNOTSUPP;
    for (unsigned i = 0; i < req->nr_segments; i++, sector += 8) {
        bool read = req->operation == BLKIF_OP_READ;
        void *page = fake_granted(req->seg[i].gref, read);

        if (!page || sector + 8 > SECTORS)
            return BLKIF_RSP_ERROR;
        memcpy(read ? page : &disk[sector * BLK_SECTOR], read ? &disk[sector * BLK_SECTOR] : page,
               PAGE_SIZE);
    }
    return BLKIF_RSP_OKAY;
}

static void answer(const blkif_request_t *req)
{
    blkif_response_t *rsp = RING_GET_RESPONSE(&back, back.rsp_prod_pvt);

    *rsp = (blkif_response_t){
        .id = evil_id ? 999 : req->id, .operation = req->operation, .status = execute(req)};
    back.rsp_prod_pvt++;
    served++;
}

static void attach(void)
{
    const char *state = fake_store_get("device/vbd/0/state");

    if (attached || !state || strcmp(state, "3"))
        return;
    BACK_RING_INIT(&back,
                   (blkif_sring_t *)fake_granted(
                       (uint32_t)str_u64(fake_store_get("device/vbd/0/ring-ref"), NULL), true),
                   PAGE_SIZE);
    attached = true;
    fake_store_set("back/sectors", "4096");
    fake_store_set("back/feature-flush-cache", "1");
    fake_store_set("back/state", "4");
}

static void back_end(void)
{
    const char *front = fake_store_get("device/vbd/0/state");
    int notify;

    attach();
    if (front && (!strcmp(front, "5") || !strcmp(front, "6")) &&
        strcmp(fake_store_get("back/state"), "6"))
        fake_store_set("back/state", "6");
    if (!attached)
        return;
    while (back.req_cons != back.sring->req_prod) {
        held[held_count++] = *RING_GET_REQUEST(&back, back.req_cons);
        back.req_cons++;
    }
    if (hold)
        return;
    while (held_count) /* the newest first: completions may come in any order */
        answer(&held[--held_count]);
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&back, notify);
    if (notify)
        fake_raise();
}

static struct blkfront b;
static void *buffer[BLK_RING_SLOTS];

static void start(void)
{
    fake_reset();
    store_init();
    attached = hold = evil_id = false;
    served = held_count = 0;
    memset(disk, 0, sizeof(disk));
    fake_device("vbd");
    fake_notified = back_end;
    cr_assert_eq(blkfront_open(&b, 0), 0);
    for (unsigned i = 0; i < BLK_RING_SLOTS; i++)
        buffer[i] = env_page_alloc();
}

TestSuite(blk, .init = start);

Test(blk, properties)
{
    cr_assert_eq(b.sectors, SECTORS);
    cr_assert(b.flush && !b.discard && !b.read_only);
}

Test(blk, write_then_read)
{
    struct blk_request r = {
        .op = BLKIF_OP_WRITE, .sector = 80, .pages = 2, .page = {buffer[0], buffer[1]}};

    memset(buffer[0], 0x11, PAGE_SIZE);
    memset(buffer[1], 0x22, PAGE_SIZE);
    cr_assert_eq(blkfront_do(&b, &r), 0);
    cr_assert_eq(disk[80 * 512], 0x11);
    cr_assert_eq(disk[88 * 512], 0x22);
    r.op = BLKIF_OP_READ;
    r.page[0] = buffer[2];
    r.page[1] = buffer[3];
    cr_assert_eq(blkfront_do(&b, &r), 0);
    cr_assert_eq(memcmp(buffer[0], buffer[2], PAGE_SIZE), 0);
    cr_assert_eq(memcmp(buffer[1], buffer[3], PAGE_SIZE), 0);
}

/* Many times around the ring, a full ring each time. */
Test(blk, full_ring)
{
    static struct blk_request r[BLK_RING_SLOTS], extra = {.op = BLKIF_OP_READ};

    for (unsigned round = 0; round < 50; round++) {
        hold = true;
        for (unsigned i = 0; i < BLK_RING_SLOTS; i++) {
            r[i] = (struct blk_request){
                .op = BLKIF_OP_WRITE, .sector = i * 8, .pages = 1, .page = {buffer[i]}};
            memset(buffer[i], (int)(round + i), PAGE_SIZE);
            cr_assert_eq(blkfront_submit(&b, &r[i]), 0);
        }
        cr_assert_eq(blkfront_submit(&b, &extra), -EAGAIN);
        hold = false;
        for (unsigned i = 0; i < BLK_RING_SLOTS; i++) {
            cr_assert_eq(blkfront_wait(&b, &r[i]), 0);
            cr_assert_eq(disk[i * 8 * 512], (uint8_t)(round + i));
        }
    }
    cr_assert_eq(served, 50 * BLK_RING_SLOTS);
    cr_assert_eq(fake_grants_used(), 1, "only the ring is granted when nothing is in flight");
}

/* Events without a reason, as many as a back-end likes to send, are no answers (XSA-391). */
Test(blk, a_storm_of_events_changes_nothing)
{
    struct blk_request r = {.op = BLKIF_OP_WRITE, .sector = 80, .pages = 1, .page = {buffer[0]}};

    hold = true;
    memset(buffer[0], 0x33, PAGE_SIZE);
    cr_assert_eq(blkfront_submit(&b, &r), 0);
    for (unsigned i = 0; i < 10000; i++)
        fake_raise();
    cr_assert_eq(served, 0);
    cr_assert_eq(fake_grants_used(), 2, "the page is the back-end's still");
    hold = false;
    cr_assert_eq(blkfront_wait(&b, &r), 0);
    cr_assert_eq(disk[80 * 512], 0x33);
    cr_assert_eq(served, 1);
    cr_assert_eq(fake_grants_used(), 1);
}

Test(blk, errors)
{
    struct blk_request r = {
        .op = BLKIF_OP_READ, .sector = SECTORS, .pages = 1, .page = {buffer[0]}};

    cr_assert_eq(blkfront_do(&b, &r), -EIO);
    r.op = 77;
    cr_assert_eq(blkfront_do(&b, &r), -EOPNOTSUPP);
    cr_assert_eq(fake_grants_used(), 1);
}

/* A write must be granted read-only: the back-end has no business changing the page. */
Test(blk, write_grant_is_read_only)
{
    struct blk_request r = {.op = BLKIF_OP_WRITE, .pages = 1, .page = {buffer[0]}};

    hold = true;
    cr_assert_eq(blkfront_submit(&b, &r), 0);
    cr_assert_null(fake_granted(r.ref[0], true));
    cr_assert_not_null(fake_granted(r.ref[0], false));
    hold = false;
    cr_assert_eq(blkfront_wait(&b, &r), 0);
}

Test(blk, no_grants_left_in_the_middle)
{
    struct blk_request r = {
        .op = BLKIF_OP_READ, .pages = 3, .page = {buffer[0], buffer[1], buffer[2]}};

    fake_grants_left = 2;
    cr_assert_eq(blkfront_submit(&b, &r), -ENOSPC);
    cr_assert_eq(fake_grants_used(), 1, "the ring's");
    fake_grants_left = 3;
    cr_assert_eq(blkfront_do(&b, &r), 0);
}

Test(blk, evil_back_end)
{
    struct blk_request r = {.op = BLKIF_OP_READ, .pages = 1, .page = {buffer[0]}};
    unsigned lines = fake_log_lines;

    evil_id = true;
    cr_assert_eq(blkfront_submit(&b, &r), 0);
    cr_assert_eq(served, 1);
    cr_assert_not(r.done, "an unknown id completes nothing");
    cr_assert_gt(fake_log_lines, lines);
    back.sring->rsp_prod += 1000;
    fake_raise();
    cr_assert_not(r.done, "an index out of bounds is not followed");
}

Test(blk, close_gives_everything_back)
{
    blkfront_close(&b);
    cr_assert_eq(fake_grants_used(), 0);
    cr_assert_eq(fake_pages_used(), BLK_RING_SLOTS, "only the test's own buffers are left");
    cr_assert_str_eq(fake_store_get("device/vbd/0/state"), "6");
}
