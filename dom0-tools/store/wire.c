/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of the wire protocol: the table of operations with their privilege, and dispatch. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>

#include <xen/xen.h>

#include "store/control.h"
#include "store/nodeops.h"
#include "store/store.h"
#include "store/txn.h"
#include "lib/xalloc.h"

/* A request on its way through the store. */
struct request {
    struct store *s;
    struct client *c;
    uint32_t tx_id;
    const char *arg[3]; /* nul-terminated arguments, NULL where there are fewer */
    const char *body;
    size_t len;
    struct watch *new_watch; /* to be fired after the reply */
    struct change_list changes;
};

void store_init(struct store *s, const struct store_io *io)
{
    memset(s, 0, sizeof(*s));
    tree_init(&s->tree);
    quota_init(&s->quota);
    s->io = io;
}

void store_free(struct store *s)
{
    tree_free(&s->tree);
}

void store_client_init(struct client *c, unsigned int domid, bool privileged)
{
    memset(c, 0, sizeof(*c));
    c->who = (struct subject){
        .domid = (uint16_t)domid, .target = (uint16_t)domid, .privileged = privileged};
    snprintf(c->home, sizeof(c->home), "/local/domain/%u", domid);
}

void store_client_reset(struct store *s, struct client *c)
{
    watch_del_all(&s->watches, c);
    txn_drop_all(c);
}

void store_fire_special(struct store *s, enum tree_special which)
{
    struct change_list list = {0};

    change_add(&list, s->tree.special[which]->name, NULL, false);
    watch_fire(&s->watches, &s->tree, &list, s->io->event);
    change_clear(&list);
}

