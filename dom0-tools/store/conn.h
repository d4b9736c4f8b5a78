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

#include "store/journal.h"
#include "store/store.h"

struct conn;

/*
 * How bytes move.  Both return how many, 0 when it would block, or -1: the connection is dead.
 * They count what they moved in the slot.
 */
struct transport {
    ssize_t (*read)(struct conn *c, void *buf, size_t len);
    ssize_t (*write)(struct conn *c, const void *buf, size_t len);
    /* After every service: what to wait for (sockets), whom to notify (rings). */
    void (*settle)(struct conn *c);
    /* It broke the protocol, by a payload above XENSTORE_PAYLOAD_MAX; the connection is dead. */
    void (*refuse)(struct conn *c);
};

struct out_msg {
    struct out_msg *next;
    size_t len;
    bool event;
    char data[];
};

struct conn {
    struct client client; /* first: the store's client is this connection */
    struct conn *next;
    const struct transport *transport;
    struct slot *slot; /* its shared counts, and the request that is coming in */
    unsigned int slot_nr;
    struct origin origin;
    bool logged;                 /* the log knows it */
    bool ready;                  /* service it in the next round */
    bool dead;                   /* to be reaped by its transport's owner, or reset by the guest */
    bool choked;                 /* enough output is queued: reads nothing until some is sent */
    bool dropped;                /* events were lost; said once */
    uint32_t in_start;           /* of slot->in_moved, where that request began */
    uint32_t out_start, out_end; /* of slot->out_moved: begin of the queue, and its end */
    struct out_msg *out, **out_tail;
    unsigned int out_count, event_count;
};

extern struct store store; /* the one this daemon serves */
extern struct conn *conns; /* all connections */

void conn_init(struct conn *c, const struct transport *t, struct slot *slot, unsigned int slot_nr,
               unsigned int domid);

/* The connection in a slot, or NULL. */
struct conn *conn_at(unsigned int slot_nr);

/*
 * Logs that it starts (again) as @o says; what comes next is the first byte of a request.  To be
 * committed by the caller.
 */
void conn_log_start(struct conn *c, const struct origin *o);

/* Logs what set_target and transactions have made of the client. */
void conn_log_client(const struct conn *c);

/* Drops everything that is queued, watched or open; the connection can go on afresh. */
void conn_reset(struct conn *c);

/* Resets it and takes it out of the list. */
void conn_free(struct conn *c);

/* Moves what can be moved, a bounded number of requests; sets c->ready when there is more. */
void conn_service(struct conn *c);

/* Disconnects whose request was the last that several daemons before this one ran. */
void conn_drop_suspects(void);

/* Lets the guests' old transactions expire. */
void conn_expire_transactions(void);

/* Reading the log: where it stands, and a message queued for it, of which some may have gone. */
void conn_mark(struct conn *c, const struct mark *mark);
void conn_requeue(struct conn *c, const void *data, size_t len);

/* The store's way out: see struct store_io. */
void conn_reply(struct client *c, const struct xsd_sockmsg *hdr, const void *body);
void conn_event(struct client *c, const char *path, const char *token);

#endif
