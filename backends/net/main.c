/* SPDX-License-Identifier: BSD-2-Clause */
/* hospes-net: serves one NIC to one guest.  Started by xend, which makes the TAP interface. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/daemon.h"
#include "lib/monitor.h"
#include "lib/stats.h"
#include "net/nodes.h"
#include "net/queue.h"

struct nic {
    unsigned int count, used; /* of queues: what the TAP has, what the guest asked for */
    struct net_queue queue[NET_QUEUES];
};

static struct nic nic;

/* ---- the worker ---- */

static void disconnect(struct backend *be)
{
    (void)be;
    while (nic.used)
        net_queue_close(&nic.queue[--nic.used]);
}

static int connect_nic(struct backend *be, const void *body)
{
    struct net_connection c;

    memcpy(&c, body, sizeof(c));
    /* A TAP queue that nobody reads must get no packets. */
    for (unsigned int i = 0; i < nic.count; i++)
        net_tap_use(nic.queue[i].tap, i < c.queues);
    for (; nic.used < c.queues; nic.used++) {
        struct net_queue *q = &nic.queue[nic.used];

        q->be = be;
        q->tx_buffer = be->area + 2 * nic.used * (size_t)COPY_BYTES;
        q->rx_buffer = q->tx_buffer + COPY_BYTES;
        if (net_queue_open(q, &c.ends[nic.used], &c.can)) {
            disconnect(be);
            return -1;
        }
    }
    return 0;
}

static int run(struct backend *be)
{
    bool more = false;

    (void)be;
    for (unsigned int i = 0; i < nic.used; i++) {
        more |= net_transmit(&nic.queue[i]);
        more |= net_receive(&nic.queue[i]);
    }
    return more ? 0 : -1;
}

static const struct backend_ops ops = {
    .connect = connect_nic, .disconnect = disconnect, .run = run};

/* ---- the monitor ---- */

/* --tap-fd is given once per queue. */
static const char *parse(int argc, char **argv, uid_t *uid, int *stats)
{
    static const struct option table[] = {
        {"back", required_argument, NULL, 'b'},
        {"tap-fd", required_argument, NULL, 't'},
        {"stats-fd", required_argument, NULL, 's'},
        {"uid", required_argument, NULL, 'u'},
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL;
    int opt;

    *uid = 0;
    *stats = -1;
    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (opt == 'b')
            path = optarg;
        else if (opt == 'u')
            *uid = daemon_uid(optarg);
        else if (opt == 's')
            *stats = atoi(optarg);
        else if (opt == 't' && nic.count < NET_QUEUES)
            nic.queue[nic.count++].tap = atoi(optarg);
        else
            return NULL;
    }
    return nic.count && *uid && *stats >= 0 && optind == argc ? path : NULL;
}

int main(int argc, char **argv)
{
    static struct monitor monitor;
    int taps[NET_QUEUES], stats_fd;
    uid_t uid;
    const char *path = parse(argc, argv, &uid, &stats_fd);
    struct device_stats *stats;

    if (!path) {
        fprintf(stderr, "Usage: hospes-net --back PATH --uid N --stats-fd N --tap-fd N...\n"
                        "Serve one NIC, with a TAP queue per queue; started by xend.\n");
        return 2;
    }
    if (monitor_open(&monitor, path, &nodes_ops))
        return 1;
    stats = stats_map(stats_fd);
    if (!stats) {
        log_msg("%s: cannot map the counts: %s", path, strerror(errno));
        return 1;
    }
    nodes_queues = nic.count;
    for (unsigned int i = 0; i < nic.count; i++)
        taps[i] = nic.queue[i].tap;
    return monitor_run(&monitor,
                       &(struct monitor_options){.uid = uid,
                                                 .keep = taps,
                                                 .keep_count = nic.count,
                                                 .area = 2 * NET_QUEUES * (size_t)COPY_BYTES,
                                                 .grants = 2 * NET_QUEUES,
                                                 .stats = stats},
                       &ops);
}
