/* SPDX-License-Identifier: BSD-2-Clause */
/* Network front-end on io/netif.h. */
#include <front/env.h>
#include <front/evtchn.h>
#include <front/gnttab.h>
#include <front/lib.h>
#include <front/netfront.h>

static void woken(evtchn_port_t port, void *arg)
{
    (void)port;
    (void)arg;
}

/* Frees the slots of packets the back-end has taken. */
static void reap(struct netfront *n)
{
    RING_IDX prod = __atomic_load_n(&n->tx.sring->rsp_prod, __ATOMIC_ACQUIRE);
    int more;

    if (prod - n->tx.rsp_cons > RING_SIZE(&n->tx))
        return;
    for (; n->tx.rsp_cons != prod; n->tx.rsp_cons++) {
        netif_tx_response_t rsp = *RING_GET_RESPONSE(&n->tx, n->tx.rsp_cons);

        if (rsp.status == NETIF_RSP_NULL || rsp.id >= NET_SLOTS)
            continue;
        n->dropped += rsp.status != NETIF_RSP_OKAY;
        n->tx_buf[rsp.id].busy = false;
    }
    RING_FINAL_CHECK_FOR_RESPONSES(&n->tx, more);
    (void)more; /* looked at again before the next packet */
}

static void offer(struct netfront *n, uint16_t id)
{
    netif_rx_request_t *req = RING_GET_REQUEST(&n->rx, n->rx.req_prod_pvt);

    req->id = id;
    req->gref = n->rx_buf[id].ref;
    n->rx.req_prod_pvt++;
}

static void push_rx(struct netfront *n)
{
    int notify;

    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&n->rx, notify);
    if (notify)
        evtchn_send(n->port);
}

static long make_buffers(struct netfront *n, struct net_buffer *buf, bool read_only)
{
    for (unsigned i = 0; i < NET_SLOTS; i++) {
        long ref;

        buf[i].page = env_page_alloc();
        if (!buf[i].page)
            return -ENOMEM;
        ref = gnttab_grant(n->bus.back_id, buf[i].page, read_only);
        if (ref < 0)
            return ref;
        buf[i].ref = (uint32_t)ref;
    }
    return 0;
}

static void drop_buffers(struct net_buffer *buf)
{
    for (unsigned i = 0; i < NET_SLOTS && buf[i].ref; i++)
        if (!gnttab_end(buf[i].ref))
            env_page_free(buf[i].page);
}

static long make_rings(struct netfront *n)
{
    netif_tx_sring_t *tx = env_page_alloc();
    netif_rx_sring_t *rx = env_page_alloc();
    long rc;

    if (!tx || !rx)
        return -ENOMEM;
    SHARED_RING_INIT(tx);
    FRONT_RING_INIT(&n->tx, tx, PAGE_SIZE);
    SHARED_RING_INIT(rx);
    FRONT_RING_INIT(&n->rx, rx, PAGE_SIZE);
    rc = gnttab_grant(n->bus.back_id, tx, false);
    if (rc < 0)
        return rc;
    n->tx_ref = (uint32_t)rc;
    rc = gnttab_grant(n->bus.back_id, rx, false);
    if (rc < 0)
        return rc;
    n->rx_ref = (uint32_t)rc;
    rc = evtchn_alloc(n->bus.back_id);
    if (rc < 0)
        return rc;
    n->port = (evtchn_port_t)rc;
    evtchn_set_handler(n->port, woken, NULL);
    return 0;
}

static void drop(struct netfront *n)
{
    if (n->port)
        evtchn_close(n->port);
    if (n->tx_ref && !gnttab_end(n->tx_ref))
        env_page_free(n->tx.sring);
    if (n->rx_ref && !gnttab_end(n->rx_ref))
        env_page_free(n->rx.sring);
    drop_buffers(n->tx_buf);
    drop_buffers(n->rx_buf);
}

static void parse_mac(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6 && text[0] && text[1]; i++, text += text[2] ? 3 : 2) {
        char hex[5] = {'0', 'x', text[0], text[1], 0};

        mac[i] = (uint8_t)str_u64(hex, NULL);
    }
}

