/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices of domains.  A class (disk, NIC, ...) is one file pair: it knows its part of the config,
 * its nodes, its scripts and how it is shown; everything that all classes have in common (paths,
 * states, waiting, attaching, detaching) stands in device*.c and walks the table of
 * device_classes.c.
 */
#ifndef DOMAIN_DEVICE_H
#define DOMAIN_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "domain/toolstack.h"

/* States of io/xenbus.h that this side looks at */
#define STATE_INITIALISING 1
#define STATE_INIT_WAIT    2
#define STATE_CONNECTED    4
#define STATE_CLOSING      5
#define STATE_CLOSED       6

/* What a domain serves; what dom0 does. */
#define BACKENDS_OF       "/local/domain/%u/backend"
#define BACKEND_DIR       "/local/domain/0/backend"
#define BACKEND_ERROR_DIR "/local/domain/0/error/backend"

/*
 * The home: the domain whose back-ends this process minds.  It is dom0, unless xend runs in a driver
 * domain; only xend ever says so (device_driver.c).
 */
void device_set_home(uint32_t domid);
uint32_t device_home(void);
const char *device_home_name(void); /* in messages: "dom0", "domain 7" */

/* Where a device's two halves live in xenstore. */
struct device_paths {
    char front[96], back[96], error[128];
};

/* Paths of device @id of @type ("vbd", "vif") that the home, or @back, serves to @domid. */
struct device_paths device_paths(const char *type, uint32_t domid, uint32_t id);
struct device_paths device_paths_by(uint32_t back, const char *type, uint32_t domid, uint32_t id);

/* A number of the front half, or of its first queue if it has several; -1 if absent. */
long device_front_number(struct xs_handle *xs, const struct device_paths *p, const char *key);

struct conf_value;
struct creation;
struct device_class;

/* A device that is to be made; the first member of what its class keeps of it. */
struct device {
    const struct device_class *class;
    const struct conf_value *value; /* its place in the config, for messages */
    uint32_t id;                    /* its number below the class's directory */
    char name[32];                  /* what messages call it: "xvda", "0" */
    const char *backend;            /* the domain that is to serve it; NULL: dom0 */
    uint32_t back;                  /* its number, once devices_check() has found it */
};

/* A device that exists: what the functions below need to find it. */
struct device_at {
    const struct device_class *class;
    uint32_t domid, id, back; /* back: the domain that serves it */
    struct device_paths paths;
};

struct device_class {
    const char *type;   /* its directory in xenstore: "vbd" */
    const char *key;    /* its key in configs: "disk" */
    const char *plural; /* in messages: "disks" */
    unsigned int max;   /* a domain has at most */
    bool own_process;   /* Linux has no back-end for it */
    size_t size;        /* of the class's own struct, which begins with a struct device */

    /*
     * Reads dev->value and checks it against the files and the other devices in @c; 0 or -1; 1 if
     * the config says that there is nothing to be made.
     */
    int (*parse)(struct toolstack *ts, struct creation *c, struct device *dev);
    void (*free)(struct device *dev);
    /* Refuses what another domain has; asked under the lock on names.  0 or -1. */
    int (*check)(struct toolstack *ts, const struct creation *c, const struct device *dev);
    /* Writes the class's own nodes of both halves. */
    bool (*write)(struct toolstack *ts, xs_transaction_t t, const struct device *dev,
                  const struct device_paths *p);
    /*
     * Makes what its back-end needs beside its nodes: by its script, or for Linux' own.  NULL:
     * nothing.  0 or -1.
     */
    int (*prepare)(struct toolstack *ts, const struct creation *c, const struct device *dev,
                   const struct device_paths *p);
    /* Once its back-end is ready: runs its script; NULL: there is none.  0 or -1. */
    int (*plug)(struct toolstack *ts, uint32_t domid, const struct device *dev);
    /* Undoes prepare and plug, knowing only the nodes.  May set ts->fail. */
    void (*unplug)(struct toolstack *ts, const struct device_at *at);

    /* Is config text @spec that of the device?  Its nodes still stand. */
    bool (*describes)(struct toolstack *ts, const char *spec, const struct device_at *at);
    /* Reads what a command line calls a device of the domain: its number by that, or -1. */
    long (*find)(struct toolstack *ts, uint32_t domid, const char *who);

