/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One of the two devices that a display is (vfb, vkbd), as its back-end sees it: its nodes in
 * xenstore, its life, its Xen handles.
 */
#ifndef FB_HALF_H
#define FB_HALF_H

#include <stdbool.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "lib/fail.h"
#include "lib/loop.h"
#include "lib/nodes.h"

struct half;

struct half_ops {
    /* Writes the features below half->nodes.back; false with errno if xenstore refuses. */
    bool (*announce)(struct half *half);
    /* Maps rings and begins to serve; 0, or -1 with half->fail and nothing left mapped. */
    int (*connect)(struct half *half);
    /* Lets go of everything of the guest's. */
    void (*disconnect)(struct half *half);
    /* An event channel fired. */
    void (*event)(struct half *half, evtchn_port_t port);
};

struct half {
    const struct half_ops *ops;
    struct nodes nodes;
    xenevtchn_handle *xce;
    xengnttab_handle *xgt;
    bool connected;
    bool resumed; /* connect() continues a connection of a process that died */
    bool leaving; /* the loop is to end */
    struct source store_source, event_source;
    struct fail fail;
};

/*
 * Opens the Xen devices and the store for the device whose back-end node is @path.  Returns 0, or
 * -1 after saying why.  Needs loop_init().
 */
int half_open(struct half *half, const char *path, const struct half_ops *ops);

/* Watches the nodes and takes the first steps; to be called when all else is ready. */
void half_start(struct half *half);

/* Gives the device up for the reason in half->fail, before half_start(). */
void half_refuse(struct half *half);

/* A number that the guest wrote below its half, @key printf-style; false if absent or too large. */
bool half_front_number(struct half *half, uint32_t max, uint32_t *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* As before, for a yes/no feature: absent is no. */
bool half_front_flag(struct half *half, const char *key);

/* Writes one of the back-end's own numbers. */
bool half_put(struct half *half, const char *key, uint64_t value);

/* Maps @count ring pages of the guest; NULL with errno. */
void *half_map(struct half *half, uint32_t *refs, uint32_t count);
void half_unmap(struct half *half, void *ring, uint32_t count);

/* Binds the guest's port: the local port, or -1 with errno. */
int half_bind(struct half *half, uint32_t remote_port);

#endif
