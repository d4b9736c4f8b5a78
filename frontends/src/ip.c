/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP, ICMP echo and UDP echo. */
#include <front/env.h>
#include <front/ip.h>
#include <front/lib.h>

#define ETH_LEN    14
#define IP_LEN     20
#define ARP_LEN    28
#define TYPE_IP    0x0800
#define TYPE_ARP   0x0806
#define PROTO_ICMP 1
#define PROTO_UDP  17
#define ECHO_PORT  7
#define ICMP_ECHO  8
#define PING_IDENT 0x4850

static uint8_t out[NET_FRAME]; /* the frame being built */

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, (uint16_t)(v >> 16));
    put16(p + 2, (uint16_t)v);
}

/* Internet checksum (RFC 1071); of data that contains its own checksum it is 0. */
static uint16_t checksum(const uint8_t *p, size_t len)
{
    uint32_t sum = 0;

    for (; len > 1; len -= 2, p += 2)
        sum += get16(p);
    if (len)
        sum += (uint32_t)p[0] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint32_t ip_parse(const char *text, size_t len)
{
    const char *p = text;
    uint32_t ip = 0;

    for (int i = 0; i < 4; i++) {
        const char *end;
        uint64_t part = str_u64(p, &end);

        if (end == p || part > 255 || (i < 3 && *end != '.'))
            return 0;
        ip = ip << 8 | (uint32_t)part;
        p = end + 1;
    }
    return (size_t)(p - 1 - text) <= len ? ip : 0;
}

static void ethernet(const struct ip_host *h, const uint8_t *to, uint16_t type)
{
    memcpy(out, to, 6);
    memcpy(out + 6, h->nic->mac, 6);
    put16(out + 12, type);
}

static void send_arp(struct ip_host *h, uint16_t op, const uint8_t *to_mac, uint32_t to_ip)
{
    static const uint8_t broadcast[6] = {255, 255, 255, 255, 255, 255};
    static const uint8_t head[6] = {0, 1, 8, 0, 6, 4}; /* Ethernet, IPv4, 6, 4 */
    uint8_t *a = out + ETH_LEN;

    ethernet(h, op == 1 ? broadcast : to_mac, TYPE_ARP);
    memcpy(a, head, sizeof(head));
    put16(a + 6, op);
    memcpy(a + 8, h->nic->mac, 6);
    put32(a + 14, h->address);
    memcpy(a + 18, to_mac, 6);
    put32(a + 24, to_ip);
    netfront_send(h->nic, out, ETH_LEN + ARP_LEN);
}

static void send_ip(struct ip_host *h, const uint8_t *to_mac, uint32_t to, uint8_t proto,
                    size_t payload)
{
    uint8_t *ip = out + ETH_LEN;

    ethernet(h, to_mac, TYPE_IP);
    memset(ip, 0, IP_LEN);
    ip[0] = 0x45;
    put16(ip + 2, (uint16_t)(IP_LEN + payload));
    ip[8] = 64;
    ip[9] = proto;
    put32(ip + 12, h->address);
    put32(ip + 16, to);
    put16(ip + 10, checksum(ip, IP_LEN));
    netfront_send(h->nic, out, ETH_LEN + IP_LEN + payload);
}

static void arp_input(struct ip_host *h, const uint8_t *a, size_t len)
{
    static const uint8_t none[6];

    if (len < ARP_LEN || get16(a + 2) != TYPE_IP || a[4] != 6 || a[5] != 4)
        return;
    if (get32(a + 14) == h->peer && memcmp(a + 8, none, 6)) {
        memcpy(h->peer_mac, a + 8, 6);
        h->peer_known = true;
    }
    if (get16(a + 6) == 1 && get32(a + 24) == h->address)
        send_arp(h, 2, a + 8, get32(a + 14));
}

static void icmp_input(struct ip_host *h, const uint8_t *mac, uint32_t from, const uint8_t *p,
                       size_t len)
{
    uint8_t *reply = out + ETH_LEN + IP_LEN;

    if (len < 8 || checksum(p, len))
        return;
    if (p[0] == 0 && get16(p + 4) == PING_IDENT && from == h->peer) {
        h->echo_seen = get16(p + 6);
        return;
    }
    if (p[0] != ICMP_ECHO)
        return;
    memcpy(reply, p, len);
    reply[0] = 0;
    put16(reply + 2, 0);
    put16(reply + 2, checksum(reply, len));
    send_ip(h, mac, from, PROTO_ICMP, len);
}

static void udp_input(struct ip_host *h, const uint8_t *mac, uint32_t from, const uint8_t *p,
                      size_t len)
{
    uint8_t *reply = out + ETH_LEN + IP_LEN;

    if (len < 8 || get16(p + 2) != ECHO_PORT || get16(p + 4) < 8 || get16(p + 4) > len)
        return;
    len = get16(p + 4);
    memcpy(reply, p, len);
    put16(reply, ECHO_PORT);
    put16(reply + 2, get16(p));
    put16(reply + 6, 0); /* no checksum: allowed over IPv4 */
    send_ip(h, mac, from, PROTO_UDP, len);
}

static void ip4_input(struct ip_host *h, const uint8_t *mac, const uint8_t *ip, size_t len)
{
    size_t head, total;

    if (len < IP_LEN || ip[0] >> 4 != 4)
        return;
    head = (ip[0] & 15u) * 4;
    total = get16(ip + 2);
    if (head < IP_LEN || total < head || total > len || checksum(ip, head))
        return;
    if (get32(ip + 16) != h->address || get16(ip + 6) & 0x3fff) /* not ours, or a fragment */
        return;
    if (ip[9] == PROTO_ICMP)
        icmp_input(h, mac, get32(ip + 12), ip + head, total - head);
    else if (ip[9] == PROTO_UDP)
        udp_input(h, mac, get32(ip + 12), ip + head, total - head);
}

void ip_input(struct ip_host *h, const uint8_t *frame, size_t len)
{
    if (len < ETH_LEN)
        return;
    if (get16(frame + 12) == TYPE_ARP)
        arp_input(h, frame + ETH_LEN, len - ETH_LEN);
    else if (get16(frame + 12) == TYPE_IP)
        ip4_input(h, frame + 6, frame + ETH_LEN, len - ETH_LEN);
}

void ip_poll(struct ip_host *h)
{
    static uint8_t in[NET_FRAME];
    size_t len;

    while ((len = netfront_receive(h->nic, in)))
        ip_input(h, in, len);
}

long ip_resolve(struct ip_host *h, uint64_t patience)
{
    static const uint8_t nobody[6];
    uint64_t limit = env_now() + patience;

    h->peer_known = false;
    while (env_now() < limit) {
        uint64_t step = env_now() + 250000000;

        send_arp(h, 1, nobody, h->peer);
        while (env_now() < step) {
            netfront_wait(h->nic, step);
            ip_poll(h);
            if (h->peer_known)
                return 0;
        }
    }
    return -ETIME;
}

long ip_ping(struct ip_host *h, uint16_t seq, size_t size, uint64_t patience)
{
    uint8_t *p = out + ETH_LEN + IP_LEN;
    uint64_t start, limit;

    if (size > NET_MTU - IP_LEN - 8)
        return -E2BIG;
    memset(p, 0, 8 + size);
    for (size_t i = 0; i < size; i++)
        p[8 + i] = (uint8_t)(seq + i);
    p[0] = ICMP_ECHO;
    put16(p + 4, PING_IDENT);
    put16(p + 6, seq);
    put16(p + 2, checksum(p, 8 + size));
    h->echo_seen = (uint16_t)(seq - 1);
    start = env_now();
    limit = start + patience;
    send_ip(h, h->peer_mac, h->peer, PROTO_ICMP, 8 + size);
    while (env_now() < limit) {
        netfront_wait(h->nic, limit);
        ip_poll(h);
        if (h->echo_seen == seq)
            return (long)(env_now() - start);
    }
    return -ETIME;
}
