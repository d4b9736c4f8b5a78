/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole packets through both rings: a socket pair stands for the TAP, an array of pages for the
 * guest, grant references being page numbers.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/queue.h"
#include <xen/grant_table.h>

#define PAGES 256u

static _Alignas(4096) uint8_t guest[PAGES][4096];
static _Alignas(4096) uint8_t tx_page[4096], rx_page[4096];
static netif_rx_front_ring_t rx_front;
static netif_tx_front_ring_t tx_front;
static struct device_stats stats;
static struct backend be = {.domid = 6, .stats = &stats};
static struct net_queue q;
static int tap;
static unsigned int notified;
static void (*on_notify)(void);

#include "../grant_copy.h"

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    notified++;
    if (on_notify)
        on_notify();
    return 0;
}

void loop_change(struct source *s, uint32_t events)
{
    (void)s;
    (void)events;
}

void log_msg(const char *fmt, ...)
{
    (void)fmt;
}

static void begin(void)
{
    netif_tx_sring_t *tx = (void *)tx_page;
    netif_rx_sring_t *rx = (void *)rx_page;
    int pair[2], size = 1 << 20;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    tap = pair[0];
    SHARED_RING_INIT(tx);
    SHARED_RING_INIT(rx);
    FRONT_RING_INIT(&tx_front, tx, 4096);
    FRONT_RING_INIT(&rx_front, rx, 4096);
    q = (struct net_queue){.be = &be, .tap = pair[1], .polling = true};
    q.tx_buffer = malloc(COPY_BYTES);
    q.rx_buffer = malloc(COPY_BYTES);
    q.held = malloc(PACKET_MAX + 1);
    BACK_RING_INIT(&q.tx, tx, 4096);
    BACK_RING_INIT(&q.rx, rx, 4096);
}

static void end(void)
{
    free(q.tx_buffer);
    free(q.rx_buffer);
    free(q.held);
    close(tap);
    close(q.tap);
}

TestSuite(flow, .init = begin, .fini = end);

static uint8_t pattern(uint32_t packet, uint32_t at)
{
    return packet * 31 + at * 7 + (at >> 8);
}

static void offer(unsigned int count)
{
    for (; count; count--, rx_front.req_prod_pvt++) {
        RING_IDX at = rx_front.req_prod_pvt;

        *RING_GET_REQUEST(&rx_front, at) =
            (netif_rx_request_t){.id = at % PAGES, .gref = at % PAGES};
    }
    RING_PUSH_REQUESTS(&rx_front);
}

static void arrive(uint32_t number, uint32_t len, uint16_t gso)
{
    struct virtio_net_hdr header = {.gso_type = gso ? VIRTIO_NET_HDR_GSO_TCPV4 : 0,
                                    .gso_size = gso};
    uint8_t *data = malloc(len);
    struct iovec iov[2] = {{&header, sizeof(header)}, {data, len}};

    for (uint32_t i = 0; i < len; i++)
        data[i] = pattern(number, i);
    cr_assert_eq(writev(tap, iov, 2), (ssize_t)(len + sizeof(header)));
    free(data);
}

/* The guest takes one packet, checks its bytes, and returns its length; 0: there is none. */
static uint32_t take(uint32_t number, uint16_t gso)
{
    uint32_t len = 0, slot = 0;
    netif_rx_response_t rsp;

    if (!RING_HAS_UNCONSUMED_RESPONSES(&rx_front))
        return 0;
    do {
        RING_COPY_RESPONSE(&rx_front, rx_front.rsp_cons, &rsp);
        cr_assert_eq(rsp.id, rx_front.rsp_cons % PAGES);
        cr_assert_gt(rsp.status, 0);
        for (int i = 0; i < rsp.status; i++)
            cr_assert_eq(guest[rsp.id][i], pattern(number, len + i), "packet %u byte %u", number,
                         len + i);
        len += rsp.status;
        rx_front.rsp_cons++;
        if (slot++ == 0 && gso) {
            struct netif_extra_info extra;

            cr_assert(rsp.flags & NETRXF_extra_info);
            memcpy(&extra, RING_GET_RESPONSE(&rx_front, rx_front.rsp_cons), sizeof(extra));
            cr_assert_eq(extra.u.gso.size, gso);
            rx_front.rsp_cons++;
        }
    } while (rsp.flags & NETRXF_more_data);
    return len;
}

