/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets as a guest describes them in its transmit ring, honest and not. */
#include <criterion/criterion.h>

#include "net/packet.h"

static _Alignas(4096) uint8_t page[4096];
static netif_tx_back_ring_t ring;

static void begin(void)
{
    netif_tx_sring_t *sring = (netif_tx_sring_t *)page;

    memset(page, 0, sizeof(page));
    BACK_RING_ATTACH(&ring, sring, 0, sizeof(page));
}

static void put(RING_IDX at, uint16_t offset, uint16_t size, uint16_t flags)
{
    *RING_GET_REQUEST(&ring, at) = (netif_tx_request_t){
        .gref = 100 + at, .offset = offset, .flags = flags, .id = at, .size = size};
}

static void put_gso(RING_IDX at, uint8_t type, uint16_t size, uint8_t flags)
{
    struct netif_extra_info extra = {
        .type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = flags, .u.gso = {.size = size, .type = type}};

    memcpy(RING_GET_REQUEST(&ring, at), &extra, sizeof(extra));
}

TestSuite(packet, .init = begin);

Test(packet, one_slot)
{
    struct packet p;

    put(0, 64, 60, 0);
    cr_assert(packet_read(&ring, 0, 1, &p));
    cr_assert(!p.bad && p.slots == 1 && p.pieces == 1 && p.len == 60);
    cr_assert(p.piece[0].gref == 100 && p.piece[0].offset == 64 && p.piece[0].len == 60);
    cr_assert_not(packet_read(&ring, 0, 0, &p));
}

Test(packet, pieces)
{
    struct packet p;

    put(0, 96, 5000, NETTXF_more_data);
    put(1, 0, 4000, NETTXF_more_data);
    put(2, 10, 500, 0);
    cr_assert(packet_read(&ring, 0, 3, &p));
    cr_assert(!p.bad && p.slots == 3 && p.pieces == 3 && p.len == 5000);
    cr_assert_eq(p.piece[0].len, 500);
    cr_assert_eq(p.piece[2].gref, 102);
    cr_assert_not(packet_read(&ring, 0, 2, &p)); /* its end is not published */
}

Test(packet, gso)
{
    struct packet p;

    put(0, 0, 6000, NETTXF_extra_info | NETTXF_more_data | NETTXF_csum_blank);
    put_gso(1, XEN_NETIF_GSO_TYPE_TCPV4, 1448, 0);
    put(2, 0, 3000, 0);
    cr_assert(packet_read(&ring, 0, 3, &p));
    cr_assert(!p.bad && p.slots == 3 && p.extras == 1 && p.pieces == 2);
    cr_assert_eq(p.gso_size, 1448);
    put_gso(1, 7, 1448, 0);
    cr_assert(packet_read(&ring, 0, 3, &p));
    cr_assert(p.bad);
    put_gso(1, XEN_NETIF_GSO_TYPE_TCPV4, 0, 0);
    cr_assert(packet_read(&ring, 0, 3, &p));
    cr_assert(p.bad, "segments of nothing");
    put_gso(1, XEN_NETIF_GSO_TYPE_TCPV4, 1448, XEN_NETIF_EXTRA_FLAG_MORE);
    cr_assert_not(packet_read(&ring, 0, 2, &p));
    put_gso(2, XEN_NETIF_GSO_TYPE_TCPV4, 1448, XEN_NETIF_EXTRA_FLAG_MORE);
    cr_assert_not(packet_read(&ring, 0, 3, &p));
    put(0, 0, 60, NETTXF_extra_info);
    cr_assert_not(packet_read(&ring, 0, 1, &p), "the extra slot is not published");
    struct netif_extra_info other = {.type = XEN_NETIF_EXTRA_TYPE_MCAST_ADD,
                                     .u.gso = {.size = 1448, .type = XEN_NETIF_GSO_TYPE_TCPV4}};
    memcpy(RING_GET_REQUEST(&ring, 1), &other, sizeof(other));
    cr_assert(packet_read(&ring, 0, 2, &p));
    cr_assert(p.bad, "not offered");
}

