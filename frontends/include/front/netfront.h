/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network front-end: one queue, one page a packet, no offloads asked for.  Life order: open,
 * send and receive, close.
 */
#ifndef FRONT_NETFRONT_H
#define FRONT_NETFRONT_H

#include <front/xenbus.h>
#include <front/ring.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/io/netif.h>

#define NET_SLOTS 32 /* packets in flight each way (the rings have room for 256) */
#define NET_MTU   1500
#define NET_FRAME (NET_MTU + 14)

struct net_buffer {
    void *page;
    uint32_t ref;
    bool busy;
};

struct netfront {
    struct xenbus_device bus;
    netif_tx_front_ring_t tx;
    netif_rx_front_ring_t rx;
    uint32_t tx_ref, rx_ref;
    evtchn_port_t port;
    struct net_buffer tx_buf[NET_SLOTS], rx_buf[NET_SLOTS];
    uint8_t mac[6];
    uint64_t sent, received, dropped;
};

/* Connects NIC number `index` (in xenstore's order); 0 or a negative error. */
long netfront_open(struct netfront *n, unsigned index);
/* Sends one Ethernet frame (copied); -EAGAIN while every slot is taken. */
long netfront_send(struct netfront *n, const void *frame, size_t len);
/* Copies the next received frame into `buf` (NET_FRAME bytes); its length, or 0 if there is none.
 */
size_t netfront_receive(struct netfront *n, void *buf);
/* Waits until a frame has come or env_now() reaches `until`. */
void netfront_wait(struct netfront *n, uint64_t until);
void netfront_close(struct netfront *n);

#endif
