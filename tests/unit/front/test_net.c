/* SPDX-License-Identifier: BSD-2-Clause */
/* Network front-end against a back-end that keeps what is sent and delivers what the test gives. */
#include "fake.h"
#include <front/netfront.h>
#include <criterion/criterion.h>

static netif_tx_back_ring_t tx;
static netif_rx_back_ring_t rx;
static bool attached, hold;
static uint8_t last[NET_FRAME];
static unsigned taken;

static void *ring(const char *key)
{
    char path[64];

    front_snprintf(path, sizeof(path), "device/vif/0/%s", key);
    return fake_granted((uint32_t)str_u64(fake_store_get(path), NULL), true);
}

static void back_end(void)
{
    const char *state = fake_store_get("device/vif/0/state");
    int notify, more;

    if (!attached && state && !strcmp(state, "4") && fake_store_get("device/vif/0/tx-ring-ref")) {
        BACK_RING_INIT(&tx, (netif_tx_sring_t *)ring("tx-ring-ref"), PAGE_SIZE);
        BACK_RING_INIT(&rx, (netif_rx_sring_t *)ring("rx-ring-ref"), PAGE_SIZE);
        attached = true;
        fake_store_set("back/state", "4");
    }
    if (state && (!strcmp(state, "5") || !strcmp(state, "6")) &&
        strcmp(fake_store_get("back/state"), "6"))
        fake_store_set("back/state", "6");
    if (!attached || hold)
        return;
    for (; tx.req_cons != tx.sring->req_prod; tx.req_cons++) {
        netif_tx_request_t req = *RING_GET_REQUEST(&tx, tx.req_cons);
        netif_tx_response_t *rsp = RING_GET_RESPONSE(&tx, tx.rsp_prod_pvt);

        memcpy(last, (char *)fake_granted(req.gref, false) + req.offset, req.size);
        *rsp = (netif_tx_response_t){.id = req.id, .status = NETIF_RSP_OKAY};
        tx.rsp_prod_pvt++;
        taken++;
    }
    RING_FINAL_CHECK_FOR_REQUESTS(&tx, more); /* asks to be told of the next packet */
    (void)more;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&tx, notify);
    if (notify)
        fake_raise();
}

static void deliver(const void *frame, int status, uint16_t flags)
{
    netif_rx_request_t req = *RING_GET_REQUEST(&rx, rx.req_cons);
    netif_rx_response_t *rsp = RING_GET_RESPONSE(&rx, rx.rsp_prod_pvt);
    int notify;

    cr_assert_neq(rx.req_cons, rx.sring->req_prod, "no buffer was offered");
    rx.req_cons++;
    if (status > 0)
        memcpy(fake_granted(req.gref, true), frame, (size_t)(status < 4096 ? status : 4096));
    *rsp = (netif_rx_response_t){.id = req.id, .status = (int16_t)status, .flags = flags};
    rx.rsp_prod_pvt++;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&rx, notify);
    (void)notify;
}

static struct netfront n;
static uint8_t frame[8192], got[NET_FRAME];

static void start(void)
{
    fake_reset();
    store_init();
    attached = hold = false;
    taken = 0;
    fake_device("vif");
    fake_store_set("device/vif/0/mac", "00:16:3e:0a:Bc:ff");
    fake_notified = back_end;
    cr_assert_eq(netfront_open(&n, 0), 0);
    memset(frame, 0xab, sizeof(frame));
}

TestSuite(net, .init = start);

Test(net, address)
{
    static const uint8_t mac[6] = {0, 0x16, 0x3e, 0x0a, 0xbc, 0xff};

    cr_assert_eq(memcmp(n.mac, mac, 6), 0);
}

Test(net, send)
{
    for (unsigned i = 0; i < 1000; i++) {
        frame[0] = (uint8_t)i;
        cr_assert_eq(netfront_send(&n, frame, 60 + i), 0);
        cr_assert_eq(last[0], (uint8_t)i);
    }
    cr_assert_eq(taken, 1000);
    cr_assert_eq(netfront_send(&n, frame, NET_FRAME + 1), -E2BIG);
}

Test(net, full)
{
    hold = true;
    for (unsigned i = 0; i < NET_SLOTS; i++)
        cr_assert_eq(netfront_send(&n, frame, 60), 0);
    cr_assert_eq(netfront_send(&n, frame, 60), -EAGAIN);
    hold = false;
    back_end();
    cr_assert_eq(netfront_send(&n, frame, 60), 0);
}