Test(packet, lies_about_sizes)
{
    struct packet p;

    put(0, 0, 13, 0); /* less than an Ethernet header */
    cr_assert(packet_read(&ring, 0, 1, &p) && p.bad);
    put(0, 4000, 97, 0); /* beyond its page */
    cr_assert(packet_read(&ring, 0, 1, &p) && p.bad);
    put(0, 0, 100, NETTXF_more_data); /* pieces longer than the whole */
    put(1, 0, 101, 0);
    cr_assert(packet_read(&ring, 0, 2, &p) && p.bad);
    put(0, 1, 100, NETTXF_more_data); /* ... by so much that the difference wraps to nothing */
    put(1, 0, 101, 0);
    cr_assert(packet_read(&ring, 0, 2, &p) && p.bad);
    put(0, 50, 100, NETTXF_more_data);
    put(1, 0, 120, 0);
    cr_assert(packet_read(&ring, 0, 2, &p) && p.bad);
    put(0, 0, 200, NETTXF_more_data);
    put(1, 4095, 2, 0);
    cr_assert(packet_read(&ring, 0, 2, &p) && p.bad);
}

Test(packet, endless_chain)
{
    struct packet p;

    for (RING_IDX i = 0; i < RING_SIZE(&ring); i++)
        put(i, 0, 20, NETTXF_more_data);
    cr_assert_not(packet_read(&ring, 0, RING_SIZE(&ring), &p));
    put(PACKET_PIECES + 3, 0, 20, 0);
    cr_assert(packet_read(&ring, 0, RING_SIZE(&ring), &p));
    cr_assert(p.bad && p.slots == PACKET_PIECES + 4 && p.pieces <= PACKET_PIECES);
}

static const uint8_t tcp4[54] = {[12] = 0x08, 0x00, [14] = 0x45, [23] = 6, [46] = 0x50};
static const uint8_t udp6[62] = {[12] = 0x86, 0xdd, [14] = 0x60, [20] = 17};

Test(header, checksum_of_tcp_over_ipv4)
{
    struct packet p = {.flags = NETTXF_csum_blank};
    struct virtio_net_hdr h;

    cr_assert(packet_header(&p, tcp4, sizeof(tcp4), &h));
    cr_assert(h.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM && h.csum_start == 34 && h.csum_offset == 16);
    cr_assert_not(packet_header(&p, tcp4, 53, &h));
    p.flags = 0;
    cr_assert(packet_header(&p, tcp4, sizeof(tcp4), &h));
    cr_assert_eq(h.flags, 0);
}

Test(header, checksum_of_udp_over_ipv6)
{
    struct packet p = {.flags = NETTXF_csum_blank};
    struct virtio_net_hdr h;

    cr_assert(packet_header(&p, udp6, sizeof(udp6), &h));
    cr_assert(h.csum_start == 54 && h.csum_offset == 6);
}

Test(header, segmentation)
{
    struct packet p = {.gso_size = 1448, .gso_type = XEN_NETIF_GSO_TYPE_TCPV4};
    struct virtio_net_hdr h;

    cr_assert(packet_header(&p, tcp4, sizeof(tcp4), &h));
    cr_assert(h.gso_type == VIRTIO_NET_HDR_GSO_TCPV4 && h.gso_size == 1448 && h.hdr_len == 54);
    p.gso_type = XEN_NETIF_GSO_TYPE_TCPV6;
    cr_assert_not(packet_header(&p, tcp4, sizeof(tcp4), &h));
    cr_assert_not(packet_header(&p, udp6, sizeof(udp6), &h));
}

