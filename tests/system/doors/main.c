/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for hospes-blk: the same monitor and the same confinement, and a worker that does what
 * a guest would let it do that has taken it over.  What it finds is in xend's log.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "doors.h"
#include "lib/daemon.h"
#include "lib/monitor.h"

#define DOMAINS 8u
#define PORTS   64u

static uid_t uid;

static void say(const char *door)
{
    log_msg(strcmp(door, "all tried") == 0 ? "%s" : "open: %s", door);
}

static bool binds_others(struct backend *be)
{
    for (uint32_t domid = 0; domid < DOMAINS; domid++)
        for (uint32_t port = 1; domid != be->domid && port < PORTS; port++)
            if (xenevtchn_bind_interdomain(be->xce, domid, port) >= 0)
                return true;
    return false;
}

static void try_other_guests(struct backend *be)
{
    if (binds_others(be))
        say("another domain's event channel");
    if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, be->gntdev, 0) != MAP_FAILED)
        say("a grant that was not asked for");
}

static int connect_disk(struct backend *be, const void *body)
{
    (void)body;
    try_other_guests(be);
    doors_try(uid, say);
    return fail(&be->fail, "doors were tried");
}

static void disconnect(struct backend *be)
{
    (void)be;
}

static int run(struct backend *be)
{
    (void)be;
    return -1;
}

static bool announce(struct monitor *m)
{
    return monitor_put(m, "multi-queue-max-queues", 1);
}

static int gather(struct monitor *m, void *body)
{
    (void)m;
    (void)body;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct backend_ops ops = {
        .connect = connect_disk, .disconnect = disconnect, .run = run};
    static const struct monitor_ops nodes = {.announce = announce, .gather = gather};
    static struct monitor monitor;
    const char *path = NULL;

    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--back") == 0)
            path = argv[i + 1];
        else if (strcmp(argv[i], "--uid") == 0)
            uid = atol(argv[i + 1]);
    }
    if (!path || !uid || monitor_open(&monitor, path, &nodes))
        return 1;
    return monitor_run(&monitor, &(struct monitor_options){.uid = uid, .area = 4096, .grants = 16},
                       &ops);
}
