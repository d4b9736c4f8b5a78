/* SPDX-License-Identifier: BSD-2-Clause */
/* What the worker is told of the guest's half of a NIC; numbers only, bounded by the monitor. */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/channel.h"
#include "xend/tap.h"

/* What the guest can receive. */
struct net_abilities {
    bool gather; /* packets of more than one page */
    bool checksum, tcpv4, tcpv6;
};

/* The guest's ends: the rings' grants and its ports, which are equal if it does not split them. */
struct net_ends {
    uint32_t tx_ref, rx_ref, tx_port, rx_port;
};

struct net_connection {
    uint32_t queues;
    struct net_abilities can;
    struct net_ends ends[NET_QUEUES];
};
_Static_assert(sizeof(struct net_connection) <= CONTROL_BODY, "fits in a message");

#endif
