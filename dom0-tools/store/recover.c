/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing down what there is, and reading it. */
#include "store/recover.h"
#include "lib/xalloc.h"
#include "lib/xs_perms.h"
#include "store/txn.h"

/* A log of this many bytes more than twice what the last one began with is rewritten ... */
#define GROWN ((size_t)2 << 20)
/* ... and at so many more even while transactions are open. */
#define GROWN_FAR ((size_t)64 << 20)

static size_t first_len; /* of the log in use, when it was begun */

void recover_note(const struct conn *c, const struct xsd_sockmsg *hdr, const char *body)
{
    switch (hdr->type) {
    case XS_READ:
    case XS_DIRECTORY:
    case XS_DIRECTORY_PART:
    case XS_GET_PERMS:
        if (!hdr->tx_id)
            return; /* within a transaction its result may decide */
        break;
    case XS_GET_DOMAIN_PATH:
    case XS_IS_DOMAIN_INTRODUCED:
        return;
    case XS_INTRODUCE: /* domain.c logs what these come to */
    case XS_RELEASE:
    case XS_RESUME:
    case XS_SET_TARGET:
        return;
    }
    journal_add(REC_REQUEST, c->slot_nr, hdr, sizeof(*hdr), body, hdr->len);
}

static void dump_request(unsigned int slot, uint32_t type, const char *path, const void *rest,
                         size_t rest_len)
{
    struct xsd_sockmsg hdr = {.type = type, .len = (uint32_t)(strlen(path) + 1 + rest_len)};
    char *body = xalloc_check(malloc(hdr.len));

    memcpy(body, path, strlen(path) + 1);
    memcpy(body + strlen(path) + 1, rest, rest_len);
    journal_add(REC_REQUEST, slot, &hdr, sizeof(hdr), body, hdr.len);
    free(body);
}

static void dump_perms(const char *path, const struct perm_list *perms)
{
    char text[PERM_LIST_MAX * XS_PERM_TEXT_MAX + 1];
    size_t len = 0;

    for (unsigned int i = 0; i < perms->n; i++)
        len += xs_perm_print(&perms->p[i], text + len) + 1;
    dump_request(NO_SLOT, XS_SET_PERMS, path, text, len);
}

static bool same_perms(const struct perm_list *a, const struct perm_list *b)
{
    return a->n == b->n && !memcmp(a->p, b->p, a->n * sizeof(*a->p));
}

/*
 * @path has room for the longest; @len of it is the node's.  A new node has its parent's
 * permissions, so that most need no word about theirs.
 */
static void dump_node(const struct node *n, const struct node *parent, char *path, size_t len)
{
    dump_request(NO_SLOT, XS_WRITE, path, n->value, n->value_len);
    if (!parent || !same_perms(&n->perms, &parent->perms))
        dump_perms(path, &n->perms);
    if (len == 1)
        len = 0; /* the root's slash is its children's */
    for (unsigned int i = 0; i < n->child_count; i++) {
        size_t more =
            snprintf(path + len, XENSTORE_ABS_PATH_MAX + 1 - len, "/%s", n->child[i]->name);

        dump_node(n->child[i], n, path, len + more);
    }
    path[len ? len : 1] = '\0';
}

static void dump_conn(const struct conn *c)
{
    unsigned int slot = c->slot_nr;
    struct mark mark = {c->in_start, c->out_start};

    journal_add(REC_START, slot, &c->origin, sizeof(c->origin), NULL, 0);
    conn_log_client(c);
    for (const struct watch *w = c->client.watches; w; w = w->later)
        dump_request(slot, XS_WATCH, w->path + w->base_len, w->token, strlen(w->token) + 1);
    for (const struct txn *t = c->client.txns; t; t = t->next)
        journal_add(REC_TXN, slot, &t->id, sizeof(t->id), NULL, 0);
    journal_add(REC_MARK, slot, &mark, sizeof(mark), NULL, 0);
    for (const struct out_msg *m = c->out; m; m = m->next)
        journal_add(REC_OUT, slot, m->data, m->len, NULL, 0);
}

