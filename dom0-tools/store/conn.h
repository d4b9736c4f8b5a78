/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection: messages in, messages out, over a socket or a ring.
 *
 * What it holds is bounded: one partial request; replies, of which so few are queued before no
 * further request is read; and watch events, which are never queued twice and of which a guest
 * loses the excess (a privileged client that stops reading is cut off in place of that).
 */
#ifndef STORE_CONN_H
#define STORE_CONN_H

#include <sys/types.h>

#include "store/store.h"

struct conn;

/* How bytes move.  Both return how many, 0 when it would block, or -1: the connection is dead. */
struct transport {
    ssize_t (*read)(struct conn *c, void *buf, size_t len);
    ssize_t (*write)(struct conn *c, const void *buf, size_t len);
    /* After every service: what to wait for (sockets), whom to notify (rings). */
    void (*settle)(struct conn *c);
    /* A message with a payload above XENSTORE_PAYLOAD_MAX came; the connection is dead. */
    void (*overlong)(struct conn *c);
};

struct out_msg {
    struct out_msg *next;
    size_t len, sent;
    bool event;
    char data[];
};

struct conn {
    struct client client; /* first: the store's client is this connection */
    struct conn *next;
    const struct transport *transport;
    bool ready;   /* service it in the next round */
    bool dead;    /* to be reaped by its transport's owner, or reset by the guest */
    bool choked;  /* enough output is queued: reads nothing until some is sent */
    bool dropped; /* events were lost; said once */
    char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
    size_t in_len;
    struct out_msg *out, **out_tail;
    unsigned int out_count, event_count;
};

extern struct store store; /* the one this daemon serves */
extern struct conn *conns; /* all connections */

void conn_init(struct conn *c, const struct transport *t, unsigned int domid, bool privileged);

/* Drops everything that is queued, watched or open; the connection can go on afresh. */
void conn_reset(struct conn *c);

/* Resets it and takes it out of the list. */
void conn_free(struct conn *c);

/* Moves what can be moved, a bounded number of requests; sets c->ready when there is more. */
void conn_service(struct conn *c);

/* The store's way out: see struct store_io. */
void conn_reply(struct client *c, const struct xsd_sockmsg *hdr, const void *body);
void conn_event(struct client *c, const char *path, const char *token);

#endif
