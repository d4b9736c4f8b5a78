/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and closing of rings and TAP; see queue.h. */
#include "net/queue.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int set_offload(int tap, const struct net_abilities *can)
{
    unsigned int flags = 0;

    if (can->checksum)
        flags |= TUN_F_CSUM;
    if (can->checksum && can->gather && can->tcpv4)
        flags |= TUN_F_TSO4;
    if (can->checksum && can->gather && can->tcpv6)
        flags |= TUN_F_TSO6;
    return ioctl(tap, TUNSETOFFLOAD, flags);
}

static void on_tap(struct source *s, uint32_t events)
{
    (void)s;
    (void)events; /* net_receive() runs in every round of the loop */
}

void net_tap_use(int tap, bool on)
{
    struct ifreq ifr = {.ifr_flags = on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE};

    (void)ioctl(tap, TUNSETQUEUE, &ifr); /* EINVAL: it is so already */
}

static int bind_ports(struct net_queue *q, const struct net_ends *ends)
{
    q->tx_port = backend_bind(q->be, ends->tx_port);
    if (q->tx_port < 0)
        return -1;
    q->rx_port = ends->tx_port == ends->rx_port ? q->tx_port : backend_bind(q->be, ends->rx_port);
    return q->rx_port < 0 ? -1 : 0;
}

static int map_rings(struct net_queue *q, const struct net_ends *ends)
{
    netif_tx_sring_t *tx = backend_map(q->be, &ends->tx_ref, 1);
    netif_rx_sring_t *rx = tx ? backend_map(q->be, &ends->rx_ref, 1) : NULL;

    q->tx.sring = tx;
    if (!rx)
        return -1;
    BACK_RING_ATTACH(&q->tx, tx, *(volatile RING_IDX *)&tx->rsp_prod, RING_PAGE);
    BACK_RING_ATTACH(&q->rx, rx, *(volatile RING_IDX *)&rx->rsp_prod, RING_PAGE);
    return 0;
}

int net_queue_open(struct net_queue *q, const struct net_ends *ends,
                   const struct net_abilities *can)
{
    q->tx_port = q->rx_port = -1;
    q->tap_source = (struct source){.fd = q->tap, .ready = on_tap};
    q->held = malloc(PACKET_MAX + 1);
    q->held_len = 0;
    q->broken = false;
    if (!q->held)
        fail(&q->be->fail, "out of memory");
    else if (map_rings(q, ends))
        fail(&q->be->fail, "cannot map the guest's rings: %s", strerror(errno));
    else if (bind_ports(q, ends))
        fail(&q->be->fail, "cannot bind the guest's event channels: %s", strerror(errno));
    else if (set_offload(q->tap, can) || loop_add(&q->tap_source, EPOLLIN))
        fail(&q->be->fail, "cannot set up the TAP interface: %s", strerror(errno));
    else {
        q->polling = true;
        /* The last notification of the process before may be missing. */
        xenevtchn_notify(q->be->xce, q->tx_port);
        xenevtchn_notify(q->be->xce, q->rx_port);
        return 0;
    }
    net_queue_close(q);
    return -1;
}

void net_queue_close(struct net_queue *q)
{
    loop_del(&q->tap_source);
    if (q->rx_port >= 0 && q->rx_port != q->tx_port)
        xenevtchn_unbind(q->be->xce, q->rx_port);
    if (q->tx_port >= 0)
        xenevtchn_unbind(q->be->xce, q->tx_port);
    backend_unmap(q->be, q->tx.sring, 1);
    backend_unmap(q->be, q->rx.sring, 1);
    free(q->held);
    *q = (struct net_queue){.be = q->be,
                            .tap = q->tap,
                            .tx_port = -1,
                            .rx_port = -1,
                            .tx_buffer = q->tx_buffer,
                            .rx_buffer = q->rx_buffer};
}
