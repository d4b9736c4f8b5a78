/* SPDX-License-Identifier: BSD-2-Clause */
/* hospes-net: serves one NIC to one guest.  Started by xend, which makes the TAP interface. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/daemon.h"
#include "lib/drop.h"
#include "net/queue.h"
#include "xm/store.h"

static struct backend backend;
static struct net_queue queue;

static bool announce(struct backend *be)
{
    return backend_put(be, "feature-sg", 1) && backend_put(be, "feature-gso-tcpv4", 1) &&
           backend_put(be, "feature-gso-tcpv6", 1) &&
           backend_put(be, "feature-ipv6-csum-offload", 1) &&
           backend_put(be, "feature-rx-copy", 1) && backend_put(be, "feature-rx-flip", 0) &&
           backend_put(be, "feature-split-event-channels", 1);
}

static void disconnect(struct backend *be)
{
    (void)be;
    net_queue_close(&queue);
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
    uint32_t tx_ref, rx_ref, tx_port, rx_port;

    if (!backend_front_flag(be, "request-rx-copy"))
        return fail(&be->fail, "the guest does not receive by copy (request-rx-copy)");
    if (!backend_front_number(be, UINT32_MAX, &tx_ref, "tx-ring-ref") ||
        !backend_front_number(be, UINT32_MAX, &rx_ref, "rx-ring-ref"))
        return fail(&be->fail, "the guest gave no rings");
    if (backend_front_number(be, UINT32_MAX, &tx_port, "event-channel"))
        rx_port = tx_port;
    else if (!backend_front_number(be, UINT32_MAX, &tx_port, "event-channel-tx") ||
             !backend_front_number(be, UINT32_MAX, &rx_port, "event-channel-rx"))
        return fail(&be->fail, "the guest gave no event channels");
    return net_queue_open(&queue, tx_ref, rx_ref, tx_port, rx_port, &can);
}

static void on_event(struct backend *be, evtchn_port_t port)
{
    (void)be;
    (void)port; /* both rings are looked at after each round of the loop */
}

static const struct backend_ops ops = {
    .announce = announce, .connect = connect_nic, .disconnect = disconnect, .event = on_event};

static const char *parse(int argc, char **argv)
{
    static const struct option table[] = {
        {"back", required_argument, NULL, 'b'},
        {"tap-fd", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL;
    int opt;

    queue.tap = -1;
    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (opt == 'b')
            path = optarg;
        else if (opt == 't')
            queue.tap = atoi(optarg);
        else
            return NULL;
    }
    return queue.tap >= 0 && optind == argc ? path : NULL;
}

int main(int argc, char **argv)
{
    const char *path = parse(argc, argv);

    if (!path) {
        fprintf(stderr, "Usage: hospes-net --back PATH --tap-fd N\n"
                        "Serve one NIC; started by xend.\n");
        return 2;
    }
    queue.be = &backend;
    if (loop_init() || backend_open(&backend, path, &ops) || drop_privileges())
        return 1;
    backend_start(&backend);
    while (!backend.leaving) {
        bool more = false;

        if (backend.connected) {
            more = net_transmit(&queue);
            more |= net_receive(&queue);
        }
        loop_wait(more ? 0 : -1);
    }
    return 0;
}
