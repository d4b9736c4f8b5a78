/* SPDX-License-Identifier: BSD-2-Clause */
/* hospes-blk: serves one disk to one guest.  Started by xend, which opens the disk and the log. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block/claim.h"
#include "block/connection.h"
#include "block/nodes.h"
#include "block/queue.h"
#include "lib/daemon.h"
#include "lib/monitor.h"
#include "lib/stats.h"

/* Of each queue: its ring's pages, and grants that persist. */
#define GRANTED_PAGES (LOG_QUEUES * (GRANTS_MAX + (1u << RING_PAGES_ORDER)))
#define QUEUE_BYTES   ((size_t)LOG_ENTRIES * BLOCK_BYTES)

struct device {
    struct disk disk;
    struct block_log *log;
    struct device_stats *stats;
    bool in_order;
    unsigned int count; /* of queues in use */
    struct queue queue[LOG_QUEUES];
};

static struct device device;

struct options {
    const char *path;
    int disk_fd, log_fd, stats_fd;
    uid_t uid;
    bool read_only, discard, in_order;
};

/* ---- the worker ---- */

static int init(struct backend *be)
{
    if (io_open(&device.disk, LOG_QUEUES * LOG_ENTRIES))
        return fail(&be->fail, "cannot make an io_uring: %s", strerror(errno));
    return 0;
}

static void disconnect(struct backend *be)
{
    (void)be;
    io_drain(); /* what is under way uses the buffers */
    for (unsigned int i = 0; i < device.count; i++)
        queue_close(&device.queue[i]);
    device.count = 0;
}

/* The connection is over for good: nothing is to be done again. */
static void forget(struct backend *be)
{
    disconnect(be);
    log_reset(device.log);
}

static int open_queue(struct backend *be, const struct block_connection *c, unsigned int i)
{
    struct queue *q = &device.queue[i];

    *q = (struct queue){.be = be,
                        .disk = &device.disk,
                        .log = &device.log->queue[i],
                        .buffers = be->area + i * QUEUE_BYTES,
                        .in_order = device.in_order,
                        .port = -1};
    q->grants.persistent = c->persistent;
    return queue_open(q, c->queue[i].ref, c->pages, c->queue[i].port, be->resumed);
}

static int connect_disk(struct backend *be, const void *body)
{
    struct block_connection c;
    bool lost;

    memcpy(&c, body, sizeof(c));
    lost = device.in_order && !device.log->queues; /* with the domain that the log was in */
    if (be->resumed && !lost && device.log->queues != c.queues)
        return fail(&be->fail, "the log of the process before is of another connection");
    if (!be->resumed || lost)
        log_reset(device.log);
    for (device.count = 0; device.count < c.queues; device.count++) {
        if (open_queue(be, &c, device.count)) {
            disconnect(be);
            return -1;
        }
    }
    device.log->queues = c.queues;
    return 0;
}

/* A disk that does not answer at all is to be named, too: somebody must look now and then. */
static int run(struct backend *be)
{
    static int64_t looked;
    bool more = false, look = be->now - looked >= STATS_SLOW_US && io_under_way();
    int ms;

    io_reap();
    for (unsigned int i = 0; look && i < device.count; i++)
        queue_name_stuck(&device.queue[i]);
    looked = look ? be->now : looked;
    for (unsigned int i = 0; i < device.count; i++)
        more |= queue_run(&device.queue[i]);
    io_submit();
    if (more)
        return 0;
    ms = io_under_way() ? (int)(STATS_SLOW_US / 1000) : -1;
    for (unsigned int i = 0; i < device.count; i++)
        ms = queue_wait_ms(&device.queue[i], ms);
    return ms;
}

static const struct backend_ops ops = {
    .init = init, .connect = connect_disk, .disconnect = forget, .run = run};

/* ---- the monitor ---- */

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"back", required_argument, NULL, 'b'},
        {"disk-fd", required_argument, NULL, 'd'},
        {"log-fd", required_argument, NULL, 'l'},
        {"stats-fd", required_argument, NULL, 's'},
        {"uid", required_argument, NULL, 'u'},
        {"read-only", no_argument, NULL, 'r'},
        {"discard", no_argument, NULL, 'D'},
        {"in-order", no_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int opt;

    *o = (struct options){.disk_fd = -1, .log_fd = -1, .stats_fd = -1};
    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (opt) {
        case 'b':
            o->path = optarg;
            break;
        case 'd':
            o->disk_fd = atoi(optarg);
            break;
        case 'l':
            o->log_fd = atoi(optarg);
            break;
        case 's':
            o->stats_fd = atoi(optarg);
            break;
        case 'u':
            o->uid = daemon_uid(optarg);
            break;
        case 'r':
            o->read_only = true;
            break;
        case 'D':
            o->discard = true;
            break;
        case 'o':
            o->in_order = true;
            break;
        default:
            return -1;
        }
    }
    if (!o->path || o->disk_fd < 0 || o->log_fd < 0 || o->stats_fd < 0 || !o->uid)
        return -1;
    return optind == argc ? 0 : -1;
}

static int setup(const struct options *o, struct monitor *m)
{
    struct fail f = {""};

    if (monitor_open(m, o->path, &nodes_ops))
        return -1;
    device.in_order = o->in_order;
    device.log = log_map(o->log_fd);
    device.stats = stats_map(o->stats_fd);
    if (!device.log || !device.stats) {
        log_msg("%s: cannot map the in-flight log or the counts: %s", o->path, strerror(errno));
        return -1;
    }
    if (disk_probe(&device.disk, o->disk_fd, !o->read_only, o->discard, &f)) {
        log_msg("%s: %s", o->path, f.text);
        return -1;
    }
    nodes_disk = &device.disk;
    /* Reads that are under way change nothing but memory that is nobody's any more. */
    if (o->read_only || claim_disk(o->disk_fd, m->nodes.domid, m->id) == 0)
        return 0;
    log_msg("%s: cannot lock the disk (its file system must have locks): %s", o->path,
            strerror(errno));
    return -1;
}

int main(int argc, char **argv)
{
    static struct monitor monitor;
    struct options o;

    if (parse(argc, argv, &o)) {
        fprintf(
            stderr,
            "Usage: hospes-blk --back PATH --disk-fd N --log-fd N --stats-fd N "
            "--uid N [--read-only] [--discard] [--in-order]\nServe one disk; started by xend.\n");
        return 2;
    }
    if (setup(&o, &monitor))
        return 1;
    return monitor_run(&monitor,
                       &(struct monitor_options){.uid = o.uid,
                                                 .keep = (int[]){o.disk_fd, o.log_fd},
                                                 .keep_count = 2,
                                                 .area = LOG_QUEUES * QUEUE_BYTES,
                                                 .grants = GRANTED_PAGES,
                                                 .stats = device.stats},
                       &ops);
}
