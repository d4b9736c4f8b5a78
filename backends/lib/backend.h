/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker's view of its device: one guest's rings and event channels, and nothing else.  It
 * reads what the guest wrote, so it is confined (confine.h), and asks its monitor for the rest.
 */
#ifndef BACK_BACKEND_H
#define BACK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "lib/channel.h"
#include "lib/device_stats.h"
#include "lib/fail.h"
#include "lib/inject.h"
#include "lib/loop.h"

struct backend;

struct backend_ops {
    /* What must be opened before the rights go; the guest has no say in it.  0, or -1 + be->fail */
    int (*init)(struct backend *be);
    /* Maps the rings that @body names and begins to serve; 0, or -1 with be->fail and none mapped
     */
    int (*connect)(struct backend *be, const void *body);
    /* Lets go of everything of the guest's. */
    void (*disconnect)(struct backend *be);
    /*
     * Does what there is to do, without waiting.  How long then nothing needs to be done unless
     * there is an event: milliseconds, -1 for ever, 0 if there may be more at once.
     */
    int (*run)(struct backend *be);
};

struct backend {
    const struct backend_ops *ops;
    char back[128]; /* the device's path in xenstore, for messages */
    uint32_t domid; /* of the front-end */
    xenevtchn_handle *xce;
    int gntdev;          /* only for mmap() of what the broker mapped */
    int control, grants; /* sockets to the monitor (channel.h) */
    uint8_t *area;       /* memory shared with the monitor: copies begin and end there */
    size_t area_size;
    struct device_stats *stats;
    struct trouble trouble; /* not yet told */
    struct inject inject;   /* faults that are asked for */
    int64_t now;            /* microseconds of CLOCK_MONOTONIC when the loop was last woken */
    bool connected;
    bool resumed; /* connect() continues a connection of a process that died */
    bool leaving; /* the monitor is gone */
    struct source control_source, event_source;
    evtchn_port_t masked[64]; /* fired, and to be unmasked after the next look at the rings */
    size_t masked_bytes;
    struct fail fail;
};

/*
 * Serves until the monitor is gone; to be called confined.  What is under way then is left to those
 * who replace both.
 */
void backend_serve(struct backend *be);

/* Makes the sources of the loop; 0, or -1 with errno.  To be called before. */
int backend_prepare(struct backend *be);

/* Maps @count ring pages of the guest; NULL with errno. */
void *backend_map(struct backend *be, const uint32_t *refs, uint32_t count);
void backend_unmap(struct backend *be, void *ring, uint32_t count);

/*
 * Copies between granted pages and the shared area, at most GRANT_PARTS segments: 0 and their
 * statuses, or -1.  The domain in them is not looked at: it is the guest's in any case.
 */
int backend_copy(struct backend *be, uint32_t count, xengnttab_grant_copy_segment_t *segs);

/* Binds the guest's port: the local port, or -1 with errno. */
int backend_bind(struct backend *be, uint32_t remote_port);

#endif