/* A decimal number of at most @max. */
static bool number(const char *text, unsigned long max, unsigned long *n)
{
    char *end;

    if (!text || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *n = strtoul(text, &end, 10);
    return !*end && !errno && *n <= max;
}

/* The watch path of the first argument: a special name as it is, or a node's path. */
static bool watch_path(const struct request *q, struct path *p)
{
    if (!q->arg[0] || !q->arg[1])
        return false;
    if (!path_is_special(q->arg[0]))
        return path_resolve(p, q->arg[0], q->c->home);
    if (strlen(q->arg[0]) > XENSTORE_REL_PATH_MAX)
        return false;
    strcpy(p->text, q->arg[0]);
    p->base_len = 0;
    return true;
}

static int op_watch(struct request *q, struct reply *r)
{
    struct path p;

    if (!watch_path(q, &p))
        return EINVAL;
    if (!q->c->who.privileged && q->c->watch_count >= q->s->quota.watches)
        return E2BIG;
    q->new_watch = watch_add(&q->s->watches, q->c, &p, q->arg[1]);
    return q->new_watch ? reply_str(r, "OK") : EEXIST;
}

static int op_unwatch(struct request *q, struct reply *r)
{
    struct path p;

    if (!watch_path(q, &p))
        return EINVAL;
    if (!watch_del(&q->s->watches, q->c, p.text, q->arg[1]))
        return ENOENT;
    return reply_str(r, "OK");
}

static int op_reset_watches(struct request *q, struct reply *r)
{
    store_client_reset(q->s, q->c);
    return reply_str(r, "OK");
}

static int op_transaction_start(struct request *q, struct reply *r)
{
    char text[16];
    uint32_t id;
    int err;

    if (q->tx_id)
        return EBUSY;
    err = txn_start(q->c, &q->s->quota, &q->s->tree, &id);
    if (err)
        return err;
    snprintf(text, sizeof(text), "%u", id);
    return reply_str(r, text);
}

static int op_transaction_end(struct request *q, struct reply *r)
{
    struct txn *t = txn_find(q->c, q->tx_id);
    bool commit;
    int err = 0;

    if (!q->arg[0] || (strcmp(q->arg[0], "T") && strcmp(q->arg[0], "F")))
        return EINVAL;
    commit = q->arg[0][0] == 'T';
    if (!t)
        return ENOENT;
    if (commit)
        err = txn_commit(t, q->c, &q->s->quota, &q->s->tree, &q->changes);
    txn_drop(q->c, t);
    return err ? err : reply_str(r, "OK");
}

static int op_introduce(struct request *q, struct reply *r)
{
    unsigned long domid, mfn, port;
    int err;

    if (!number(q->arg[0], DOMID_FIRST_RESERVED - 1, &domid) ||
        !number(q->arg[1], ULONG_MAX, &mfn) || !number(q->arg[2], UINT32_MAX, &port) || !port)
        return EINVAL;
    err = q->s->io->introduce((unsigned int)domid, mfn, (unsigned int)port);
    return err ? err : reply_str(r, "OK");
}

static int op_release(struct request *q, struct reply *r)
{
    unsigned long domid;
    int err;

    if (!number(q->arg[0], DOMID_FIRST_RESERVED - 1, &domid) || !domid)
        return EINVAL;
    err = q->s->io->release((unsigned int)domid);
    return err ? err : reply_str(r, "OK");
}

static int op_resume(struct request *q, struct reply *r)
{
    unsigned long domid;
    int err;

    if (!number(q->arg[0], DOMID_FIRST_RESERVED - 1, &domid) || !domid)
        return EINVAL;
    err = q->s->io->resume((unsigned int)domid);
    return err ? err : reply_str(r, "OK");
}

static int op_set_target(struct request *q, struct reply *r)
{
    unsigned long domid, target;
    int err;

    if (!number(q->arg[0], DOMID_FIRST_RESERVED - 1, &domid) || !domid ||
        !number(q->arg[1], DOMID_FIRST_RESERVED - 1, &target))
        return EINVAL;
    err = q->s->io->set_target((unsigned int)domid, (unsigned int)target);
    return err ? err : reply_str(r, "OK");
}

static int op_get_domain_path(struct request *q, struct reply *r)
{
    unsigned long domid;
    char path[32];

    if (!number(q->arg[0], UINT16_MAX, &domid))
        return EINVAL;
    snprintf(path, sizeof(path), "/local/domain/%lu", domid);
    return reply_str(r, path);
}

static int op_is_domain_introduced(struct request *q, struct reply *r)
{
    unsigned long domid;

    if (!number(q->arg[0], UINT16_MAX, &domid))
        return EINVAL;
    return reply_str(r, q->s->io->introduced((unsigned int)domid) ? "T" : "F");
}

static int op_control(struct request *q, struct reply *r)
{
    return control_run(q->s, q->arg, r);
}

/* Requests that are about the connection or domains; those about nodes are in nodeops.c. */
static const struct {
    int (*run)(struct request *q, struct reply *r);
    bool privileged;
} table[XS_TYPE_COUNT] = {
    [XS_CONTROL] = {op_control, true},
    [XS_WATCH] = {op_watch, false},
    [XS_UNWATCH] = {op_unwatch, false},
    [XS_RESET_WATCHES] = {op_reset_watches, false},
    [XS_TRANSACTION_START] = {op_transaction_start, false},
    [XS_TRANSACTION_END] = {op_transaction_end, false},
    [XS_INTRODUCE] = {op_introduce, true},
    [XS_RELEASE] = {op_release, true},
    [XS_GET_DOMAIN_PATH] = {op_get_domain_path, false},
    [XS_IS_DOMAIN_INTRODUCED] = {op_is_domain_introduced, false},
    [XS_RESUME] = {op_resume, true},
    [XS_SET_TARGET] = {op_set_target, true},
};

/* Finds up to three nul-terminated strings in the body. */
static void split_args(struct request *q)
{
    const char *p = q->body, *end = q->body + q->len;

    for (unsigned int i = 0; i < 3 && p < end; i++) {
        const char *nul = memchr(p, '\0', end - p);

        if (!nul)
            return;
        q->arg[i] = p;
        p = nul + 1;
    }
}

/* The first argument as a node's path; special names are for the permission requests only. */
static bool node_path(const struct request *q, uint32_t type, struct path *p)
{
    if (!path_is_special(q->arg[0]))
        return path_resolve(p, q->arg[0], q->c->home);
    if (!nodeop_special(type) || !tree_find(&q->s->tree, q->arg[0]))
        return false;
    strcpy(p->text, q->arg[0]);
    return true;
}

static int run_node_op(struct request *q, uint32_t type, struct reply *r)
{
    struct view live = {&q->s->tree, &q->c->who, &q->s->quota, &q->changes};
    struct call call = {.type = type};
    struct txn *t;

    if (!q->arg[0])
        return EINVAL;
    if (!node_path(q, type, &call.path))
        return EINVAL;
    call.rest = q->arg[0] + strlen(q->arg[0]) + 1;
    call.rest_len = q->body + q->len - call.rest;
    if (!q->tx_id)
        return nodeop_run(&live, &call, r);
    t = txn_find(q->c, q->tx_id);
    return t ? txn_run(t, q->c, &q->s->quota, &call, r) : ENOENT;
}

static int run(struct request *q, uint32_t type, struct reply *r)
{
    split_args(q);
    if (nodeop_known(type))
        return run_node_op(q, type, r);
    if (type >= XS_TYPE_COUNT || !table[type].run)
        return ENOSYS;
    if (table[type].privileged && !q->c->who.privileged)
        return EACCES;
    return table[type].run(q, r);
}

static const char *error_name(int err)
{
    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (xsd_errors[i].errnum == err)
            return xsd_errors[i].errstring;
    return "EINVAL";
}

void store_request(struct store *s, struct client *c, const struct xsd_sockmsg *hdr,
                   const char *body)
{
    struct request q = {.s = s, .c = c, .tx_id = hdr->tx_id, .body = body, .len = hdr->len};
    struct xsd_sockmsg out = *hdr;
    struct reply r = {.len = 0};
    int err = run(&q, hdr->type, &r);

    if (err) {
        out.type = XS_ERROR;
        r.len = 0;
        reply_str(&r, error_name(err));
    }
    out.len = (uint32_t)r.len;
    s->io->reply(c, &out, r.data);
    if (q.new_watch)
        watch_fire_first(q.new_watch, s->io->event);
    watch_fire(&s->watches, &s->tree, &q.changes, s->io->event);
    change_clear(&q.changes);
}