void recover_dump(void)
{
    char path[XENSTORE_ABS_PATH_MAX + 1] = "/";
    struct quota none; /* while it is read: what is there was allowed */

    memset(&none, 0x7f, sizeof(none));
    journal_add(REC_GEN, NO_SLOT, &store.tree.gen, sizeof(store.tree.gen), NULL, 0);
    journal_add(REC_QUOTA, NO_SLOT, &none, sizeof(none), NULL, 0);
    dump_node(store.tree.root, NULL, path, 1);
    for (unsigned int i = 0; i < SPECIAL_COUNT; i++)
        dump_perms(store.tree.special[i]->name, &store.tree.special[i]->perms);
    for (unsigned int i = 0; i < STATE_SLOTS; i++)
        if (conn_at(i) && conn_at(i)->logged)
            dump_conn(conn_at(i));
    journal_add(REC_QUOTA, NO_SLOT, &store.quota, sizeof(store.quota), NULL, 0);
}

static bool transactions_open(void)
{
    for (const struct conn *c = conns; c; c = c->next)
        if (c->client.txns)
            return true;
    return false;
}

void recover_compact(void)
{
    size_t len = journal_len(), limit = 2 * first_len + GROWN;

    if (len <= limit || (len <= limit + GROWN_FAR && transactions_open()))
        return;
    journal_begin();
    recover_dump();
    journal_switch();
    first_len = journal_len();
}

/* ---- reading ---- */

static void no_reply(struct client *c, const struct xsd_sockmsg *hdr, const void *body)
{
    (void)c, (void)hdr, (void)body;
}

static void no_event(struct client *c, const char *path, const char *token)
{
    (void)c, (void)path, (void)token;
}

static void no_log(const char *text)
{
    (void)text;
}

/* While requests are run again; those about domains are not among them. */
static const struct store_io mute = {.reply = no_reply, .event = no_event, .log = no_log};

static void replay_request(struct conn *c, const void *data)
{
    static struct client self;
    struct xsd_sockmsg hdr;

    if (!c)
        store_client_init(&self, 0, true);
    memcpy(&hdr, data, sizeof(hdr));
    store_request(&store, c ? &c->client : &self, &hdr, (const char *)data + sizeof(hdr));
}

static void replay_client(struct conn *c, const struct client_rest *rest)
{
    c->client.who.target = (uint16_t)rest->target;
    c->client.last_txn_id = rest->last_txn_id;
}

/* Records of one connection. */
static void replay_conn(struct conn *c, const struct record *rec)
{
    const void *data = rec + 1;

    switch (rec->type) {
    case REC_FREE:
        conn_free(c);
        break;
    case REC_MARK:
        conn_mark(c, data);
        break;
    case REC_OUT:
        conn_requeue(c, data, rec->len);
        break;
    case REC_CLIENT:
        replay_client(c, data);
        break;
    case REC_TXN:
        txn_add_expired(&c->client, *(const uint32_t *)data);
        break;
    }
}

static void replay(const struct record *rec,
                   struct conn *(*make)(unsigned int slot, const struct origin *o))
{
    const void *data = rec + 1;
    struct conn *c = rec->slot == NO_SLOT ? NULL : conn_at(rec->slot);

    switch (rec->type) {
    case REC_START:
        if (c)
            conn_reset(c);
        else
            c = make(rec->slot, data);
        c->origin = *(const struct origin *)data;
        c->logged = true;
        break;
    case REC_REQUEST:
        if (c || rec->slot == NO_SLOT)
            replay_request(c, data);
        break;
    case REC_FORGET:
        tree_forget_domain(&store.tree, *(const uint32_t *)data);
        break;
    case REC_EXPIRE:
        conn_expire_transactions();
        break;
    case REC_QUOTA:
        store.quota = *(const struct quota *)data;
        break;
    case REC_GEN:
        store.tree.gen = *(const uint64_t *)data;
        break;
    default:
        if (c)
            replay_conn(c, rec);
    }
}

void recover_replay(struct conn *(*make)(unsigned int slot, const struct origin *o))
{
    const struct store_io *io = store.io;

    store.io = &mute;
    for (const struct record *rec = NULL; (rec = journal_next(rec));)
        replay(rec, make);
    store.io = io;
    first_len = 0;
}
