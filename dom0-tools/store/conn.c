/* SPDX-License-Identifier: BSD-2-Clause */
/* Assembling requests, queueing replies and events, keeping both bounded. */
#include "store/conn.h"
#include "lib/daemon.h"
#include "lib/xalloc.h"
#include "store/recover.h"
#include "store/txn.h"

/* Requests of one connection before the others get their turn. */
#define REQUESTS_PER_TURN 16

/* For privileged clients: queued messages before requests wait, and before it is cut off. */
#define PRIVILEGED_OUTSTANDING 256
#define PRIVILEGED_EVENTS      65536

/* A request that was begun so often, and never ended, is what the daemon dies of. */
#define SUSPECT_TRIES 3

/* How many queued messages are searched for an equal event. */
#define DUPLICATE_SEARCH 1024

struct store store;
struct conn *conns;

static struct conn *at[STATE_SLOTS];

void conn_init(struct conn *c, const struct transport *t, struct slot *slot, unsigned int slot_nr,
               unsigned int domid)
{
    memset(c, 0, sizeof(*c));
    store_client_init(&c->client, domid, domid == 0);
    c->transport = t;
    c->slot = slot;
    c->slot_nr = slot_nr;
    at[slot_nr] = c;
    c->out_tail = &c->out;
    c->next = conns;
    conns = c;
}

struct conn *conn_at(unsigned int slot_nr)
{
    return slot_nr < STATE_SLOTS ? at[slot_nr] : NULL;
}

static void log_mark(const struct conn *c)
{
    struct mark mark = {c->in_start, c->out_end};

    journal_add(REC_MARK, c->slot_nr, &mark, sizeof(mark), NULL, 0);
}

void conn_log_client(const struct conn *c)
{
    struct client_rest rest = {c->client.who.target, c->client.last_txn_id};

    journal_add(REC_CLIENT, c->slot_nr, &rest, sizeof(rest), NULL, 0);
}

void conn_log_start(struct conn *c, const struct origin *o)
{
    c->in_start = moved_total(&c->slot->in_moved);
    c->out_start = c->out_end = moved_total(&c->slot->out_moved);
    c->origin = *o;
    c->logged = true;
    c->slot->tries = 0;
    journal_add(REC_START, c->slot_nr, o, sizeof(*o), NULL, 0);
    log_mark(c);
}

void conn_reset(struct conn *c)
{
    struct out_msg *m;

    store_client_reset(&store, &c->client);
    while ((m = c->out)) {
        c->out = m->next;
        free(m);
    }
    c->out_tail = &c->out;
    c->out_count = c->event_count = 0;
    c->in_start = moved_total(&c->slot->in_moved);
    c->out_start = c->out_end = moved_total(&c->slot->out_moved);
    c->dead = c->choked = c->dropped = false;
}

void conn_free(struct conn *c)
{
    struct conn **slot = &conns;

    conn_reset(c);
    while (*slot != c)
        slot = &(*slot)->next;
    *slot = c->next;
    at[c->slot_nr] = NULL;
    free(c);
}

void conn_expire_transactions(void)
{
    for (struct conn *c = conns; c; c = c->next)
        if (!c->client.who.privileged)
            txn_expire(&c->client, store.tree.gen);
}

void conn_drop_suspects(void)
{
    for (struct conn *c = conns; c; c = c->next) {
        if (c->dead || c->slot->tries < SUSPECT_TRIES)
            continue;
        log_msg("a request of domain %u ended the daemon %u times: it is not served any more",
                c->client.who.domid, c->slot->tries);
        c->dead = true;
        c->transport->refuse(c);
    }
}

static void append(struct conn *c, struct out_msg *m)
{
    struct xsd_sockmsg hdr;

    memcpy(&hdr, m->data, sizeof(hdr));
    m->next = NULL;
    m->event = hdr.type == XS_WATCH_EVENT;
    *c->out_tail = m;
    c->out_tail = &m->next;
    c->out_end += (uint32_t)m->len;
    c->out_count++;
    c->event_count += m->event;
    c->ready = true;
}

static void queue(struct conn *c, const struct xsd_sockmsg *hdr, const void *a, size_t a_len,
                  const void *b, size_t b_len)
{
    struct out_msg *m = xalloc_check(malloc(sizeof(*m) + sizeof(*hdr) + a_len + b_len));

    m->len = sizeof(*hdr) + a_len + b_len;
    memcpy(m->data, hdr, sizeof(*hdr));
    memcpy(m->data + sizeof(*hdr), a, a_len);
    memcpy(m->data + sizeof(*hdr) + a_len, b, b_len);
    append(c, m);
    journal_add(REC_OUT, c->slot_nr, m->data, m->len, NULL, 0);
}

void conn_mark(struct conn *c, const struct mark *mark)
{
    c->in_start = mark->in;
    if (!c->out)
        c->out_start = c->out_end = mark->out;
}

