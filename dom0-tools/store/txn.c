/* SPDX-License-Identifier: BSD-2-Clause */
/* Transactions: fork, log, replay. */
#include <errno.h>

#include "store/client.h"
#include "store/nodeops.h"
#include "store/txn.h"
#include "lib/xalloc.h"

/* Bound of a privileged client's transaction; quota.transaction_nodes bounds the others'. */
#define PRIVILEGED_OPS (1u << 16)

struct txn_op {
    uint32_t type;
    char *path;
    char *rest;
    size_t rest_len;
    uint64_t digest; /* of the result */
};

static void link_txn(struct client *c, struct txn *t)
{
    t->next = c->txns;
    c->txns = t;
    c->txn_count++;
}

int txn_start(struct client *c, const struct quota *q, const struct tree *live, uint32_t *id)
{
    struct txn *t;

    if (!c->who.privileged && c->txn_count >= q->transactions)
        return ENOSPC;
    t = xcalloc(1, sizeof(*t));
    do {
        t->id = ++c->last_txn_id;
    } while (!t->id || txn_find(c, t->id));
    t->base_gen = live->gen;
    tree_fork(&t->work, live);
    link_txn(c, t);
    *id = t->id;
    return 0;
}

struct txn *txn_find(struct client *c, uint32_t id)
{
    struct txn *t = c->txns;

    while (t && t->id != id)
        t = t->next;
    return t;
}

static uint64_t digest(int err, const struct reply *r)
{
    uint64_t h = 14695981039346656037u ^ (unsigned int)err; /* FNV-1a */

    if (!err)
        for (size_t i = r->stamp_len; i < r->len; i++)
            h = (h ^ (unsigned char)r->data[i]) * 1099511628211u;
    return h * 1099511628211u;
}

int txn_run(struct txn *t, const struct client *c, const struct quota *q, const struct call *call,
            struct reply *r)
{
    struct view v = {&t->work, &c->who, q, &t->changes};
    struct txn_op *op;
    int err;

    if (t->expired)
        return EAGAIN;
    if (t->op_count >= (c->who.privileged ? PRIVILEGED_OPS : q->transaction_nodes))
        return ENOSPC;
    if (t->op_count == t->op_room) {
        t->op_room = t->op_room ? 2 * t->op_room : 8;
        t->ops = xrealloc(t->ops, t->op_room * sizeof(*t->ops));
    }
    op = &t->ops[t->op_count++];
    op->type = call->type;
    op->path = xmemdup(call->path.text, strlen(call->path.text));
    op->rest = xmemdup(call->rest, call->rest_len);
    op->rest_len = call->rest_len;
    err = nodeop_run(&v, call, r);
    op->digest = digest(err, r);
    return err;
}

/* Runs the log on @tree; false at the first result that is not what it was. */
static bool replay(const struct txn *t, const struct view *v)
{
    struct call call;
    struct reply r;

    for (unsigned int i = 0; i < t->op_count; i++) {
        const struct txn_op *op = &t->ops[i];

        call.type = op->type;
        strcpy(call.path.text, op->path);
        call.rest = op->rest;
        call.rest_len = op->rest_len;
        if (digest(nodeop_run(v, &call, &r), &r) != op->digest)
            return false;
    }
    return true;
}

int txn_commit(struct txn *t, const struct client *c, const struct quota *q, struct tree *live,
               struct change_list *changes)
{
    struct tree scratch, old = *live;

    if (t->expired)
        return EAGAIN;
    if (live->gen == t->base_gen) {
        *live = t->work;
        t->work = old; /* goes with the transaction */
        *changes = t->changes;
        t->changes = (struct change_list){0};
        return 0;
    }
    tree_fork(&scratch, live);
    if (!replay(t, &(struct view){&scratch, &c->who, q, changes})) {
        tree_free(&scratch);
        change_clear(changes);
        return EAGAIN;
    }
    *live = scratch;
    tree_free(&old);
    return 0;
}

/* Frees all that a transaction holds. */
static void empty(struct txn *t)
{
    for (unsigned int i = 0; i < t->op_count; i++) {
        free(t->ops[i].path);
        free(t->ops[i].rest);
    }
    free(t->ops);
    t->ops = NULL;
    t->op_count = t->op_room = 0;
    change_clear(&t->changes);
    tree_free(&t->work);
}

void txn_expire(struct client *c, uint64_t live_gen)
{
    for (struct txn *t = c->txns; t; t = t->next)
        if (!t->expired && live_gen - t->base_gen > TXN_LIFETIME) {
            empty(t);
            t->expired = true;
        }
}

void txn_add_expired(struct client *c, uint32_t id)
{
    struct txn *t = xcalloc(1, sizeof(*t));

    t->id = id;
    t->expired = true;
    link_txn(c, t);
}

void txn_drop(struct client *c, struct txn *t)
{
    struct txn **slot = &c->txns;

    while (*slot != t)
        slot = &(*slot)->next;
    *slot = t->next;
    c->txn_count--;
    if (!t->expired)
        empty(t);
    free(t);
}

void txn_drop_all(struct client *c)
{
    while (c->txns)
        txn_drop(c, c->txns);
}
