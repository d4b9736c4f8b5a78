/* SPDX-License-Identifier: BSD-2-Clause */
/* Both sides of a reader's socket; see remote.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "stream/remote.h"

enum ask { ASK_POPULATE, ASK_PIN, ASK_VCPU_SET, ASK_TSC_SET, ASK_END };

struct results {
    struct ending ending;
    uint64_t pages, mismatches, store_frame, console_frame;
};

struct message {
    uint32_t ask, n; /* of frames */
    uint32_t vcpu, record, len;
    int32_t error; /* in answers: errno */
    union {
        uint64_t frames[BATCH];
        struct {
            uint64_t mfns[BATCH];
            uint8_t levels[BATCH];
        } pin;
        uint8_t part[65536]; /* as long as the reader takes one */
        struct tsc_info tsc;
        struct results results;
    };
};
#define HEAD offsetof(struct message, frames)

/* ---- the reader ---- */

/* Sends @m with @len bytes behind its head; the answer comes in its place. */
static int ask(const struct remote *r, struct message *m, size_t len)
{
    if (write(r->socket, m, HEAD + len) != (ssize_t)(HEAD + len) ||
        read(r->socket, m, sizeof(*m)) < (ssize_t)HEAD) {
        errno = EPIPE;
        return -1;
    }
    errno = m->error;
    return m->error ? -1 : 0;
}

static struct message *message(enum ask what)
{
    static struct message m; /* one reader, one thread */

    memset(&m, 0, HEAD);
    m.ask = what;
    return &m;
}

static void *remote_map(void *ctx, const uint64_t *mfns, unsigned int n, bool write, int *errors)
{
    const struct guest *local = ((struct remote *)ctx)->local;

    return local->ops->map(local->ctx, mfns, n, write, errors);
}

static void remote_unmap(void *ctx, const void *at, unsigned int n)
{
    const struct guest *local = ((struct remote *)ctx)->local;

    local->ops->unmap(local->ctx, at, n);
}

static int remote_populate(void *ctx, uint64_t *frames, unsigned int n)
{
    struct message *m = message(ASK_POPULATE);

    m->n = n;
    memcpy(m->frames, frames, n * sizeof(*frames));
    if (ask(ctx, m, n * sizeof(*frames)))
        return -1;
    memcpy(frames, m->frames, n * sizeof(*frames));
    return 0;
}

static int remote_pin(void *ctx, const uint64_t *mfns, const uint8_t *levels, unsigned int n)
{
    struct message *m = message(ASK_PIN);

    m->n = n;
    memcpy(m->pin.mfns, mfns, n * sizeof(*mfns));
    memcpy(m->pin.levels, levels, n);
    return ask(ctx, m, sizeof(m->pin));
}

static int remote_vcpu_set(void *ctx, unsigned int vcpu, uint32_t record, const void *data,
                           uint32_t len)
{
    struct message *m = message(ASK_VCPU_SET);

    if (len > sizeof(m->part)) {
        errno = E2BIG;
        return -1;
    }
    m->vcpu = vcpu;
    m->record = record;
    m->len = len;
    memcpy(m->part, data, len);
    return ask(ctx, m, len);
}

static int remote_tsc_set(void *ctx, const struct tsc_info *tsc)
{
    struct message *m = message(ASK_TSC_SET);

    m->tsc = *tsc;
    return ask(ctx, m, sizeof(*tsc));
}

static const struct guest_ops remote_ops = {
    .map = remote_map,
    .unmap = remote_unmap,
    .populate = remote_populate,
    .pin = remote_pin,
    .vcpu_set = remote_vcpu_set,
    .tsc_set = remote_tsc_set,
};

void remote_init(struct remote *r, int socket, const struct guest *local, struct fail *f)
{
    *r = (struct remote){.socket = socket, .local = local, .guest = *local};
    r->guest.ops = &remote_ops;
    r->guest.ctx = r;
    r->guest.fail = f;
}

