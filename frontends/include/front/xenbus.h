/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handshake of a split driver, the same for every device: find the device's two directories,
 * wait for the back-end, publish ring and event channel in one transaction, wait until both sides
 * are connected; and the way back.
 */
#ifndef FRONT_XENBUS_H
#define FRONT_XENBUS_H

#include <front/store.h>
#include <xen/io/xenbus.h>

struct xenbus_device {
    char front[64], back[96]; /* xenstore directories */
    domid_t back_id;
    struct store_watch watch; /* on the back-end's state */
};

/* One key to publish. */
struct xenbus_key {
    const char *node;
    char value[24];
};

/* Time a back-end has for one step. */
#define XENBUS_PATIENCE 20000000000ull /* 20 s: hotplug scripts may run in between */

/* Device number `index` (in xenstore's order) of type "vbd" or "vif".  -ENOENT: there is none. */
long xenbus_open(struct xenbus_device *d, const char *type, unsigned index);
/* Waits until the back-end's state is one of the bits (1 << XenbusState*); its state or -ETIME. */
long xenbus_wait(struct xenbus_device *d, unsigned states, uint64_t patience);
/* Publishes `keys` together with the front-end's own `state`, waits for the back-end to connect,
 * then moves to Connected.  0 or a negative error. */
long xenbus_connect(struct xenbus_device *d, const struct xenbus_key *keys, unsigned n,
                    enum xenbus_state state);
/* Goes to Closing, waits for the back-end, and to Closed. */
void xenbus_close(struct xenbus_device *d);
/* Back-end's key as a number. */
uint64_t xenbus_back_u64(const struct xenbus_device *d, const char *node, uint64_t missing);
/* Fills a key with a number. */
void xenbus_key_u64(struct xenbus_key *key, const char *node, uint64_t value);

#endif
