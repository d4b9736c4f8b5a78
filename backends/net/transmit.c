/* SPDX-License-Identifier: BSD-2-Clause */
/* From the guest's transmit ring into the TAP: net_transmit() of queue.h. */
#include "net/queue.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/daemon.h"
#include "lib/stats.h"
#include <xen/grant_table.h>

/* Rounds per call; each empties the ring as far as one copy carries. */
#define ROUNDS 4

struct entry {
    struct packet packet;
    RING_IDX at;
    uint8_t *data;
    unsigned int first_segment;
};

/* Each packet takes at least one slot of the ring of 256. */
struct batch {
    unsigned int count, segments;
    uint32_t bytes;
    struct entry entry[COPY_SEGMENTS];
    xengnttab_grant_copy_segment_t segment[COPY_SEGMENTS];
};

static struct batch batch;

static void add_segments(struct net_queue *q, struct entry *e)
{
    uint8_t *to = e->data;

    e->first_segment = batch.segments;
    for (unsigned int i = 0; i < e->packet.pieces; i++) {
        const struct packet_piece *piece = &e->packet.piece[i];

        batch.segment[batch.segments++] = (xengnttab_grant_copy_segment_t){
            .source.foreign = {.ref = piece->gref,
                               .offset = piece->offset,
                               .domid = (domid_t)q->be->domid},
            .dest.virt = to,
            .len = piece->len,
            .flags = GNTCOPY_source_gref,
        };
        to += piece->len;
    }
    batch.bytes += e->packet.len;
}

/* Takes packets as long as one more of the largest kind fits. */
static void gather(struct net_queue *q, RING_IDX waiting)
{
    batch.count = batch.segments = batch.bytes = 0;
    while (batch.count < COPY_SEGMENTS && batch.segments + PACKET_PIECES <= COPY_SEGMENTS &&
           batch.bytes + PACKET_MAX <= COPY_BYTES) {
        struct entry *e = &batch.entry[batch.count];

        if (!packet_read(&q->tx, q->tx.req_cons, waiting, &e->packet))
            break;
        e->at = q->tx.req_cons;
        e->data = q->tx_buffer + batch.bytes;
        q->tx.req_cons += e->packet.slots;
        waiting -= e->packet.slots;
        if (!e->packet.bad)
            add_segments(q, e);
        batch.count++;
    }
}

static bool copied(const struct entry *e)
{
    for (unsigned int i = 0; i < e->packet.pieces; i++)
        if (batch.segment[e->first_segment + i].status != GNTST_okay)
            return false;
    return true;
}

static bool send_packet(struct net_queue *q, const struct entry *e)
{
    struct virtio_net_hdr header;
    struct iovec iov[2] = {{&header, sizeof(header)}, {e->data, e->packet.len}};

    if (e->packet.bad || !copied(e) || !packet_header(&e->packet, e->data, e->packet.len, &header))
        return false;
    if (!inject_hits(q->be->inject.drop_ppm)) {
        if (writev(q->tap, iov, 2) >= 0)
            return true;
        if (errno != EAGAIN && errno != EIO)
            return false;
    }
    q->be->stats->of[STATS_SEND].dropped++; /* full or down: as on any network */
    return true;
}

static int take_packet(struct net_queue *q, const struct entry *e)
{
    struct device_stats *stats = q->be->stats;
    bool sent = send_packet(q, e);

    stats_count(stats, STATS_SEND, e->packet.len, !sent);
    stats->merges += e->packet.gso_size != 0;
    return sent ? NETIF_RSP_OKAY : NETIF_RSP_ERROR;
}

/* One response per slot: the ids are in the ring still, in slots not answered yet. */
static void answer(struct net_queue *q, const struct entry *e, int status)
{
    for (RING_IDX i = 0; i < e->packet.slots; i++) {
        bool extra = i >= 1 && i <= e->packet.extras;
        netif_tx_request_t slot;
        netif_tx_response_t *rsp;

        RING_COPY_REQUEST(&q->tx, e->at + i, &slot);
        rsp = RING_GET_RESPONSE(&q->tx, q->tx.rsp_prod_pvt);
        rsp->id = slot.id;
        rsp->status = extra ? NETIF_RSP_NULL : (int16_t)status;
        q->tx.rsp_prod_pvt++;
    }
}

static void publish(struct net_queue *q)
{
    int notify;

    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&q->tx, notify);
    if (notify)
        xenevtchn_notify(q->be->xce, q->tx_port);
}

bool net_transmit(struct net_queue *q)
{
    int more = 1;

    for (int round = 0; more && round < ROUNDS && !q->broken; round++) {
        int n = ring_waiting(&q->tx.sring->req_prod, q->tx.req_cons, q->tx.rsp_prod_pvt,
                             RING_SIZE(&q->tx));

        if (n < 0) {
            log_msg("%s: the guest's transmit ring has impossible indices", q->be->back);
            q->broken = true;
            break;
        }
        gather(q, n);
        if (batch.segments && backend_copy(q->be, batch.segments, batch.segment))
            for (unsigned int i = 0; i < batch.segments; i++)
                batch.segment[i].status = GNTST_general_error;
        for (unsigned int i = 0; i < batch.count; i++)
            answer(q, &batch.entry[i], take_packet(q, &batch.entry[i]));
        if (batch.count)
            publish(q);
        /* The start of a packet whose end is missing counts as nothing. */
        more = batch.count != 0;
        if (!more)
            RING_FINAL_CHECK_FOR_REQUESTS(&q->tx, more);
        if (more && !batch.count && n)
            more = 0;
    }
    return more && !q->broken;
}