    const char *list_header;
    void (*list_row)(struct toolstack *ts, const struct device_at *at);
    /* "(device (vif (key value)...))" of list --long. */
    const char *const *sxp_keys; /* nodes of the back half, NULL-terminated */
};

/* All classes, NULL-terminated. */
extern const struct device_class *const device_classes[];
extern const struct device_class class_disk, class_nic, class_vfb, class_vkbd;

/* The device of that number, whether it is there or not, in dom0 or in its driver domain. */
struct device_at device_at(struct toolstack *ts, const struct device_class *class, uint32_t domid,
                           uint32_t id);

typedef void (*device_fn)(struct toolstack *ts, const struct device_at *at, void *arg);

/* Calls @fn for every device, or every one of @class, that is served to @domid; how many. */
unsigned int device_each(struct toolstack *ts, uint32_t domid, device_fn fn, void *arg);
unsigned int device_each_of(struct toolstack *ts, const struct device_class *class, uint32_t domid,
                            device_fn fn, void *arg);

/* ---- making devices: every function 0, or -1 with ts->fail ---- */

/* Adds all devices of @class that c->conf names. */
int devices_parse(struct toolstack *ts, struct creation *c, const struct device_class *class);
void devices_free(struct creation *c);
int devices_check(struct toolstack *ts, const struct creation *c);

/* Writes front and back nodes and prepares what the kernel's back-ends need. */
int devices_write(struct toolstack *ts, struct creation *c);

/* Gives the devices to the kernel's back-ends, if those are to have them (kernel_backend.c). */
int devices_bind(struct toolstack *ts, struct creation *c);

/* Waits until every back-end waits for its front-end; shows a back-end's own error. */
int devices_wait(struct toolstack *ts, struct creation *c);

/* Runs their scripts. */
int devices_plug(struct toolstack *ts, struct creation *c);

/* ---- driver domains: back-ends elsewhere than in dom0 (device_driver.c) ---- */

/* Finds the domain dev->backend; 0 or -1. */
int device_find_driver(struct toolstack *ts, const struct creation *c, struct device *dev);

/*
 * The guest may write to its own half, so who serves a device is noted where only dom0 writes, as
 * libxl does: /libxl/D/device/TYPE/ID.
 */
bool device_note_driver(struct toolstack *ts, xs_transaction_t t, uint32_t domid,
                        const struct device *dev);

/* The number of the domain that serves the device: 0 unless one is noted. */
uint32_t device_driver(struct toolstack *ts, const char *type, uint32_t domid, uint32_t id);

/* Numbers of @domid's devices of @type that are served by others than dom0; as store_list(). */
char **device_driven(struct toolstack *ts, const char *type, uint32_t domid, unsigned int *count);

/* ---- taking devices away ---- */

/*
 * Asks the back-end to stop; with @gone the front-end's node goes as well, so the back-end need
 * not wait for the guest.
 */
void device_close(struct toolstack *ts, const struct device_at *at, bool gone);

/* True until the back-end has let go of the device. */
bool device_is_open(struct toolstack *ts, const struct device_at *at);

/* What is left to do then: scripts first (they read the nodes), then the nodes. */
void device_remove(struct toolstack *ts, const struct device_at *at);

/* Closes and removes all devices of a domain that is paused or gone. */
void devices_remove_all(struct toolstack *ts, uint32_t domid);

/* Watches, or no longer watches, all back halves and errors of @domid under @token. */
void devices_watch(struct toolstack *ts, uint32_t domid, const char *token, bool on);

/* ---- at run time ---- */

/* Gives a running domain the devices that c->conf names; c->domid says which.  0 or -1. */
int device_attach(struct toolstack *ts, struct creation *c);

/* The same for the one device that a config would describe by @spec. */
int device_attach_spec(struct toolstack *ts, uint32_t domid, const struct device_class *class,
                       const char *spec);

/*
 * Takes one away from a running domain: the guest lets it go first, or, with @force, is not asked.
 * 0 or -1; a guest that does not let go keeps the device.
 */
int device_detach(struct toolstack *ts, const struct device_at *at, bool force);

#endif
