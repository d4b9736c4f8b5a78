/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet as the guest describes it in its transmit ring (io/netif.h), and the header of it that
 * the TAP wants.  Pure: the ring's slots are copied once each, and only the copies are looked at.
 */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ring.h"
#include <xen/io/netif.h>

/* A packet has at most that many pieces; io/netif.h promises the guest at least 18. */
#define PACKET_PIECES XEN_NETIF_NR_SLOTS_MIN
#define PACKET_MAX    65535u
#define ETHER_HEADER  14u

struct packet_piece {
    uint32_t gref;
    uint16_t offset, len;
};

struct packet {
    bool bad;            /* to be answered with an error, not sent */
    uint16_t flags;      /* NETTXF_* of the first slot */
    uint16_t gso_size;   /* 0: none */
    uint8_t gso_type;    /* XEN_NETIF_GSO_TYPE_* */
    uint32_t len;        /* of all pieces */
    unsigned int pieces; /* entries of piece[] */
    RING_IDX slots;      /* ring slots it takes, extra ones included */
    RING_IDX extras;     /* of these, right after the first one */
    struct packet_piece piece[PACKET_PIECES];
};

/*
 * Reads the packet that begins at @at of @ring, of whose slots @waiting are published.  False if
 * its end is not published yet, or if it is of more slots than the ring has: nothing to take.
 */
bool packet_read(const netif_tx_back_ring_t *ring, RING_IDX at, RING_IDX waiting, struct packet *p);

/*
 * Writes the header for the TAP: where the checksum goes and how to cut the packet up.  @data are
 * its first @len bytes.  False if the packet is not what its flags say.
 */
bool packet_header(const struct packet *p, const uint8_t *data, size_t len,
                   struct virtio_net_hdr *header);

/* The guest's flags and GSO fields for a packet read from the TAP with @header. */
struct packet_hints {
    uint16_t flags; /* NETRXF_* */
    uint16_t gso_size;
    uint8_t gso_type;
};
struct packet_hints packet_hints(const struct virtio_net_hdr *header);

#endif