Test(header, not_what_its_flags_say)
{
    struct packet p = {.flags = NETTXF_csum_blank};
    uint8_t data[54];
    struct virtio_net_hdr h;

    memcpy(data, tcp4, sizeof(data));
    data[14] = 0x44; /* header length below the least */
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
    data[14] = 0x4f;
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
    data[14] = 0x45;
    data[21] = 1; /* a later fragment */
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
    data[21] = 0;
    data[23] = 1; /* ICMP */
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
}

/* Each header is cut off at each length: nothing past the end is looked at. */
Test(header, nothing_is_read_past_the_end)
{
    static const uint8_t vlan[58] = {
        [12] = 0x81, [16] = 0x08, 0, [18] = 0x45, [27] = 6, [50] = 0x50};
    static const uint8_t ext6[70] = {[12] = 0x86, 0xdd, [14] = 0x60, [54] = 17};
    const struct {
        const uint8_t *data;
        size_t len;
    } packets[] = {{tcp4, sizeof(tcp4)}, {udp6, sizeof(udp6)}, {vlan, sizeof(vlan)}, {ext6, 70}};
    struct packet p = {.flags = NETTXF_csum_blank};
    struct virtio_net_hdr h;

    for (size_t i = 0; i < 4; i++) {
        cr_assert(packet_header(&p, packets[i].data, packets[i].len, &h), "%zu", i);
        for (size_t len = 0; len < packets[i].len; len++) {
            uint8_t *data = malloc(len); /* ASan sees one byte too far */

            memcpy(data, packets[i].data, len);
            cr_assert_not(packet_header(&p, data, len, &h), "%zu of %zu", len, i);
            free(data);
        }
    }
}

Test(header, tags_to_the_very_end)
{
    struct packet p = {.flags = NETTXF_csum_blank};
    struct virtio_net_hdr h;

    for (size_t len = 14; len < 100; len++) {
        uint8_t *data = malloc(len);

        for (size_t i = 0; i < len; i++)
            data[i] = i & 1 ? 0 : 0x81;
        cr_assert_not(packet_header(&p, data, len, &h));
        for (size_t i = 0; i < len; i++)
            data[i] = i < 14 ? udp6[i] : 0; /* hop-by-hop headers without end */
        cr_assert_not(packet_header(&p, data, len, &h));
        free(data);
    }
}

Test(header, segmentation_of_its_own_kind_only)
{
    static const uint8_t tcp6[74] = {[12] = 0x86, 0xdd, [14] = 0x60, [20] = 6, [66] = 0x50};
    struct packet p = {.gso_size = 1448, .gso_type = XEN_NETIF_GSO_TYPE_TCPV6};
    struct virtio_net_hdr h;
    uint8_t data[54];

    cr_assert(packet_header(&p, tcp6, sizeof(tcp6), &h));
    cr_assert_eq(h.gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
    p.gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
    cr_assert_not(packet_header(&p, tcp6, sizeof(tcp6), &h), "IPv6 as IPv4");
    memcpy(data, tcp4, sizeof(data));
    data[46] = 0x40; /* a TCP header of 16 bytes */
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
    data[46] = 0x60; /* of more than there is */
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
    data[46] = 0x50;
    cr_assert(packet_header(&p, data, sizeof(data), &h));
    data[23] = 17; /* UDP */
    cr_assert_not(packet_header(&p, data, sizeof(data), &h));
}

Test(hints, from_the_tap)
{
    struct virtio_net_hdr h = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                               .gso_type = VIRTIO_NET_HDR_GSO_TCPV6,
                               .gso_size = 1428};
    struct packet_hints hints = packet_hints(&h);

    cr_assert_eq(hints.flags, NETRXF_csum_blank | NETRXF_data_validated | NETRXF_extra_info);
    cr_assert(hints.gso_size == 1428 && hints.gso_type == XEN_NETIF_GSO_TYPE_TCPV6);
    h = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_DATA_VALID};
    hints = packet_hints(&h);
    cr_assert(hints.flags == NETRXF_data_validated && hints.gso_size == 0);
}
