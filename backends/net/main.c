/* SPDX-License-Identifier: BSD-2-Clause */
/* hospes-net: serves one NIC to one guest.  Started by xend, which makes the TAP interface. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/daemon.h"
#include "lib/drop.h"
#include "net/queue.h"
#include "lib/store.h"

struct nic {
    struct backend be;
    unsigned int count, used; /* of queues: what the TAP has, what the guest asked for */
    struct net_queue queue[NET_QUEUES];
};

static struct nic nic;

static bool announce(struct backend *be)
{
    return backend_put(be, "feature-sg", 1) && backend_put(be, "feature-gso-tcpv4", 1) &&
           backend_put(be, "feature-gso-tcpv6", 1) &&
           backend_put(be, "feature-ipv6-csum-offload", 1) &&
           backend_put(be, "feature-rx-copy", 1) && backend_put(be, "feature-rx-flip", 0) &&
           backend_put(be, "feature-split-event-channels", 1) &&
           backend_put(be, "multi-queue-max-queues", nic.count);
}

static void disconnect(struct backend *be)
{
    (void)be;
    while (nic.used)
        net_queue_close(&nic.queue[--nic.used]);
}

/* Queue @i's nodes lie below queue-<i>/ when there are several. */
static int open_queue(struct backend *be, unsigned int i, unsigned int queues,
                      const struct net_abilities *can)
{
    struct net_ends ends;
    char dir[20] = "";

    if (queues > 1)
        snprintf(dir, sizeof(dir), "queue-%u/", i);
    if (!backend_front_number(be, UINT32_MAX, &ends.tx_ref, "%stx-ring-ref", dir) ||
        !backend_front_number(be, UINT32_MAX, &ends.rx_ref, "%srx-ring-ref", dir))
        return fail(&be->fail, "the guest gave no rings");
    if (backend_front_number(be, UINT32_MAX, &ends.tx_port, "%sevent-channel", dir))
        ends.rx_port = ends.tx_port;
    else if (!backend_front_number(be, UINT32_MAX, &ends.tx_port, "%sevent-channel-tx", dir) ||
             !backend_front_number(be, UINT32_MAX, &ends.rx_port, "%sevent-channel-rx", dir))
        return fail(&be->fail, "the guest gave no event channels");
    return net_queue_open(&nic.queue[i], &ends, can);
}

static int connect_nic(struct backend *be)
{
    struct net_abilities can = {
        .gather = backend_front_flag(be, "feature-sg"),
        .checksum = !backend_front_flag(be, "feature-no-csum-offload") &&
                    backend_front_flag(be, "feature-ipv6-csum-offload"),
        .tcpv4 = backend_front_flag(be, "feature-gso-tcpv4"),
        .tcpv6 = backend_front_flag(be, "feature-gso-tcpv6"),
    };
    uint32_t queues;

    if (!backend_front_flag(be, "request-rx-copy"))
        return fail(&be->fail, "the guest does not receive by copy (request-rx-copy)");
    if (backend_front_queues(be, nic.count, &queues))
        return -1;
    /* A TAP queue that nobody reads must get no packets. */
    for (unsigned int i = 0; i < nic.count; i++)
        net_tap_use(nic.queue[i].tap, i < queues);
    for (; nic.used < queues; nic.used++) {
        if (open_queue(be, nic.used, queues, &can)) {
            disconnect(be);
            return -1;
        }
    }
    return 0;
}

static void on_event(struct backend *be, evtchn_port_t port)
{
    (void)be;
    (void)port; /* all rings are looked at after each round of the loop */
}

static const struct backend_ops ops = {
    .announce = announce, .connect = connect_nic, .disconnect = disconnect, .event = on_event};

/* --tap-fd is given once per queue. */
static const char *parse(int argc, char **argv)
{
    static const struct option table[] = {
        {"back", required_argument, NULL, 'b'},
        {"tap-fd", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL;
    int opt;

    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (opt == 'b')
            path = optarg;
        else if (opt == 't' && nic.count < NET_QUEUES)
            nic.queue[nic.count++] = (struct net_queue){.be = &nic.be, .tap = atoi(optarg)};
        else
            return NULL;
    }
    return nic.count && optind == argc ? path : NULL;
}

int main(int argc, char **argv)
{
    const char *path = parse(argc, argv);

    if (!path) {
        fprintf(stderr, "Usage: hospes-net --back PATH --tap-fd N...\n"
                        "Serve one NIC, with a TAP queue per queue; started by xend.\n");
        return 2;
    }
    if (loop_init() || backend_open(&nic.be, path, &ops) || drop_privileges())
        return 1;
    backend_start(&nic.be);
    while (!nic.be.leaving) {
        bool more = false;

        for (unsigned int i = 0; i < nic.used; i++) {
            more |= net_transmit(&nic.queue[i]);
            more |= net_receive(&nic.queue[i]);
        }
        loop_wait(more ? 0 : -1);
    }
    return 0;
}
