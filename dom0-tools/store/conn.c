/* SPDX-License-Identifier: BSD-2-Clause */
/* Assembling requests, queueing replies and events, keeping both bounded. */
#include "store/conn.h"
#include "lib/daemon.h"
#include "lib/xalloc.h"

/* Requests of one connection before the others get their turn. */
#define REQUESTS_PER_TURN 16

/* For privileged clients: queued messages before requests wait, and before it is cut off. */
#define PRIVILEGED_OUTSTANDING 256
#define PRIVILEGED_EVENTS      65536

/* How many queued messages are searched for an equal event. */
#define DUPLICATE_SEARCH 1024

struct store store;
struct conn *conns;

void conn_init(struct conn *c, const struct transport *t, unsigned int domid, bool privileged)
{
    memset(c, 0, sizeof(*c));
    store_client_init(&c->client, domid, privileged);
    c->transport = t;
    c->out_tail = &c->out;
    c->next = conns;
    conns = c;
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
    c->in_len = 0;
    c->dead = c->choked = c->dropped = false;
}

void conn_free(struct conn *c)
{
    struct conn **slot = &conns;

    conn_reset(c);
    while (*slot != c)
        slot = &(*slot)->next;
    *slot = c->next;
    free(c);
}

static void queue(struct conn *c, const struct xsd_sockmsg *hdr, const void *a, size_t a_len,
                  const void *b, size_t b_len)
{
    struct out_msg *m = xalloc_check(malloc(sizeof(*m) + sizeof(*hdr) + a_len + b_len));

    m->next = NULL;
    m->sent = 0;
    m->len = sizeof(*hdr) + a_len + b_len;
    m->event = hdr->type == XS_WATCH_EVENT;
    memcpy(m->data, hdr, sizeof(*hdr));
    memcpy(m->data + sizeof(*hdr), a, a_len);
    memcpy(m->data + sizeof(*hdr) + a_len, b, b_len);
    *c->out_tail = m;
    c->out_tail = &m->next;
    c->out_count++;
    c->event_count += m->event;
    c->ready = true;
}

void conn_reply(struct client *client, const struct xsd_sockmsg *hdr, const void *body)
{
    queue((struct conn *)client, hdr, body, hdr->len, "", 0);
}

/* Is the same event waiting already, untouched?  Then another one says nothing new. */
static bool duplicate(const struct conn *c, const char *path, size_t path_len, const char *token,
                      size_t token_len)
{
    const struct out_msg *m = c->out;

    for (int i = 0; m && i < DUPLICATE_SEARCH; i++, m = m->next) {
        const char *body = m->data + sizeof(struct xsd_sockmsg);

        if (m->event && !m->sent && m->len == sizeof(struct xsd_sockmsg) + path_len + token_len &&
            !memcmp(body, path, path_len) && !memcmp(body + path_len, token, token_len))
            return true;
    }
    return false;
}

void conn_event(struct client *client, const char *path, const char *token)
{
    struct conn *c = (struct conn *)client;
    size_t path_len = strlen(path) + 1, token_len = strlen(token) + 1;
    struct xsd_sockmsg hdr = {.type = XS_WATCH_EVENT, .len = path_len + token_len};
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
    while (c->out && !c->dead) {
        struct out_msg *m = c->out;
        ssize_t n = c->transport->write(c, m->data + m->sent, m->len - m->sent);

        if (n < 0)
            c->dead = true;
        if (n <= 0)
            return;
        m->sent += n;
        if (m->sent < m->len)
            continue;
        c->out = m->next;
        if (!c->out)
            c->out_tail = &c->out;
        c->out_count--;
        c->event_count -= m->event;
        free(m);
    }
}

/* Reads up to @want bytes of a message in all: true when they are there. */
static bool fill(struct conn *c, size_t want)
{
    while (c->in_len < want) {
        ssize_t n = c->transport->read(c, c->in + c->in_len, want - c->in_len);

        if (n < 0)
            c->dead = true;
        if (n <= 0)
            return false;
        c->in_len += n;
    }
    return true;
}

/* Reads and answers one request; false when there is no complete one. */
static bool one_request(struct conn *c)
{
    struct xsd_sockmsg hdr;

    if (!fill(c, sizeof(hdr)))
        return false;
    memcpy(&hdr, c->in, sizeof(hdr));
    if (hdr.len > XENSTORE_PAYLOAD_MAX) {
        c->dead = true;
        c->transport->overlong(c);
        return false;
    }
    if (!fill(c, sizeof(hdr) + hdr.len))
        return false;
    c->in_len = 0;
    store_request(&store, &c->client, &hdr, c->in + sizeof(hdr));
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