int remote_end(const struct remote *r, int ret, const struct restore *done)
{
    struct message *m = message(ASK_END);

    m->results = (struct results){.ending = ending_of(ret, done->in),
                                  .pages = done->pages,
                                  .mismatches = done->mismatches,
                                  .store_frame = done->store_frame,
                                  .console_frame = done->console_frame};
    return write(r->socket, m, HEAD + sizeof(m->results)) < 0 ? -1 : 0;
}

struct ending ending_of(int ret, const struct stream_in *in)
{
    struct ending e = {.ret = ret, .bytes = in->bytes};

    memcpy(e.why, in->fail->text, sizeof(e.why));
    return e;
}

/* ---- who answers ---- */

static bool levels_ok(const uint8_t *levels, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        if (levels[i] < FRAME_L1 || levels[i] > FRAME_L4)
            return false;
    return true;
}

static bool is_part(uint32_t record)
{
    return record == RECORD_VCPU_BASIC || record == RECORD_VCPU_EXTENDED ||
           record == RECORD_VCPU_XSAVE || record == RECORD_VCPU_MSRS;
}

/* Is it as long as it says, and something that a reader asks for? */
static bool plausible(const struct message *m, size_t got, const struct guest *g)
{
    const size_t len = got - HEAD;

    switch (m->ask) {
    case ASK_POPULATE:
        return m->n && m->n <= BATCH && len == m->n * sizeof(*m->frames);
    case ASK_PIN:
        return m->n && m->n <= BATCH && len == sizeof(m->pin) && levels_ok(m->pin.levels, m->n);
    case ASK_VCPU_SET:
        return m->vcpu < g->vcpus && is_part(m->record) && m->len == len;
    case ASK_TSC_SET:
        return len == sizeof(m->tsc);
    default:
        return m->ask == ASK_END && len == sizeof(m->results);
    }
}

/* 0, or the errno of the answer. */
static int carry_out(struct message *m, const struct guest *g)
{
    int ret;

    errno = 0;
    switch (m->ask) {
    case ASK_POPULATE:
        ret = g->ops->populate(g->ctx, m->frames, m->n);
        break;
    case ASK_PIN:
        ret = g->ops->pin(g->ctx, m->pin.mfns, m->pin.levels, m->n);
        break;
    case ASK_VCPU_SET:
        ret = g->ops->vcpu_set(g->ctx, m->vcpu, m->record, m->part, m->len);
        break;
    default:
        ret = g->ops->tsc_set(g->ctx, &m->tsc);
    }
    return !ret ? 0 : errno ? errno : EIO;
}

static ssize_t next(int socket, struct message *m)
{
    ssize_t got;

    do
        got = recv(socket, m, sizeof(*m), 0);
    while (got < 0 && errno == EINTR);
    return got;
}

int ending_take(const struct ending *e, struct stream_in *in)
{
    char *text = in->fail->text;

    in->bytes = e->bytes;
    if (e->ret == 0)
        return 0;
    fail(in->fail, "%.*s", (int)sizeof(e->why), e->why);
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
    return -1;
}

static int take_results(const struct results *from, struct restore *r)
{
    r->pages = from->pages;
    r->mismatches = from->mismatches;
    r->store_frame = from->store_frame;
    r->console_frame = from->console_frame;
    return ending_take(&from->ending, r->in);
}

static int serve(int socket, struct restore *r, struct message *m)
{
    for (;;) {
        const ssize_t got = next(socket, m);

        if (got < (ssize_t)HEAD || !plausible(m, (size_t)got, r->guest))
            return fail(r->guest->fail, "the process that reads the saved state %s",
                        got > 0 ? "asks for what it must not have" : "ended");
        if (m->ask == ASK_END)
            return take_results(&m->results, r);
        m->error = carry_out(m, r->guest);
        if (r->in->moved)
            r->in->moved(r->in->who);
        send(socket, m, HEAD + (m->ask == ASK_POPULATE ? m->n * sizeof(*m->frames) : 0),
             MSG_NOSIGNAL); /* to one that ended: seen above */
    }
}

int remote_serve(int socket, struct restore *r)
{
    struct message *m = xcalloc(1, sizeof(*m));
    int ret = serve(socket, r, m);

    free(m);
    return ret;
}