Test(flow, packets_of_all_sizes_arrive_whole)
{
    static const uint32_t lens[] = {60, 4096, 4097, 1514, 65000, 65226, 66, 8192, 30000};

    for (uint32_t round = 0; round < 40; round++) {
        uint32_t n = sizeof(lens) / sizeof(lens[0]);

        offer(PAGES - (rx_front.req_prod_pvt - rx_front.rsp_cons));
        for (uint32_t i = 0; i < n; i++)
            arrive(round + i, lens[i], i & 1 ? 1448 : 0);
        while (net_receive(&q))
            ;
        for (uint32_t i = 0; i < n; i++)
            cr_assert_eq(take(round + i, i & 1 ? 1448 : 0), lens[i]);
    }
    cr_assert_gt(notified, 0);
}

Test(flow, a_packet_waits_for_room)
{
    offer(3);
    arrive(1, 60, 0);
    arrive(2, 9000, 1448); /* four slots */
    cr_assert_not(net_receive(&q));
    cr_assert_eq(take(1, 0), 60);
    cr_assert_eq(take(2, 1448), 0);
    cr_assert_not(q.polling);
    cr_assert_eq(q.rx.sring->req_event, q.rx.req_cons + 4);
    offer(2);
    net_receive(&q);
    cr_assert_eq(take(2, 1448), 9000);
    cr_assert(q.polling);
    cr_assert_eq(stats.of[STATS_RECEIVE].requests, 2);
    cr_assert_eq(stats.of[STATS_RECEIVE].bytes, 9060);
    cr_assert_eq(stats.merges, 1);
}

static void give(uint32_t page, uint16_t offset, uint16_t size, uint16_t flags)
{
    *RING_GET_REQUEST(&tx_front, tx_front.req_prod_pvt) = (netif_tx_request_t){
        .gref = page, .offset = offset, .size = size, .flags = flags, .id = page};
    tx_front.req_prod_pvt++;
}

Test(flow, packets_leave_whole_and_each_slot_is_answered)
{
    struct virtio_net_hdr header;
    uint8_t data[8192];
    struct iovec iov[2] = {{&header, sizeof(header)}, {data, sizeof(data)}};

    for (unsigned int i = 0; i < 4096; i++) {
        guest[3][i] = pattern(9, i);
        guest[4][i] = pattern(9, i + 3000);
    }
    for (int round = 0; round < 300; round++) {
        give(3, 0, 5000, NETTXF_more_data);
        give(4, 0, 2000, 0);
        RING_PUSH_REQUESTS(&tx_front);
        net_transmit(&q);
        cr_assert_eq(readv(tap, iov, 2), (ssize_t)(5000 + sizeof(header)));
        for (unsigned int i = 0; i < 5000; i++)
            cr_assert_eq(data[i], pattern(9, i));
        for (int slot = 0; slot < 2; slot++) {
            netif_tx_response_t *rsp = RING_GET_RESPONSE(&tx_front, tx_front.rsp_cons++);

            cr_assert(rsp->status == NETIF_RSP_OKAY && rsp->id == 3 + slot);
        }
        cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&tx_front));
    }
    cr_assert_eq(stats.of[STATS_SEND].requests, 300);
    cr_assert_eq(stats.of[STATS_SEND].bytes, 300 * 5000);
    cr_assert_eq(stats.of[STATS_SEND].errors, 0);
}

Test(flow, refused_grant_is_an_error_for_its_packet_only)
{
    struct virtio_net_hdr header;
    uint8_t data[100];
    struct iovec iov[2] = {{&header, sizeof(header)}, {data, sizeof(data)}};

    give(PAGES, 0, 60, 0);
    give(5, 0, 61, 0);
    RING_PUSH_REQUESTS(&tx_front);
    net_transmit(&q);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, 0)->status, NETIF_RSP_ERROR);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, 1)->status, NETIF_RSP_OKAY);
    cr_assert_eq(readv(tap, iov, 2), (ssize_t)(61 + sizeof(header)));
    cr_assert_lt(readv(tap, iov, 2), 0);
    cr_assert_eq(stats.of[STATS_SEND].errors, 1);
}

Test(flow, impossible_indices_stop_the_ring)
{
    tx_front.sring->req_prod = 1000;
    cr_assert_not(net_transmit(&q));
    cr_assert(q.broken);
    tx_front.sring->req_prod = 0;
    give(5, 0, 60, 0);
    RING_PUSH_REQUESTS(&tx_front);
    cr_assert_not(net_transmit(&q));
    cr_assert_eq(q.tx.req_cons, 0, "nothing more is taken");
}