void conn_requeue(struct conn *c, const void *data, size_t len)
{
    struct out_msg *m;

    if (!c->out && (int32_t)(moved_total(&c->slot->out_moved) - c->out_end - len) >= 0) {
        c->out_start = c->out_end += (uint32_t)len; /* all of it has gone */
        return;
    }
    m = xalloc_check(malloc(sizeof(*m) + len));
    m->len = len;
    memcpy(m->data, data, len);
    append(c, m);
}

void conn_reply(struct client *client, const struct xsd_sockmsg *hdr, const void *body)
{
    queue((struct conn *)client, hdr, body, hdr->len, "", 0);
}

/* Bytes of the first queued message that have gone. */
static size_t sent(const struct conn *c)
{
    return moved_total(&c->slot->out_moved) - c->out_start;
}

/* Is the same event waiting already, untouched?  Then another one says nothing new. */
static bool duplicate(const struct conn *c, const char *path, size_t path_len, const char *token,
                      size_t token_len)
{
    const struct out_msg *m = c->out;

    for (int i = 0; m && i < DUPLICATE_SEARCH; i++, m = m->next) {
        const char *body = m->data + sizeof(struct xsd_sockmsg);

        if (m->event && (i || !sent(c)) &&
            m->len == sizeof(struct xsd_sockmsg) + path_len + token_len &&
            !memcmp(body, path, path_len) && !memcmp(body + path_len, token, token_len))
            return true;
    }
    return false;
}

void conn_event(struct client *client, const char *path, const char *token)
{
    struct conn *c = (struct conn *)client;
    size_t path_len = strlen(path) + 1, token_len = strlen(token) + 1;
    struct xsd_sockmsg hdr = {.type = XS_WATCH_EVENT, .len = (uint32_t)(path_len + token_len)};
    bool privileged = client->who.privileged;

    if (c->dead || hdr.len > XENSTORE_PAYLOAD_MAX || duplicate(c, path, path_len, token, token_len))
        return;
    if (c->event_count < (privileged ? PRIVILEGED_EVENTS : store.quota.events)) {
        queue(c, &hdr, path, path_len, token, token_len);
        return;
    }
    if (!c->dropped)
        log_msg("domain %u does not read its watch events: %s", client->who.domid,
                privileged ? "disconnected" : "further ones are dropped");
    c->dropped = true;
    c->dead = privileged;
}

/* Sends until the queue is empty or the other side takes no more. */
static void flush(struct conn *c)
{
    journal_commit(); /* what is sent must have happened */
    while (c->out && !c->dead) {
        struct out_msg *m = c->out;

        if (sent(c) < m->len) {
            ssize_t n = c->transport->write(c, m->data + sent(c), m->len - sent(c));

            if (n < 0)
                c->dead = true;
            if (n <= 0)
                return;
            continue;
        }
        c->out = m->next;
        if (!c->out)
            c->out_tail = &c->out;
        c->out_start += (uint32_t)m->len;
        c->out_count--;
        c->event_count -= m->event;
        free(m);
    }
}

/* Reads up to @want bytes of a message in all: true when they are there. */
static bool fill(struct conn *c, size_t want)
{
    size_t have;

    while ((have = moved_total(&c->slot->in_moved) - c->in_start) < want) {
        ssize_t n = c->transport->read(c, c->slot->in + have, want - have);

        if (n < 0)
            c->dead = true;
        if (n <= 0)
            return false;
    }
    return true;
}

/* Reads and answers one request; false when there is no complete one. */
static bool one_request(struct conn *c)
{
    struct xsd_sockmsg hdr;

    if (!fill(c, sizeof(hdr)))
        return false;
    memcpy(&hdr, c->slot->in, sizeof(hdr));
    if (hdr.len > XENSTORE_PAYLOAD_MAX) {
        c->dead = true;
        c->transport->refuse(c);
        return false;
    }
    if (!fill(c, sizeof(hdr) + hdr.len))
        return false;
    c->slot->tries++;
    recover_note(c, &hdr, c->slot->in + sizeof(hdr));
    store_request(&store, &c->client, &hdr, c->slot->in + sizeof(hdr));
    c->in_start += (uint32_t)sizeof(hdr) + hdr.len;
    log_mark(c);
    journal_commit();
    c->slot->tries = 0;
    return true;
}

void conn_service(struct conn *c)
{
    unsigned int limit =
        c->client.who.privileged ? PRIVILEGED_OUTSTANDING : store.quota.outstanding;
    int turn = 0;

    c->ready = false;
    flush(c);
    while (!c->dead && c->out_count < limit && turn < REQUESTS_PER_TURN && one_request(c)) {
        turn++;
        flush(c);
    }
    c->choked = c->out_count >= limit;
    c->ready = !c->dead && turn == REQUESTS_PER_TURN;
    c->transport->settle(c);
}