static long connect(struct netfront *n)
{
    struct xenbus_key keys[8];

    xenbus_key_u64(&keys[0], "tx-ring-ref", n->tx_ref);
    xenbus_key_u64(&keys[1], "rx-ring-ref", n->rx_ref);
    xenbus_key_u64(&keys[2], "event-channel", n->port);
    xenbus_key_u64(&keys[3], "request-rx-copy", 1);
    xenbus_key_u64(&keys[4], "feature-rx-notify", 1);
    xenbus_key_u64(&keys[5], "feature-no-csum-offload", 1);
    xenbus_key_u64(&keys[6], "feature-sg", 0);
    xenbus_key_u64(&keys[7], "feature-gso-tcpv4", 0);
    return xenbus_connect(&n->bus, keys, array_size(keys), XenbusStateConnected);
}

long netfront_open(struct netfront *n, unsigned index)
{
    char mac[24];
    long rc;

    memset(n, 0, sizeof(*n));
    rc = xenbus_open(&n->bus, "vif", index);
    if (rc < 0)
        return rc;
    if (store_read(n->bus.front, "mac", mac, sizeof(mac)) < 0)
        return -EINVAL;
    parse_mac(mac, n->mac);
    rc = xenbus_wait(&n->bus, 1u << XenbusStateInitWait, XENBUS_PATIENCE);
    if (rc < 0)
        return rc;
    rc = make_rings(n);
    if (!rc)
        rc = make_buffers(n, n->tx_buf, true);
    if (!rc)
        rc = make_buffers(n, n->rx_buf, false);
    if (!rc) {
        for (uint16_t i = 0; i < NET_SLOTS; i++)
            offer(n, i);
        push_rx(n);
        rc = connect(n);
    }
    if (rc)
        drop(n);
    else
        evtchn_send(n->port); /* the back-end was not there yet when the buffers were offered */
    return rc;
}

long netfront_send(struct netfront *n, const void *frame, size_t len)
{
    netif_tx_request_t *req;
    unsigned id = 0;
    int notify;

    if (len > NET_FRAME)
        return -E2BIG;
    reap(n);
    while (id < NET_SLOTS && n->tx_buf[id].busy)
        id++;
    if (id == NET_SLOTS)
        return -EAGAIN;
    n->tx_buf[id].busy = true;
    memcpy(n->tx_buf[id].page, frame, len);
    req = RING_GET_REQUEST(&n->tx, n->tx.req_prod_pvt);
    *req =
        (netif_tx_request_t){.gref = n->tx_buf[id].ref, .id = (uint16_t)id, .size = (uint16_t)len};
    n->tx.req_prod_pvt++;
    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&n->tx, notify);
    if (notify)
        evtchn_send(n->port);
    n->sent++;
    return 0;
}

static size_t take(struct netfront *n, const netif_rx_response_t *rsp, void *buf)
{
    size_t len = 0;

    if (rsp->id >= NET_SLOTS)
        return 0;
    /* A frame over several slots was not asked for (no feature-sg): drop it piecewise. */
    if (rsp->status > 0 && rsp->status <= NET_FRAME && rsp->offset + rsp->status <= PAGE_SIZE &&
        !(rsp->flags & (NETRXF_more_data | NETRXF_extra_info))) {
        len = (size_t)rsp->status;
        memcpy(buf, (char *)n->rx_buf[rsp->id].page + rsp->offset, len);
        n->received++;
    } else {
        n->dropped++;
    }
    offer(n, rsp->id);
    push_rx(n);
    return len;
}

size_t netfront_receive(struct netfront *n, void *buf)
{
    int more;

    do {
        RING_IDX prod = __atomic_load_n(&n->rx.sring->rsp_prod, __ATOMIC_ACQUIRE);

        if (prod - n->rx.rsp_cons > RING_SIZE(&n->rx))
            return 0;
        while (n->rx.rsp_cons != prod) {
            netif_rx_response_t rsp = *RING_GET_RESPONSE(&n->rx, n->rx.rsp_cons);
            size_t len;

            n->rx.rsp_cons++;
            len = take(n, &rsp, buf);
            if (len)
                return len;
        }
        RING_FINAL_CHECK_FOR_RESPONSES(&n->rx, more);
    } while (more);
    return 0;
}

static bool arrived(const struct netfront *n)
{
    return __atomic_load_n(&n->rx.sring->rsp_prod, __ATOMIC_ACQUIRE) != n->rx.rsp_cons;
}

void netfront_wait(struct netfront *n, uint64_t until)
{
    bool masked = env_irq_save();

    while (!arrived(n) && env_now() < until)
        env_wait(until);
    env_irq_restore(masked);
}

void netfront_close(struct netfront *n)
{
    xenbus_close(&n->bus);
    drop(n);
}
