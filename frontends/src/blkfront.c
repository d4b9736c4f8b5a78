/* SPDX-License-Identifier: BSD-2-Clause */
/* Block front-end on io/blkif.h. */
#include <front/blkfront.h>
#include <front/env.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/lib.h>

static void complete(struct blkfront *b, const blkif_response_t *rsp)
{
    struct blk_request *r = rsp->id < BLK_RING_SLOTS ? b->pending[rsp->id] : NULL;

    if (!r) {
        env_log("%s: response with unknown id %lu", b->bus.front, rsp->id);
        return;
    }
    b->pending[rsp->id] = NULL;
    for (unsigned i = 0; i < r->pages; i++)
        if (gnttab_end(r->ref[i]))
            env_log("%s: back-end keeps grant %u", b->bus.front, r->ref[i]);
    r->status = rsp->status;
    r->done = true;
}

static void interrupt(evtchn_port_t port, void *arg)
{
    struct blkfront *b = arg;
    blkif_response_t rsp;
    RING_IDX prod;
    int more;

    (void)port;
    do {
        prod = __atomic_load_n(&b->ring.sring->rsp_prod, __ATOMIC_ACQUIRE);
        if (prod - b->ring.rsp_cons > RING_SIZE(&b->ring)) {
            env_log("%s: back-end's response index is out of bounds", b->bus.front);
            evtchn_mask(b->port);
            return;
        }
        while (b->ring.rsp_cons != prod) {
            rsp = *RING_GET_RESPONSE(&b->ring, b->ring.rsp_cons);
            b->ring.rsp_cons++;
            complete(b, &rsp);
        }
        RING_FINAL_CHECK_FOR_RESPONSES(&b->ring, more);
    } while (more);
}

static void read_properties(struct blkfront *b)
{
    b->handle = (blkif_vdev_t)store_read_u64(b->bus.front, "virtual-device", 0);
    b->sector_size = (uint32_t)xenbus_back_u64(&b->bus, "sector-size", BLK_SECTOR);
    b->sectors = xenbus_back_u64(&b->bus, "sectors", 0);
    b->read_only = xenbus_back_u64(&b->bus, "info", 0) & VDISK_READONLY;
    b->flush = xenbus_back_u64(&b->bus, "feature-flush-cache", 0) == 1;
    b->discard = xenbus_back_u64(&b->bus, "feature-discard", 0) == 1;
}

static long make_ring(struct blkfront *b)
{
    blkif_sring_t *sring = env_page_alloc();
    long rc;

    if (!sring)
        return -ENOMEM;
    SHARED_RING_INIT(sring);
    FRONT_RING_INIT(&b->ring, sring, PAGE_SIZE);
    rc = gnttab_grant(b->bus.back_id, sring, false);
    if (rc < 0) {
        env_page_free(sring);
        return rc;
    }
    b->ring_ref = (uint32_t)rc;
    rc = evtchn_alloc(b->bus.back_id);
    if (rc < 0) {
        gnttab_end(b->ring_ref);
        env_page_free(sring);
        return rc;
    }
    b->port = (evtchn_port_t)rc;
    evtchn_set_handler(b->port, interrupt, b);
    return 0;
}

static void drop_ring(struct blkfront *b)
{
    evtchn_close(b->port);
    if (!gnttab_end(b->ring_ref))
        env_page_free(b->ring.sring);
}

long blkfront_open(struct blkfront *b, unsigned index)
{
    struct xenbus_key keys[3] = {{.node = "protocol", .value = "x86_64-abi"}};
    long rc;

    memset(b, 0, sizeof(*b));
    rc = xenbus_open(&b->bus, "vbd", index);
    if (rc < 0)
        return rc;
    rc = xenbus_wait(&b->bus, 1u << XenbusStateInitWait, XENBUS_PATIENCE);
    if (rc < 0)
        return rc;
    rc = make_ring(b);
    if (rc < 0)
        return rc;
    xenbus_key_u64(&keys[1], "ring-ref", b->ring_ref);
    xenbus_key_u64(&keys[2], "event-channel", b->port);
    rc = xenbus_connect(&b->bus, keys, array_size(keys), XenbusStateInitialised);
    if (rc < 0)
        drop_ring(b);
    else
        read_properties(b);
    return rc;
}

static long free_id(const struct blkfront *b)
{
    for (long id = 0; id < BLK_RING_SLOTS; id++)
        if (!b->pending[id])
            return id;
    return -EAGAIN;
}

static long grant_pages(struct blkfront *b, struct blk_request *r)
{
    for (unsigned i = 0; i < r->pages; i++) {
        long ref = gnttab_grant(b->bus.back_id, r->page[i], r->op == BLKIF_OP_WRITE);

        if (ref < 0) {
            while (i--)
                gnttab_end(r->ref[i]);
            return ref;
        }
        r->ref[i] = (uint32_t)ref;
    }
    return 0;
}

static void fill(const struct blkfront *b, const struct blk_request *r, uint64_t id,
                 blkif_request_t *req)
{
    if (r->op == BLKIF_OP_DISCARD) {
        struct blkif_request_discard *d = (struct blkif_request_discard *)req;

        *d = (struct blkif_request_discard){.operation = r->op,
                                            .handle = b->handle,
                                            .id = id,
                                            .sector_number = r->sector,
                                            .nr_sectors = r->sectors};
        return;
    }
    req->operation = r->op;
    req->nr_segments = (uint8_t)r->pages;
    req->handle = b->handle;
    req->id = id;
    req->sector_number = r->sector;
    for (unsigned i = 0; i < r->pages; i++)
        req->seg[i] = (struct blkif_request_segment){
            .gref = r->ref[i], .first_sect = 0, .last_sect = PAGE_SIZE / BLK_SECTOR - 1};
}

long blkfront_submit(struct blkfront *b, struct blk_request *r)
{
    bool masked = env_irq_save();
    long id, rc = -EAGAIN;
    int notify;

    r->done = false;
    id = free_id(b);
    if (id >= 0 && !RING_FULL(&b->ring))
        rc = grant_pages(b, r);
    if (!rc) {
        b->pending[id] = r;
        fill(b, r, (uint64_t)id, RING_GET_REQUEST(&b->ring, b->ring.req_prod_pvt));
        b->ring.req_prod_pvt++;
        RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&b->ring, notify);
        if (notify)
            evtchn_send(b->port);
    }
    env_irq_restore(masked);
    return rc;
}

long blkfront_wait(struct blkfront *b, struct blk_request *r)
{
    bool masked = env_irq_save();

    (void)b;
    while (!r->done)
        env_wait(0);
    env_irq_restore(masked);
    if (r->status == BLKIF_RSP_OKAY)
        return 0;
    return r->status == BLKIF_RSP_EOPNOTSUPP ? -EOPNOTSUPP : -EIO;
}

long blkfront_do(struct blkfront *b, struct blk_request *r)
{
    long rc = blkfront_submit(b, r);

    return rc ? rc : blkfront_wait(b, r);
}

void blkfront_close(struct blkfront *b)
{
    xenbus_close(&b->bus);
    drop_ring(b);
}
