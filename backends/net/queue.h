/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pair of rings and the TAP queue between which packets go; a NIC has one or several such pairs.
 * Names are the guest's: it transmits into the TAP, and receives what is read from there.
 */
#ifndef NET_QUEUE_H
#define NET_QUEUE_H

#include "lib/backend.h"
#include "lib/loop.h"
#include "net/connection.h"
#include "net/packet.h"

/* What is copied by one hypercall at most: a few large packets, or many small ones. */
#define COPY_SEGMENTS 128u
#define COPY_BYTES    (4 * (PACKET_MAX + 1))

struct net_queue {
    struct backend *be;
    int tap; /* non-blocking */
    netif_tx_back_ring_t tx;
    netif_rx_back_ring_t rx;
    int tx_port, rx_port; /* the same one if the guest does not split */
    bool broken;          /* the guest wrote impossible indices */
    struct source tap_source;
    bool polling;                   /* the TAP is waited for */
    uint8_t *tx_buffer, *rx_buffer; /* COPY_BYTES each, in the area that grants are copied with */
    /* The packet read last, while the guest has no room for it. */
    struct virtio_net_hdr held_header;
    uint32_t held_len; /* 0: none */
    uint8_t *held;
};

/*
 * Maps the guest's rings and binds its ports.  It continues where the rings stand, which for a new
 * front-end is the beginning.  0, or -1 with be->fail.
 */
int net_queue_open(struct net_queue *q, const struct net_ends *ends,
                   const struct net_abilities *can);
void net_queue_close(struct net_queue *q);

/* Lets the interface put packets into this queue of its, or not. */
void net_tap_use(int tap, bool on);

/* Sends what the guest has in its ring, up to a bound; true if there may be more. */
bool net_transmit(struct net_queue *q);

/* Gives the guest packets from the TAP while it has room, up to a bound; true if more may wait. */
bool net_receive(struct net_queue *q);

#endif