Test(net, receive)
{
    cr_assert_eq(netfront_receive(&n, got), 0);
    for (unsigned i = 0; i < 1000; i++) {
        frame[5] = (uint8_t)i;
        deliver(frame, (int)(60 + i), 0);
        cr_assert_eq(netfront_receive(&n, got), 60 + i);
        cr_assert_eq(got[5], (uint8_t)i);
    }
    cr_assert_eq(n.received, 1000);
}

Test(net, a_storm_of_events_changes_nothing)
{
    unsigned pages = fake_pages_used(), grants = fake_grants_used();

    for (unsigned i = 0; i < 10000; i++)
        fake_raise();
    cr_assert_eq(netfront_receive(&n, got), 0);
    deliver(frame, 60, 0);
    for (unsigned i = 0; i < 10000; i++)
        fake_raise();
    cr_assert_eq(netfront_receive(&n, got), 60);
    cr_assert_eq(netfront_receive(&n, got), 0);
    cr_assert_eq(n.received, 1);
    cr_assert(fake_pages_used() == pages && fake_grants_used() == grants);
}

Test(net, evil_lengths)
{
    deliver(frame, NET_FRAME + 1, 0);
    deliver(frame, -1, 0);
    deliver(frame, 100, NETRXF_more_data);
    deliver(frame, 77, 0);
    cr_assert_eq(netfront_receive(&n, got), 77, "only the good one comes through");
    cr_assert_eq(n.dropped, 3);
    rx.sring->rsp_prod += 5000;
    cr_assert_eq(netfront_receive(&n, got), 0, "an index out of bounds is not followed");
}

Test(net, an_index_out_of_bounds_is_not_followed)
{
    RING_IDX cons = n.rx.rsp_cons;

    rx.sring->rsp_prod += 5000;
    cr_assert_eq(netfront_receive(&n, got), 0);
    cr_assert_eq(n.rx.rsp_cons, cons);
    cr_assert_eq(n.dropped, 0);
    hold = true;
    cons = n.tx.rsp_cons;
    tx.sring->rsp_prod += 5000;
    cr_assert_eq(netfront_send(&n, frame, 60), 0);
    cr_assert_eq(n.tx.rsp_cons, cons);
}

/* Slots that are not there, and places beyond their pages. */
Test(net, evil_slots)
{
    static const uint16_t ids[] = {NET_SLOTS, NET_SLOTS + 1, 0x7fff, 0xffff};

    hold = true;
    for (unsigned i = 0; i < array_size(ids); i++) {
        netif_tx_response_t *done = RING_GET_RESPONSE(&tx, tx.rsp_prod_pvt++);
        netif_rx_response_t *came = RING_GET_RESPONSE(&rx, rx.rsp_prod_pvt++);

        *done = (netif_tx_response_t){.id = ids[i], .status = NETIF_RSP_OKAY};
        *came = (netif_rx_response_t){.id = ids[i], .status = 60};
        tx.sring->rsp_prod = tx.rsp_prod_pvt;
        rx.sring->rsp_prod = rx.rsp_prod_pvt;
        cr_assert_eq(netfront_send(&n, frame, 60), 0);
        cr_assert_eq(netfront_receive(&n, got), 0);
    }
    for (unsigned offset = 4000; offset < 65536; offset += 3001) {
        netif_rx_response_t *came = RING_GET_RESPONSE(&rx, rx.rsp_prod_pvt++);

        *came = (netif_rx_response_t){.id = 1, .offset = (uint16_t)offset, .status = 97};
        rx.sring->rsp_prod = rx.rsp_prod_pvt;
        cr_assert_eq(netfront_receive(&n, got), 0, "offset %u", offset);
    }
    cr_assert_eq(n.received, 0);
}

/* A page that the other side still maps is never used again: it could read and write it. */
Test(net, pages_in_use_stay_ours)
{
    unsigned pages = fake_pages_used();

    fake_keeps_grants = true;
    netfront_close(&n);
    cr_assert_eq(fake_pages_used(), pages);
}

Test(net, close_gives_everything_back)
{
    netfront_close(&n);
    cr_assert_eq(fake_grants_used(), 0);
    cr_assert_eq(fake_pages_used(), 0);
}
