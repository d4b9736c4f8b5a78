/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transactions.  Pure.
 *
 * A transaction works on its own fork of the tree and keeps a log of its requests with a digest
 * of each result.  If nothing else has changed the store meanwhile, committing means taking the
 * fork as the new tree.  Otherwise the log is run again on a fork of the current tree: when every
 * request has the result it had, the transaction could as well have run at this very moment, and
 * that fork is taken; when not, the client is told EAGAIN and has to start over.  So committed
 * transactions are serialisable by construction, and only a visible difference is a conflict.
 */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include "store/call.h"
#include "store/db.h"

struct client;
struct txn_op;

struct txn {
    struct txn *next; /* of its client */
    bool expired;     /* nothing is left of it but its id */
    uint32_t id;
    uint64_t base_gen; /* of the live tree when it started */
    struct tree work;
    struct change_list changes;
    struct txn_op *ops;
    unsigned int op_count, op_room;
};

/* Starts one: 0 with its id, or ENOSPC when the client has too many open. */
int txn_start(struct client *c, const struct quota *q, const struct tree *live, uint32_t *id);

struct txn *txn_find(struct client *c, uint32_t id);

/* Runs a node request inside: its result, or ENOSPC when the transaction is too long. */
int txn_run(struct txn *t, const struct client *c, const struct quota *q, const struct call *call,
            struct reply *r);

/*
 * Commits: 0 with the changes in @changes (empty before), or EAGAIN.  Either way @t is still to
 * be dropped.
 */
int txn_commit(struct txn *t, const struct client *c, const struct quota *q, struct tree *live,
               struct change_list *changes);

/*
 * An open transaction keeps alive what the others have replaced since it began.  So that no guest
 * can make the daemon hold old trees for ever, one during which more than TXN_LIFETIME changes
 * happened is emptied; what is left of it answers EAGAIN.
 */
#define TXN_LIFETIME 16384
void txn_expire(struct client *c, uint64_t live_gen);

/* Adds one that has expired already: all that is left of it is @id. */
void txn_add_expired(struct client *c, uint32_t id);

/* Forgets a transaction, or all of a client's. */
void txn_drop(struct client *c, struct txn *t);
void txn_drop_all(struct client *c);

#endif
