/* SPDX-License-Identifier: BSD-2-Clause */
/* What a NIC tells and what its guest asks for; see nodes.h. */
#include "net/nodes.h"

#include <stdio.h>

#include "net/connection.h"

unsigned int nodes_queues;

static bool announce(struct monitor *m)
{
    return monitor_put(m, "feature-sg", 1) && monitor_put(m, "feature-gso-tcpv4", 1) &&
           monitor_put(m, "feature-gso-tcpv6", 1) &&
           monitor_put(m, "feature-ipv6-csum-offload", 1) && monitor_put(m, "feature-rx-copy", 1) &&
           monitor_put(m, "feature-rx-flip", 0) &&
           monitor_put(m, "feature-split-event-channels", 1) &&
           monitor_put(m, "multi-queue-max-queues", nodes_queues);
}

/* Queue @i's nodes lie below queue-<i>/ when there are several. */
static int gather_queue(struct monitor *m, unsigned int i, unsigned int queues,
                        struct net_ends *ends)
{
    char dir[20] = "";

    if (queues > 1)
        snprintf(dir, sizeof(dir), "queue-%u/", i);
    if (!monitor_front_number(m, UINT32_MAX, &ends->tx_ref, "%stx-ring-ref", dir) ||
        !monitor_front_number(m, UINT32_MAX, &ends->rx_ref, "%srx-ring-ref", dir))
        return fail(&m->fail, "the guest gave no rings");
    if (monitor_front_number(m, UINT32_MAX, &ends->tx_port, "%sevent-channel", dir))
        ends->rx_port = ends->tx_port;
    else if (!monitor_front_number(m, UINT32_MAX, &ends->tx_port, "%sevent-channel-tx", dir) ||
             !monitor_front_number(m, UINT32_MAX, &ends->rx_port, "%sevent-channel-rx", dir))
        return fail(&m->fail, "the guest gave no event channels");
    return 0;
}

static int gather(struct monitor *m, void *body)
{
    struct net_connection *c = body;

    c->can = (struct net_abilities){
        .gather = monitor_front_flag(m, "feature-sg"),
        .checksum = !monitor_front_flag(m, "feature-no-csum-offload") &&
                    monitor_front_flag(m, "feature-ipv6-csum-offload"),
        .tcpv4 = monitor_front_flag(m, "feature-gso-tcpv4"),
        .tcpv6 = monitor_front_flag(m, "feature-gso-tcpv6"),
    };
    if (!monitor_front_flag(m, "request-rx-copy"))
        return fail(&m->fail, "the guest does not receive by copy (request-rx-copy)");
    if (monitor_front_queues(m, nodes_queues, &c->queues))
        return -1;
    for (unsigned int i = 0; i < c->queues; i++)
        if (gather_queue(m, i, c->queues, &c->ends[i]))
            return -1;
    return 0;
}

const struct monitor_ops nodes_ops = {.announce = announce, .gather = gather};
