/* SPDX-License-Identifier: BSD-2-Clause */
/* hospes-blk: serves one disk to one guest.  Started by xend, which opens the disk and the log. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "block/queue.h"
#include "lib/daemon.h"
#include "lib/drop.h"
#include "lib/store.h"

#define RING_PAGES_ORDER 1u
#define PERSISTENT       1 /* grants are offered to be; some guests ask for it unoffered */

struct device {
    struct backend be;
    struct disk disk;
    struct block_log *log;
    unsigned int count; /* of queues in use */
    struct queue queue[LOG_QUEUES];
};

static struct device device;

struct options {
    const char *path;
    int disk_fd, log_fd;
    bool read_only, discard;
};

static bool announce(struct backend *be)
{
    const struct disk *disk = &device.disk;

    return backend_put(be, "feature-flush-cache", 1) && backend_put(be, "feature-barrier", 1) &&
           backend_put(be, "feature-discard", disk->limits.discard) &&
           (!disk->limits.discard ||
            (backend_put(be, "discard-granularity", disk->granularity) &&
             backend_put(be, "discard-alignment", 0) && backend_put(be, "discard-secure", 0))) &&
           backend_put(be, "feature-max-indirect-segments", BLOCK_SEGMENTS) &&
           backend_put(be, "feature-persistent", PERSISTENT) &&
           backend_put(be, "max-ring-page-order", RING_PAGES_ORDER) &&
           backend_put(be, "multi-queue-max-queues", LOG_QUEUES);
}

static bool tell_geometry(struct backend *be, bool cdrom)
{
    const struct disk *disk = &device.disk;
    unsigned int info =
        (disk->limits.writable ? 0 : VDISK_READONLY) | (cdrom ? VDISK_CDROM | VDISK_REMOVABLE : 0);

    return backend_put(be, "sectors", disk->limits.sectors) && backend_put(be, "info", info) &&
           backend_put(be, "sector-size", 1u << SECTOR_SHIFT) &&
           backend_put(be, "physical-sector-size", 1u << SECTOR_SHIFT);
}

static void disconnect(struct backend *be)
{
    (void)be;
    io_drain(); /* what is under way uses the buffers */
    for (unsigned int i = 0; i < device.count; i++)
        queue_close(&device.queue[i]);
    device.count = 0;
    log_reset(device.log);
}

/* Queue @i's nodes lie below queue-<i>/ when there are several. */
static int open_queue(struct backend *be, unsigned int i, unsigned int queues)
{
    struct queue *q = &device.queue[i];
    uint32_t refs[1u << RING_PAGES_ORDER], order = 0, port;
    char dir[20] = "";
    bool many, ok;

    if (queues > 1)
        snprintf(dir, sizeof(dir), "queue-%u/", i);
    many = backend_front_number(be, RING_PAGES_ORDER, &order, "ring-page-order");
    if (!many && store_number(be->xs, 0, "%s/ring-page-order", be->front) != 0)
        return fail(&be->fail, "the guest's ring is larger than offered");
    ok = backend_front_number(be, UINT32_MAX, &port, "%sevent-channel", dir);
    for (uint32_t n = 0; ok && n < 1u << order; n++)
        ok = many && (order || store_number(be->xs, -1, "%s/%sring-ref", be->front, dir) < 0)
                 ? backend_front_number(be, UINT32_MAX, &refs[n], "%sring-ref%u", dir, n)
                 : backend_front_number(be, UINT32_MAX, &refs[n], "%sring-ref", dir);
    if (!ok)
        return fail(&be->fail, "the guest gave no ring or no event channel");
    *q = (struct queue){.be = be,
                        .disk = &device.disk,
                        .log = &device.log->queue[i],
                        .stats = &device.log->stats,
                        .port = -1};
    q->grants.persistent = PERSISTENT && backend_front_flag(be, "feature-persistent");
    return queue_open(q, refs, 1u << order, port, be->resumed);
}

static int connect_queues(struct backend *be)
{
    char *protocol = store_read(be->xs, "%s/protocol", be->front);
    bool native = !protocol || strcmp(protocol, "x86_64-abi") == 0;
    uint32_t queues;

    free(protocol);
    if (!native)
        return fail(&be->fail, "only 64-bit front-ends are served");
    if (backend_front_queues(be, LOG_QUEUES, &queues))
        return -1;
    if (be->resumed && device.log->queues != queues)
        return fail(&be->fail, "the log of the process before is of another connection");
    if (!be->resumed)
        log_reset(device.log);
    for (device.count = 0; device.count < queues; device.count++)
        if (open_queue(be, device.count, queues))
            return -1;
    device.log->queues = queues;
    return 0;
}

static int connect_disk(struct backend *be)
{
    if (connect_queues(be)) {
        disconnect(be);
        return -1;
    }
    if (be->resumed || tell_geometry(be, store_number(be->xs, 0, "%s/removable", be->back) == 1))
        return 0;
    disconnect(be);
    return fail(&be->fail, "cannot write the disk's size to xenstore: %s", strerror(errno));
}

static void on_event(struct backend *be, evtchn_port_t port)
{
    (void)be;
    (void)port; /* every queue is looked at after each round of the loop */
}

static const struct backend_ops ops = {
    .announce = announce, .connect = connect_disk, .disconnect = disconnect, .event = on_event};

static int parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"back", required_argument, NULL, 'b'},   {"disk-fd", required_argument, NULL, 'd'},
        {"log-fd", required_argument, NULL, 'l'}, {"read-only", no_argument, NULL, 'r'},
        {"discard", no_argument, NULL, 'D'},      {NULL, 0, NULL, 0},
    };
    int opt;

    *o = (struct options){.disk_fd = -1, .log_fd = -1};
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
        case 'r':
            o->read_only = true;
            break;
        case 'D':
            o->discard = true;
            break;
        default:
            return -1;
        }
    }
    return o->path && o->disk_fd >= 0 && o->log_fd >= 0 && optind == argc ? 0 : -1;
}

static int setup(const struct options *o)
{
    struct fail f = {""};

    if (loop_init() || backend_open(&device.be, o->path, &ops))
        return -1;
    device.log = log_map(o->log_fd);
    if (!device.log) {
        log_msg("%s: cannot map the in-flight log: %s", o->path, strerror(errno));
        return -1;
    }
    if (disk_probe(&device.disk, o->disk_fd, !o->read_only, o->discard, &f)) {
        log_msg("%s: %s", o->path, f.text);
        return -1;
    }
    if (io_open(&device.disk, LOG_QUEUES * LOG_ENTRIES)) {
        log_msg("%s: cannot make an io_uring: %s", o->path, strerror(errno));
        return -1;
    }
    return drop_privileges();
}

int main(int argc, char **argv)
{
    struct options o;

    if (parse(argc, argv, &o)) {
        fprintf(stderr, "Usage: hospes-blk --back PATH --disk-fd N --log-fd N [--read-only] "
                        "[--discard]\nServe one disk; started by xend.\n");
        return 2;
    }
    if (setup(&o))
        return 1;
    backend_start(&device.be);
    while (!device.be.leaving) {
        bool more = false;

        for (unsigned int i = 0; i < device.count; i++)
            more |= queue_run(&device.queue[i]);
        io_submit();
        loop_wait(more ? 0 : -1);
    }
    return 0;
}
