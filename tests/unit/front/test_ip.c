/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP, ICMP and UDP: frames in, frames out (captured from the transmit ring). */
#include "fake.h"
#include <front/ip.h>
#include <criterion/criterion.h>
#include <stdlib.h>

#define ME   0x0a090002
#define PEER 0x0a090001

static netif_tx_sring_t *sring;
static struct netfront nic;
static struct ip_host h;

/* The frame most recently put on the transmit ring; NULL if there is none. */
static const uint8_t *sent(void)
{
    netif_tx_request_t req;

    if (!nic.tx.req_prod_pvt)
        return NULL;
    req = sring->ring[(nic.tx.req_prod_pvt - 1) % RING_SIZE(&nic.tx)].req;
    return fake_granted(req.gref, false);
}

static void start(void)
{
    fake_reset();
    memset(&nic, 0, sizeof(nic));
    sring = env_page_alloc();
    SHARED_RING_INIT(sring);
    FRONT_RING_INIT(&nic.tx, sring, PAGE_SIZE);
    memcpy(nic.mac, "\x00\x16\x3e\x00\x00\x01", 6);
    for (unsigned i = 0; i < NET_SLOTS; i++) {
        nic.tx_buf[i].page = env_page_alloc();
        nic.tx_buf[i].ref = (uint32_t)gnttab_grant(0, nic.tx_buf[i].page, true);
    }
    h = (struct ip_host){.nic = &nic, .address = ME, .peer = PEER};
}

TestSuite(ip, .init = start);

Test(ip, parse)
{
    cr_assert_eq(ip_parse("10.9.0.2", 8), ME);
    cr_assert_eq(ip_parse("10.9.0.2 more", 8), ME);
    cr_assert_eq(ip_parse("10.9.0", 6), 0);
    cr_assert_eq(ip_parse("10.9.0.256", 10), 0);
    cr_assert_eq(ip_parse("x", 1), 0);
    cr_assert_eq(ip_parse("", 0), 0);
}

static const uint8_t arp[42] = {
    255, 255, 255, 255, 255, 255, 2,  2, 2, 2, 2, 2, 8, 6, /* Ethernet */
    0,   1,   8,   0,   6,   4,   0,  1,                   /* request */
    2,   2,   2,   2,   2,   2,   10, 9, 0, 1,             /* from the peer */
    0,   0,   0,   0,   0,   0,   10, 9, 0, 2,             /* to me */
};

Test(ip, answers_arp)
{
    ip_input(&h, arp, sizeof(arp));
    cr_assert(h.peer_known);
    cr_assert_eq(memcmp(h.peer_mac, "\2\2\2\2\2\2", 6), 0);
    cr_assert_not_null(sent());
    cr_assert_eq(memcmp(sent(), "\2\2\2\2\2\2", 6), 0);
    cr_assert_eq(sent()[21], 2, "a reply");
    cr_assert_eq(memcmp(sent() + 22, nic.mac, 6), 0);
}

Test(ip, ignores_others_arp)
{
    uint8_t other[42];

    memcpy(other, arp, sizeof(arp));
    other[41] = 77;
    ip_input(&h, other, sizeof(other));
    cr_assert_null(sent());
}

static const uint8_t echo[] = {
    0,    0x16, 0x3e, 0,    0, 1, 2, 2, 2,   2,   2,    2,    8,  0, /* Ethernet */
    0x45, 0,    0,    32,   0, 0, 0, 0, 64,  1,   0x66, 0xc9, 10, 9, 0, 1, 10, 9, 0, 2, /* IPv4 */
    8,    0,    0x33, 0x36, 0, 1, 0, 2, 'a', 'b', 'c',  'd',                            /* ICMP */
};

Test(ip, answers_ping)
{
    ip_input(&h, echo, sizeof(echo));
    cr_assert_not_null(sent());
    cr_assert_eq(sent()[34], 0, "echo reply");
    cr_assert_eq(memcmp(sent() + 38, echo + 38, 8), 0, "same identity and payload");
    cr_assert_eq(memcmp(sent() + 30, "\x0a\x09\x00\x01", 4), 0, "to the sender");
    /* ICMP checksum of the reply: request's plus the type's change */
    cr_assert_eq(sent()[36], 0x3b);
    cr_assert_eq(sent()[37], 0x36);
}

/* Every truncation and every changed byte must be survived; a broken checksum is not answered. */
Test(ip, survives_damage)
{
    uint8_t bad[sizeof(echo)];

    for (size_t len = 0; len < sizeof(echo); len++) {
        uint8_t *exact = malloc(len + !len); /* so that one byte too far is seen */

        memcpy(exact, echo, len);
        ip_input(&h, exact, len);
        free(exact);
    }
    cr_assert_null(sent());
    for (size_t i = 14; i < sizeof(echo); i++) {
        memcpy(bad, echo, sizeof(bad));
        bad[i] ^= 0x10;
        ip_input(&h, bad, sizeof(bad));
    }
    cr_assert_null(sent());
}

Test(ip, echoes_udp)
{
    uint8_t udp[] = {
        0,  0x16, 0x3e, 0,    0,  1, 2, 2, 2,  2, 2, 2, 8,    0,    0x45, 0, 0, 30, 0, 0, 0,   0,
        64, 17,   0x66, 0xbb, 10, 9, 0, 1, 10, 9, 0, 2, 0x12, 0x34, 0,    7, 0, 10, 0, 0, 'h', 'i',
    };

    ip_input(&h, udp, sizeof(udp));
    cr_assert_not_null(sent());
    cr_assert_eq(memcmp(sent() + 34, "\0\7\x12\x34\0\x0a\0\0hi", 10), 0);
    udp[39] = 200; /* longer than the packet */
    nic.tx.req_prod_pvt = 0;
    ip_input(&h, udp, sizeof(udp));
    cr_assert_null(sent());
}
