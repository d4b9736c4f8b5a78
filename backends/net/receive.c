/* SPDX-License-Identifier: BSD-2-Clause */
/* From the TAP into the guest's receive ring: net_receive() of queue.h. */
#include "net/queue.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/daemon.h"
#include "lib/stats.h"
#include <xen/grant_table.h>

/* One packet of 64 KiB takes 16 pages of the guest. */
#define PACKET_SEGMENTS ((PACKET_MAX + RING_PAGE) / RING_PAGE)

struct batch {
    unsigned int segments;
    uint32_t bytes;
    RING_IDX response[COPY_SEGMENTS]; /* whose data a segment carries */
    xengnttab_grant_copy_segment_t segment[COPY_SEGMENTS];
};

static struct batch batch;

static unsigned int slots_needed(uint32_t len, const struct packet_hints *h)
{
    return (len + RING_PAGE - 1) / RING_PAGE + (h->gso_size != 0);
}

/* True if the guest offers @need buffers; if not, asks for an event when it does. */
static bool has_room(struct net_queue *q, unsigned int need)
{
    for (int asked = 0; asked < 2; asked++) {
        int n = ring_waiting(&q->rx.sring->req_prod, q->rx.req_cons, q->rx.rsp_prod_pvt,
                             RING_SIZE(&q->rx));

        if (n < 0) {
            log_msg("%s: the guest's receive ring has impossible indices", q->be->back);
            q->broken = true;
            return false;
        }
        if ((unsigned int)n >= need)
            return true;
        q->rx.sring->req_event = q->rx.req_cons + need;
        xen_mb();
    }
    return false;
}

/* Reads the next packet into q->held; false if there is none. */
static bool read_tap(struct net_queue *q)
{
    struct iovec iov[2] = {{&q->held_header, sizeof(q->held_header)}, {q->held, PACKET_MAX}};
    ssize_t n = readv(q->tap, iov, 2);

    if (n <= (ssize_t)(sizeof(q->held_header) + ETHER_HEADER))
        return false;
    q->held_len = (uint32_t)n - (uint32_t)sizeof(q->held_header);
    return true;
}

static void put_extra(struct net_queue *q, const struct packet_hints *h)
{
    struct netif_extra_info extra = {
        .type = XEN_NETIF_EXTRA_TYPE_GSO,
        .u.gso = {.size = h->gso_size, .type = h->gso_type},
    };

    memcpy(RING_GET_RESPONSE(&q->rx, q->rx.rsp_prod_pvt), &extra, sizeof(extra));
    q->rx.rsp_prod_pvt++;
    q->rx.req_cons++;
}

/* One buffer of the guest gets up to a page of the packet. */
static void put_piece(struct net_queue *q, uint8_t *data, uint32_t len, uint16_t flags)
{
    netif_rx_request_t req;
    netif_rx_response_t *rsp;

    RING_COPY_REQUEST(&q->rx, q->rx.req_cons, &req);
    q->rx.req_cons++;
    batch.response[batch.segments] = q->rx.rsp_prod_pvt;
    batch.segment[batch.segments++] = (xengnttab_grant_copy_segment_t){
        .source.virt = data,
        .dest.foreign = {.ref = req.gref, .domid = (domid_t)q->be->domid},
        .len = (uint16_t)len,
        .flags = GNTCOPY_dest_gref,
    };
    rsp = RING_GET_RESPONSE(&q->rx, q->rx.rsp_prod_pvt);
    rsp->id = req.id;
    rsp->offset = 0;
    rsp->flags = flags;
    rsp->status = (int16_t)len;
    q->rx.rsp_prod_pvt++;
}

/* The held packet goes into the batch; there is room for it. */
static void put_packet(struct net_queue *q, struct packet_hints h)
{
    uint8_t *data = q->rx_buffer + batch.bytes;
    uint32_t left = q->held_len;
    bool first = true;

    stats_count(q->be->stats, STATS_RECEIVE, q->held_len, false);
    q->be->stats->merges += h.gso_size != 0;
    memcpy(data, q->held, q->held_len);
    batch.bytes += q->held_len;
    while (left) {
        uint32_t len = left < RING_PAGE ? left : RING_PAGE;

        left -= len;
        put_piece(q, data, len, (first ? h.flags : 0) | (left ? NETRXF_more_data : 0));
        if (first && h.gso_size)
            put_extra(q, &h);
        data += len;
        first = false;
    }
    q->held_len = 0;
}

/* Copies the data and publishes the responses, those of refused copies as errors. */
static void finish(struct net_queue *q)
{
    int notify;
    bool failed;

    if (!batch.segments)
        return;
    failed = backend_copy(q->be, batch.segments, batch.segment) != 0;
    for (unsigned int i = 0; i < batch.segments; i++)
        if (failed || batch.segment[i].status != GNTST_okay) {
            RING_GET_RESPONSE(&q->rx, batch.response[i])->status = NETIF_RSP_ERROR;
            q->be->stats->of[STATS_RECEIVE].errors++;
        }
    batch.segments = batch.bytes = 0;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&q->rx, notify);
    if (notify)
        xenevtchn_notify(q->be->xce, q->rx_port);
}

static void poll_tap(struct net_queue *q, bool on)
{
    if (on == q->polling)
        return;
    loop_change(&q->tap_source, on ? EPOLLIN : 0);
    q->polling = on;
}

/* The packet just read is lost if that is asked for (inject.h). */
static bool lose(struct net_queue *q)
{
    if (!inject_hits(q->be->inject.drop_ppm))
        return false;
    q->held_len = 0;
    q->be->stats->of[STATS_RECEIVE].dropped++;
    return true;
}

bool net_receive(struct net_queue *q)
{
    unsigned int lost = 0;
    bool more = true;

    while (!q->broken && batch.segments + PACKET_SEGMENTS <= COPY_SEGMENTS &&
           batch.bytes + PACKET_MAX <= COPY_BYTES) {
        struct packet_hints h;
        bool fresh = !q->held_len;

        more = !fresh || read_tap(q);
        if (!more)
            break;
        if (fresh && lose(q)) {
            if (++lost < COPY_SEGMENTS)
                continue;
            break;
        }
        h = packet_hints(&q->held_header);
        more = has_room(q, slots_needed(q->held_len, &h));
        if (!more)
            break;
        put_packet(q, h);
    }
    finish(q);
    poll_tap(q, !q->broken && !q->held_len);
    return more && !q->broken;
}
