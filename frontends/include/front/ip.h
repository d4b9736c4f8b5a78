/* SPDX-License-Identifier: BSD-2-Clause */
/* The least of IPv4 over Ethernet: ARP, ICMP echo both ways, UDP echo on port 7. */
#ifndef FRONT_IP_H
#define FRONT_IP_H

#include <front/netfront.h>

struct ip_host {
    struct netfront *nic;
    uint32_t address; /* host byte order */
    uint32_t peer;    /* whose Ethernet address and last echo are kept below */
    uint8_t peer_mac[6];
    bool peer_known;
    uint16_t echo_seen; /* sequence number of the peer's last echo reply */
};

/* Dotted quad to host byte order; 0 if malformed. */
uint32_t ip_parse(const char *text, size_t len);
/* Takes one received frame: answers requests, notes replies. */
void ip_input(struct ip_host *h, const uint8_t *frame, size_t len);
/* Takes everything that has arrived. */
void ip_poll(struct ip_host *h);
/* Asks for h->peer's Ethernet address; 0 or -ETIME after `patience` ns. */
long ip_resolve(struct ip_host *h, uint64_t patience);
/* One echo request with `size` payload bytes; the round trip in ns, or -ETIME. */
long ip_ping(struct ip_host *h, uint16_t seq, size_t size, uint64_t patience);

#endif
