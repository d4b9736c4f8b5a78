/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in the transmit ring; see packet.h. */
#include <netinet/in.h>
#include <string.h>

#include "net/packet.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8

/* Extension headers looked at before the transport; nobody sends more. */
#define IPV6_EXTENSIONS 4

static void read_extra(struct packet *p, const struct netif_extra_info *extra)
{
    if (extra->type != XEN_NETIF_EXTRA_TYPE_GSO) {
        p->bad = true; /* nothing else was offered */
        return;
    }
    p->gso_type = extra->u.gso.type;
    p->gso_size = extra->u.gso.size;
    if (!p->gso_size ||
        (p->gso_type != XEN_NETIF_GSO_TYPE_TCPV4 && p->gso_type != XEN_NETIF_GSO_TYPE_TCPV6))
        p->bad = true;
}

/* The extra slots after the first; false if the last one is not there. */
static bool read_extras(const netif_tx_back_ring_t *ring, RING_IDX at, RING_IDX waiting,
                        struct packet *p)
{
    struct netif_extra_info extra;

    do {
        netif_tx_request_t slot;

        if (p->slots >= waiting)
            return false;
        RING_COPY_REQUEST(ring, at + p->slots, &slot);
        memcpy(&extra, &slot, sizeof(extra));
        read_extra(p, &extra);
        p->slots++;
        p->extras++;
    } while (extra.flags & XEN_NETIF_EXTRA_FLAG_MORE);
    return true;
}

static void add_piece(struct packet *p, const netif_tx_request_t *slot)
{
    if (p->pieces == PACKET_PIECES || slot->offset + slot->size > (int)RING_PAGE) {
        p->bad = true;
        return;
    }
    p->piece[p->pieces++] = (struct packet_piece){slot->gref, slot->offset, slot->size};
}

/* The first slot's size is that of the whole packet; its own part is what the others leave. */
static void settle_first(struct packet *p, const netif_tx_request_t *first, uint32_t rest)
{
    p->len = first->size;
    if (first->size < rest || first->size < ETHER_HEADER ||
        first->offset + (first->size - rest) > RING_PAGE)
        p->bad = true;
    else
        p->piece[0] =
            (struct packet_piece){first->gref, first->offset, (uint16_t)(first->size - rest)};
}

bool packet_read(const netif_tx_back_ring_t *ring, RING_IDX at, RING_IDX waiting, struct packet *p)
{
    netif_tx_request_t first, slot;
    uint32_t rest = 0;

    memset(p, 0, sizeof(*p));
    if (waiting == 0)
        return false;
    RING_COPY_REQUEST(ring, at, &first);
    p->flags = first.flags;
    p->slots = p->pieces = 1;
    if ((first.flags & NETTXF_extra_info) && !read_extras(ring, at, waiting, p))
        return false;
    for (slot = first; slot.flags & NETTXF_more_data; p->slots++) {
        if (p->slots >= waiting)
            return false;
        RING_COPY_REQUEST(ring, at + p->slots, &slot);
        add_piece(p, &slot);
        rest += slot.size;
    }
    settle_first(p, &first, rest);
    return true;
}

static unsigned int get16(const uint8_t *p)
{
    return p[0] << 8 | p[1];
}

/* Where the transport header begins, and its protocol; 0 if that cannot be told. */
static size_t find_transport(const uint8_t *data, size_t len, int *protocol, bool *ipv6)
{
    size_t at = ETHER_HEADER;
    unsigned int type = get16(data + 12);

    while ((type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) && at + 4 <= len) {
        type = get16(data + at + 2);
        at += 4;
    }
    *ipv6 = type == ETHERTYPE_IPV6;
    if (type == ETHERTYPE_IPV4 && at + 20 <= len) {
        size_t header = (data[at] & 15) * 4u;

        /* Only the first fragment has a transport header, and that one has no full checksum. */
        if (header < 20 || (get16(data + at + 6) & 0x3fff))
            return 0;
        *protocol = data[at + 9];
        return at + header;
    }
    if (!*ipv6 || at + 40 > len)
        return 0;
    *protocol = data[at + 6];
    at += 40;
    for (int i = 0; i < IPV6_EXTENSIONS; i++) {
        if (*protocol != IPPROTO_HOPOPTS && *protocol != IPPROTO_ROUTING &&
            *protocol != IPPROTO_DSTOPTS)
            return at;
        if (at + 8 > len)
            return 0;
        *protocol = data[at];
        at += 8u * (data[at + 1] + 1u);
    }
    return 0;
}

bool packet_header(const struct packet *p, const uint8_t *data, size_t len,
                   struct virtio_net_hdr *header)
{
    size_t start, end;
    int protocol;
    bool ipv6;

    memset(header, 0, sizeof(*header));
    if (!p->gso_size && !(p->flags & NETTXF_csum_blank)) {
        if (p->flags & NETTXF_data_validated)
            header->flags = VIRTIO_NET_HDR_F_DATA_VALID;
        return true;
    }
    start = len < ETHER_HEADER ? 0 : find_transport(data, len, &protocol, &ipv6);
    if (start == 0 || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP))
        return false;
    end = start + (protocol == IPPROTO_TCP ? 20 : 8);
    if (end > len)
        return false;
    header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    header->csum_start = (uint16_t)start;
    header->csum_offset = protocol == IPPROTO_TCP ? 16 : 6;
    if (!p->gso_size)
        return true;
    if (protocol != IPPROTO_TCP || ipv6 != (p->gso_type == XEN_NETIF_GSO_TYPE_TCPV6))
        return false;
    end = start + (data[start + 12] >> 4) * 4u;
    if (end < start + 20 || end > len)
        return false;
    header->gso_type = ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
    header->gso_size = p->gso_size;
    header->hdr_len = (uint16_t)end;
    return true;
}

struct packet_hints packet_hints(const struct virtio_net_hdr *header)
{
    struct packet_hints h = {0};

    if (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        h.flags = NETRXF_csum_blank | NETRXF_data_validated;
    else if (header->flags & VIRTIO_NET_HDR_F_DATA_VALID)
        h.flags = NETRXF_data_validated;
    switch (header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_TCPV4:
        h.gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
        break;
    case VIRTIO_NET_HDR_GSO_TCPV6:
        h.gso_type = XEN_NETIF_GSO_TYPE_TCPV6;
        break;
    default:
        return h;
    }
    h.gso_size = header->gso_size;
    h.flags |= NETRXF_extra_info;
    return h;
}
