/* SPDX-License-Identifier: BSD-2-Clause */
/* What a disk tells and what its guest asks for; see nodes.h. */
#include "block/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block/connection.h"
#include "lib/store.h"

#define PERSISTENT 1 /* grants are offered to be; some guests ask for it unoffered */

const struct disk *nodes_disk;

static bool announce(struct monitor *m)
{
    const struct disk *disk = nodes_disk;

    return monitor_put(m, "feature-flush-cache", 1) && monitor_put(m, "feature-barrier", 1) &&
           monitor_put(m, "feature-discard", disk->limits.discard) &&
           (!disk->limits.discard ||
            (monitor_put(m, "discard-granularity", disk->granularity) &&
             monitor_put(m, "discard-alignment", 0) && monitor_put(m, "discard-secure", 0))) &&
           monitor_put(m, "feature-max-indirect-segments", BLOCK_SEGMENTS) &&
           monitor_put(m, "feature-persistent", PERSISTENT) &&
           monitor_put(m, "max-ring-page-order", RING_PAGES_ORDER) &&
           monitor_put(m, "multi-queue-max-queues", LOG_QUEUES);
}

static bool tell_geometry(struct monitor *m)
{
    const struct disk *disk = nodes_disk;
    bool cdrom = store_number(m->nodes.xs, 0, "%s/removable", m->nodes.back) == 1;
    unsigned int info =
        (disk->limits.writable ? 0 : VDISK_READONLY) | (cdrom ? VDISK_CDROM | VDISK_REMOVABLE : 0);

    return monitor_put(m, "sectors", disk->limits.sectors) && monitor_put(m, "info", info) &&
           monitor_put(m, "sector-size", 1u << SECTOR_SHIFT) &&
           monitor_put(m, "physical-sector-size", 1u << SECTOR_SHIFT);
}

/* Queue @i's nodes lie below queue-<i>/ when there are several. */
static int gather_queue(struct monitor *m, struct block_connection *c, unsigned int i)
{
    uint32_t *refs = c->queue[i].ref, order = 0;
    char dir[20] = "";
    bool many, ok;

    if (c->queues > 1)
        snprintf(dir, sizeof(dir), "queue-%u/", i);
    many = monitor_front_number(m, RING_PAGES_ORDER, &order, "ring-page-order");
    if (!many && store_number(m->nodes.xs, 0, "%s/ring-page-order", m->nodes.front) != 0)
        return fail(&m->fail, "the guest's ring is larger than offered");
    c->pages = 1u << order;
    ok = monitor_front_number(m, UINT32_MAX, &c->queue[i].port, "%sevent-channel", dir);
    for (uint32_t n = 0; ok && n < c->pages; n++)
        ok = many && (order ||
                      store_number(m->nodes.xs, -1, "%s/%sring-ref", m->nodes.front, dir) < 0)
                 ? monitor_front_number(m, UINT32_MAX, &refs[n], "%sring-ref%u", dir, n)
                 : monitor_front_number(m, UINT32_MAX, &refs[n], "%sring-ref", dir);
    return ok ? 0 : fail(&m->fail, "the guest gave no ring or no event channel");
}

static int gather(struct monitor *m, void *body)
{
    char *protocol = store_read(m->nodes.xs, "%s/protocol", m->nodes.front);
    bool native = !protocol || strcmp(protocol, "x86_64-abi") == 0;
    struct block_connection *c = body;

    free(protocol);
    if (!native)
        return fail(&m->fail, "only 64-bit front-ends are served");
    if (monitor_front_queues(m, LOG_QUEUES, &c->queues))
        return -1;
    c->persistent = PERSISTENT && monitor_front_flag(m, "feature-persistent");
    for (unsigned int i = 0; i < c->queues; i++)
        if (gather_queue(m, c, i))
            return -1;
    return 0;
}

const struct monitor_ops nodes_ops = {
    .announce = announce, .gather = gather, .connected = tell_geometry};
