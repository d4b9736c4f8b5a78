/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store: everything xenstored knows, and the answer to every request.  Pure: whatever touches
 * the world outside (sending, other domains) is a call in struct store_io, which tests fake.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/client.h"
#include "store/quota.h"
#include "store/tree.h"
#include "store/watch.h"

struct store_io {
    /* Sends a reply; its request has been dealt with completely. */
    void (*reply)(struct client *c, const struct xsd_sockmsg *hdr, const void *body);
    /* Sends a watch event. */
    watch_event_fn *event;
    /* Domains.  All return 0 or an errno value. */
    int (*introduce)(unsigned int domid, unsigned long mfn, unsigned int port);
    int (*release)(unsigned int domid);
    int (*resume)(unsigned int domid);
    int (*set_target)(unsigned int domid, unsigned int target);
    bool (*introduced)(unsigned int domid);
    void (*log)(const char *text);
};

struct store {
    struct tree tree;
    struct watch_table watches;
    struct quota quota;
    const struct store_io *io;
};

void store_init(struct store *s, const struct store_io *io);
void store_free(struct store *s);

/* Prepares @c for a domain, or for a socket (domid 0, privileged). */
void store_client_init(struct client *c, unsigned int domid, bool privileged);

/* Drops the watches and transactions of a client: it went away, or it asked for that. */
void store_client_reset(struct store *s, struct client *c);

/* Answers one request; @body has @hdr->len bytes, at most XENSTORE_PAYLOAD_MAX. */
void store_request(struct store *s, struct client *c, const struct xsd_sockmsg *hdr,
                   const char *body);

/* Fires @introduceDomain or @releaseDomain. */
void store_fire_special(struct store *s, enum tree_special which);

#endif
