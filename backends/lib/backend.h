/* SPDX-License-Identifier: BSD-2-Clause */
/* One device served by this process: its nodes in xenstore, its life, its Xen handles. */
#ifndef BACK_BACKEND_H
#define BACK_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "lib/fail.h"
#include "lib/loop.h"

struct backend;

struct backend_ops {
    /* Writes the features below be->back; false with errno if xenstore refuses. */
    bool (*announce)(struct backend *be);
    /* Maps rings and begins to serve; 0, or -1 with be->fail and nothing left mapped. */
    int (*connect)(struct backend *be);
    /* Lets go of everything of the guest's. */
    void (*disconnect)(struct backend *be);
    /* An event channel fired. */
    void (*event)(struct backend *be, evtchn_port_t port);
};

struct backend {
    const struct backend_ops *ops;
    struct xs_handle *xs;
    xenevtchn_handle *xce;
    xengnttab_handle *xgt;
    char back[128], front[128]; /* xenstore paths */
    uint32_t domid;             /* of the front-end */
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
int backend_open(struct backend *be, const char *path, const struct backend_ops *ops);

/* Watches the nodes and takes the first steps; to be called when all else is ready. */
void backend_start(struct backend *be);

/* A number that the guest wrote below its half, @key printf-style; false if absent or too large. */
bool backend_front_number(struct backend *be, uint32_t max, uint32_t *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* How many queues the guest wants, 1 if it does not say: 0 and @queues, or -1 with be->fail. */
int backend_front_queues(struct backend *be, uint32_t max, uint32_t *queues);

/* As before, for a yes/no feature: absent is no. */
bool backend_front_flag(struct backend *be, const char *key);

/* Writes one of the back-end's own numbers. */
bool backend_put(struct backend *be, const char *key, uint64_t value);

/* Maps @count ring pages of the guest; NULL with errno. */
void *backend_map(struct backend *be, const uint32_t *refs, uint32_t count);
void backend_unmap(struct backend *be, void *ring, uint32_t count);

/* Binds the guest's port: the local port, or -1 with errno. */
int backend_bind(struct backend *be, uint32_t remote_port);

#endif