Test(flow, impossible_indices_stop_the_receiver)
{
    rx_front.sring->req_prod = 1000;
    arrive(1, 60, 0);
    cr_assert_not(net_receive(&q));
    cr_assert(q.broken);
    cr_assert_not(q.polling, "packets are no reason to look again");
    rx_front.sring->req_prod = 0;
    offer(2);
    cr_assert_not(net_receive(&q));
    cr_assert_eq(take(1, 0), 0);
}

Test(flow, a_ring_broken_by_the_sender_is_no_receiver_either)
{
    tx_front.sring->req_prod = 1000;
    net_transmit(&q);
    offer(2);
    arrive(1, 60, 0);
    cr_assert_not(net_receive(&q));
    cr_assert_not(q.polling);
    cr_assert_eq(take(1, 0), 0);
}

/* What is not a packet is neither copied nor sent; its neighbours are. */
Test(flow, bad_packets_do_not_leave)
{
    uint8_t data[100];
    struct virtio_net_hdr header;
    struct iovec iov[2] = {{&header, sizeof(header)}, {data, sizeof(data)}};

    give(1, 0, 13, 0);    /* shorter than its header */
    give(2, 4000, 97, 0); /* beyond its page */
    give(3, 0, 60, 0);
    give(4, 0, 100, NETTXF_more_data); /* less than its pieces */
    give(5, 0, 4096, NETTXF_more_data);
    give(6, 0, 4096, 0);
    RING_PUSH_REQUESTS(&tx_front);
    net_transmit(&q);
    for (int i = 0; i < 6; i++)
        cr_assert_eq(RING_GET_RESPONSE(&tx_front, i)->status,
                     i == 2 ? NETIF_RSP_OKAY : NETIF_RSP_ERROR, "%d", i);
    cr_assert_eq(copied, 1);
    cr_assert_eq(readv(tap, iov, 2), (ssize_t)(60 + sizeof(header)));
    cr_assert_lt(read(tap, data, sizeof(data)), 0);
}

/* Nothing is sent of a copy that did not happen, or is said to have arrived. */
Test(flow, a_refused_hypercall_is_an_error_for_all)
{
    uint8_t data[100];

    copy_refused = true;
    give(4, 0, 60, 0);
    give(5, 0, 61, 0);
    RING_PUSH_REQUESTS(&tx_front);
    net_transmit(&q);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(RING_GET_RESPONSE(&tx_front, i)->status, NETIF_RSP_ERROR);
    cr_assert_lt(read(tap, data, sizeof(data)), 0);
    offer(4);
    arrive(1, 5000, 0);
    net_receive(&q);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(RING_GET_RESPONSE(&rx_front, i)->status, NETIF_RSP_ERROR);
}

Test(flow, a_buffer_that_is_not_granted_is_an_error_for_its_piece)
{
    offer(3);
    RING_GET_REQUEST(&rx_front, 1)->gref = PAGES;
    arrive(1, 10000, 0);
    net_receive(&q);
    cr_assert_eq(RING_GET_RESPONSE(&rx_front, 0)->status, 4096);
    cr_assert_eq(RING_GET_RESPONSE(&rx_front, 1)->status, NETIF_RSP_ERROR);
    cr_assert_eq(RING_GET_RESPONSE(&rx_front, 2)->status, 10000 - 8192);
    cr_assert_eq(stats.of[STATS_RECEIVE].errors, 1);
}

/* A segmented packet has a slot that is no piece: its answer says so. */
Test(flow, extra_slots_get_an_answer_of_their_own)
{
    static const uint8_t tcp4[54] = {[12] = 0x08, 0x00, [14] = 0x45, [23] = 6, [46] = 0x50};
    struct netif_extra_info gso = {.type = XEN_NETIF_EXTRA_TYPE_GSO,
                                   .u.gso = {.size = 1448, .type = XEN_NETIF_GSO_TYPE_TCPV4}};

    memcpy(guest[3], tcp4, sizeof(tcp4));
    give(3, 0, 4000, NETTXF_extra_info | NETTXF_more_data | NETTXF_csum_blank);
    memcpy(RING_GET_REQUEST(&tx_front, tx_front.req_prod_pvt++), &gso, sizeof(gso));
    give(4, 0, 1000, 0);
    RING_PUSH_REQUESTS(&tx_front);
    net_transmit(&q);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, 0)->status, NETIF_RSP_OKAY);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, 1)->status, NETIF_RSP_NULL);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, 2)->status, NETIF_RSP_OKAY);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, 2)->id, 4);
}

/* As much as the buffers of one copy hold, and a packet more: full rings of the largest. */
Test(flow, batches_stay_within_their_buffers)
{
    uint8_t data[PACKET_MAX + 100];
    unsigned int sent = 0;

    for (unsigned int i = 0; i < 15; i++) {
        give(1, 0, 65535, NETTXF_more_data);
        for (unsigned int piece = 0; piece < 16; piece++)
            give(2 + piece, 0, piece < 15 ? 4096 : 4095, piece < 15 ? NETTXF_more_data : 0);
    }
    RING_PUSH_REQUESTS(&tx_front);
    for (unsigned int i = 0; i < 10; i++) {
        net_transmit(&q);
        while (read(tap, data, sizeof(data)) > 0)
            sent++;
    }
    cr_assert_eq(sent, 15);
    for (unsigned int i = 0; i < 14; i++) { /* many small pieces */
        give(1, 0, 180, NETTXF_more_data);
        for (unsigned int piece = 0; piece < 17; piece++)
            give(2 + piece, 0, 10, piece < 16 ? NETTXF_more_data : 0);
    }
    RING_PUSH_REQUESTS(&tx_front);
    for (sent = 0; net_transmit(&q);)
        ;
    while (read(tap, data, sizeof(data)) > 0)
        sent++;
    cr_assert_eq(sent, 14);
    static const struct {
        uint32_t len;
        unsigned int count;
    } rounds[] = {{60, 250}, {4096, 100}, {60, 250}, {4097, 100}};
    for (unsigned int round = 0; round < 4; round++) {
        offer(PAGES - (rx_front.req_prod_pvt - rx_front.rsp_cons));
        for (unsigned int i = 0; i < rounds[round].count; i++)
            arrive(i, rounds[round].len, 0);
        for (unsigned int i = 0; i < 10; i++)
            net_receive(&q);
        for (unsigned int i = 0; i < rounds[round].count; i++)
            cr_assert_eq(take(i, 0), rounds[round].len);
    }
}

/* As many packets that are refused as there is room for; wants to hear of each answer. */
static void give_nonsense(void)
{
    tx_front.rsp_cons = tx_front.sring->rsp_prod;
    tx_front.sring->rsp_event = tx_front.rsp_cons + 1;
    while (!RING_FULL(&tx_front))
        give(1, 0, 1, 0);
    RING_PUSH_REQUESTS(&tx_front);
}

Test(flow, one_call_takes_a_bounded_number, .timeout = 20)
{
    give_nonsense();
    on_notify = give_nonsense;
    cr_assert(net_transmit(&q), "there is more");
    cr_assert_leq(q.tx.req_cons, 8 * RING_SIZE(&q.tx));
}

/* A packet whose end never comes is no reason to look at the ring again and again. */
Test(flow, half_a_packet_is_waited_for_without_spinning)
{
    give(1, 0, 100, NETTXF_more_data);
    RING_PUSH_REQUESTS(&tx_front);
    cr_assert_not(net_transmit(&q));
    cr_assert_eq(q.tx.req_cons, 0);
    give(2, 0, 50, 0);
    RING_PUSH_REQUESTS(&tx_front);
    net_transmit(&q);
    cr_assert_eq(q.tx.req_cons, 2);
}

/* Lost packets are no error for the guest; the bound on a call holds for them, too. */
Test(flow, packets_are_lost_on_demand)
{
    be.inject.drop_ppm = INJECT_PPM;
    give(3, 0, 100, 0);
    RING_PUSH_REQUESTS(&tx_front);
    net_transmit(&q);
    cr_assert_eq(RING_GET_RESPONSE(&tx_front, tx_front.rsp_cons++)->status, NETIF_RSP_OKAY);
    cr_assert_eq(stats.of[STATS_SEND].dropped, 1);
    offer(10);
    for (uint32_t i = 0; i <= COPY_SEGMENTS; i++)
        arrive(i, 60, 0);
    cr_assert(net_receive(&q), "there may be more");
    cr_assert_eq(stats.of[STATS_RECEIVE].dropped, COPY_SEGMENTS);
    net_receive(&q);
    cr_assert_eq(stats.of[STATS_RECEIVE].dropped, COPY_SEGMENTS + 1);
    cr_assert_eq(take(0, 0), 0);
    be.inject.drop_ppm = 0;
    arrive(7, 60, 0);
    net_receive(&q);
    cr_assert_eq(take(7, 0), 60);
}
