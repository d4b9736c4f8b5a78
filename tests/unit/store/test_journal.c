/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: whatever moment the daemon dies at, its successor has the store, the watches, the
 * transactions and the streams of bytes as they would be had nothing happened.
 */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "store/conn.h"
#include "store/recover.h"
#include "store/txn.h"

#define CLIENTS 3
#define SLOT(i) ((i) ? SOCKET_SLOTS + (i) : 0) /* client 0 is privileged, the others domains */

static struct state *state;

/* What each client has still to send, and what it was sent; both outlive the daemon. */
static char to_send[CLIENTS][65536], was_sent[CLIENTS][1 << 20];
static size_t send_len[CLIENTS], send_pos[CLIENTS], got_len[CLIENTS];
static bool closed[CLIENTS]; /* takes nothing at the moment */
static jmp_buf death;
static int dies_in = -1; /* transport calls, each of which may be the last; -1: never */

static void may_die(void)
{
    if (dies_in >= 0 && dies_in-- == 0)
        longjmp(death, 1);
}

static int client_of(const struct conn *c)
{
    return c->slot_nr ? (int)c->slot_nr - SOCKET_SLOTS : 0;
}

static ssize_t get(struct conn *c, void *buf, size_t len)
{
    int i = client_of(c);

    may_die();
    if (len > send_len[i] - send_pos[i])
        len = send_len[i] - send_pos[i];
    if (len > 1)
        len = 1 + rand() % len; /* in pieces */
    memcpy(buf, to_send[i] + send_pos[i], len);
    send_pos[i] += len;
    moved_set(&c->slot->in_moved, moved_total(&c->slot->in_moved) + len);
    may_die();
    return len;
}

static ssize_t put(struct conn *c, const void *buf, size_t len)
{
    int i = client_of(c);

    may_die();
    if (closed[i])
        return 0;
    if (len > 1)
        len = 1 + rand() % len;
    cr_assert_leq(got_len[i] + len, sizeof(was_sent[i]));
    memcpy(was_sent[i] + got_len[i], buf, len);
    got_len[i] += len;
    moved_set(&c->slot->out_moved, moved_total(&c->slot->out_moved) + len);
    may_die();
    return len;
}

static void nothing(struct conn *c)
{
    (void)c;
}

static const struct transport transport = {get, put, nothing, nothing};

static int dying_introduce(unsigned int domid, unsigned long mfn, unsigned int port)
{
    (void)domid, (void)mfn, (void)port;
    longjmp(death, 1);
}

static const struct store_io io = {
    .reply = conn_reply, .event = conn_event, .introduce = dying_introduce};

static struct conn *make(unsigned int slot, const struct origin *o)
{
    struct conn *c = calloc(1, sizeof(*c));

    conn_init(c, &transport, &state->slot[slot], slot, o->domid);
    return c;
}

static struct state *new_state(void)
{
    struct state *s = mmap(NULL, STATE_SIZE, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    cr_assert_neq(s, MAP_FAILED);
    return s;
}

static void begin(void)
{
    state = new_state();
    memset(send_len, 0, sizeof(send_len));
    memset(send_pos, 0, sizeof(send_pos));
    memset(got_len, 0, sizeof(got_len));
    memset(closed, 0, sizeof(closed));
    dies_in = -1;
    store_init(&store, &io);
    journal_use(state);
    for (unsigned int i = 0; i < CLIENTS; i++) {
        struct origin o = {7, i, i};

        conn_log_start(make(SLOT(i), &o), &o);
    }
    journal_commit();
}

/* All of the process' own memory goes; the state stays. */
static void die(void)
{
    journal_use(NULL);
    while (conns)
        conn_free(conns);
    store_free(&store);
}

static void succeed(void)
{
    die();
    store_init(&store, &io);
    journal_use(state);
    recover_replay(make);
    cr_assert_null(tree_audit(&store.tree));
}

static void end(void)
{
    die();
    munmap(state, STATE_SIZE);
}

TestSuite(journal, .init = begin, .fini = end, .timeout = 120);

static void say(int i, uint32_t type, uint32_t tx, const char *body, size_t len)
{
    struct xsd_sockmsg hdr = {.type = type, .tx_id = tx, .len = len};

    cr_assert_leq(send_len[i] + sizeof(hdr) + len, sizeof(to_send[i]));
    memcpy(to_send[i] + send_len[i], &hdr, sizeof(hdr));
    memcpy(to_send[i] + send_len[i] + sizeof(hdr), body, len);
    send_len[i] += sizeof(hdr) + len;
}

#define SAY(i, type, tx, s) say(i, type, tx, s, sizeof(s) - 1)

/* Any request, on few paths so that clients meet, within few transactions. */
static void say_something(int i)
{
    static const uint32_t types[] = {XS_WRITE, XS_WRITE,     XS_MKDIR,     XS_RM,
                                     XS_READ,  XS_DIRECTORY, XS_GET_PERMS, XS_SET_PERMS};
    char body[64];
    uint32_t tx = rand() % 3 ? 0 : 1 + rand() % 4;
    int len = sprintf(body, "/local/domain/%d/%c", rand() % CLIENTS, 'a' + rand() % 3) + 1;

    switch (rand() % 10) {
    case 0:
        SAY(i, XS_TRANSACTION_START, 0, "\0");
        break;
    case 1:
        say(i, XS_TRANSACTION_END, 1 + rand() % 4, rand() % 4 ? "T\0" : "F\0", 2);
        break;
    case 2:
        len += sprintf(body + len, "t%d", rand() % 3) + 1;
        say(i, rand() % 3 ? XS_WATCH : XS_UNWATCH, 0, body, len);
        break;
    case 3:
        if (rand() % 8 == 0)
            SAY(i, XS_RESET_WATCHES, 0, "\0");
        else
            SAY(i, XS_WATCH, 0, "a\0relative\0");
        break;
    default: {
        uint32_t type = types[rand() % 8];

        if (type == XS_WRITE)
            len += sprintf(body + len, "%d", rand() % 100);
        if (type == XS_SET_PERMS)
            len += sprintf(body + len, "n%d%cr%d", i, 0, rand() % CLIENTS) + 1;
        say(i, type, tx, body, len);
    }
    }
}

/* Serves until all is said and nothing moves; deaths on the way are made good. */
static unsigned int serve(void)
{
    volatile unsigned int deaths = 0;

    if (setjmp(death)) {
        deaths++;
        succeed();
        dies_in = rand() % 40;
    }
    for (bool more = true; more;) {
        more = false;
        /* In the order of the slots: that of the list is another one after a death. */
        for (unsigned int i = 0; i < CLIENTS; i++) {
            conn_service(conn_at(SLOT(i)));
            more |= conn_at(SLOT(i))->ready;
        }
        for (unsigned int i = 0; i < CLIENTS; i++)
            more |= send_pos[i] < send_len[i] || (conn_at(SLOT(i))->out && !closed[i]);
    }
    return deaths;
}

/* The state as records, without the generations. */
static size_t dump(char *to, size_t room)
{
    struct state *s = new_state();
    size_t len = 0;

    journal_use(s);
    recover_dump();
    journal_commit();
    for (const struct record *r = NULL; (r = journal_next(r));) {
        size_t n = sizeof(*r) + r->len;

        if (r->type == REC_GEN)
            continue;
        cr_assert_leq(len + n, room);
        memcpy(to + len, r, n);
        len += n;
    }
    munmap(s, STATE_SIZE);
    journal_use(state);
    return len;
}

static void prepare_nodes(void)
{
    for (int i = 0; i < CLIENTS; i++) {
        char body[64];
        int len = sprintf(body, "/local/domain/%d", i) + 1;

        say(0, XS_MKDIR, 0, body, len);
        len += sprintf(body + len, "n%d", i) + 1;
        say(0, XS_SET_PERMS, 0, body, len);
    }
    serve();
}

static char before[1 << 20], after[1 << 20];

/* The successor has what was there, at every commit; what is behind it does not count. */
Test(journal, every_cut_gives_the_state_at_the_last_commit)
{
    srand(1);
    prepare_nodes();
    for (int step = 0; step < 1500; step++) {
        size_t len, got;

        say_something(rand() % CLIENTS);
        closed[1] = rand() % 8 == 0;
        serve();
        if (step % 100 == 50) { /* rewritten, with transactions open: they expire */
            journal_begin();
            recover_dump();
            journal_switch();
            succeed();
        }
        len = dump(before, sizeof(before));
        memset(state_log(state, state->current) + state->len[state->current], rand(), 4096);
        succeed();
        got = dump(after, sizeof(after));
        cr_assert_eq(got, len, "step %d: %zu bytes, not %zu", step, got, len);
        cr_assert_eq(memcmp(before, after, len), 0, "step %d", step);
    }
}

/* A record that is half written is behind the commit: cut it at every byte. */
Test(journal, a_torn_record_does_not_count)
{
    size_t len, committed;

    srand(2);
    prepare_nodes();
    len = dump(before, sizeof(before));
    committed = state->len[0];
    journal_add(REC_REQUEST, NO_SLOT, "garbage", 7, NULL, 0);
    for (size_t cut = 0; cut < 24; cut++) {
        memset(state_log(state, 0) + committed + cut, 0xff, 64);
        succeed();
        cr_assert_eq(dump(after, sizeof(after)), len);
        cr_assert_eq(memcmp(before, after, len), 0, "cut at %zu", cut);
    }
}

/* The same session with and without deaths at any moment: no client can tell one from the other. */
Test(journal, clients_cannot_tell)
{
    static char expected[CLIENTS][sizeof(was_sent[0])];
    size_t expected_len[CLIENTS];
    unsigned int deaths = 0;

    for (unsigned int seed = 1; seed <= 40; seed++) {
        for (int pass = 0; pass < 2; pass++) {
            srand(seed);
            if (pass)
                end();
            if (pass)
                begin();
            prepare_nodes();
            for (int step = 0; step < 60; step++) {
                int i = rand() % CLIENTS;

                say_something(i);
                if (pass)
                    dies_in = step % 7;
                /* The script must not depend on how often the daemon dies. */
                unsigned int next = rand();

                deaths += serve();
                srand(next);
                dies_in = -1;
            }
            for (int i = 0; i < CLIENTS && !pass; i++) {
                memcpy(expected[i], was_sent[i], got_len[i]);
                expected_len[i] = got_len[i];
            }
        }
        for (int i = 0; i < CLIENTS; i++) {
            cr_assert_eq(got_len[i], expected_len[i], "seed %u, client %d", seed, i);
            cr_assert_eq(memcmp(was_sent[i], expected[i], got_len[i]), 0, "seed %u, client %d",
                         seed, i);
        }
        end();
        begin();
    }
    cr_assert_gt(deaths, 1000);
}

/* Rewriting the log ends what cannot be written down: a transaction is told EAGAIN. */
Test(journal, a_transaction_ends_when_the_log_is_rewritten)
{
    const char *p = was_sent[0];
    struct xsd_sockmsg hdr;

    SAY(0, XS_TRANSACTION_START, 0, "\0");
    serve();
    journal_begin();
    recover_dump();
    journal_switch();
    succeed();
    got_len[0] = 0;
    SAY(0, XS_WRITE, 1, "/a\0x");
    SAY(0, XS_TRANSACTION_END, 1, "T\0");
    SAY(0, XS_TRANSACTION_END, 1, "T\0");
    serve();
    for (int i = 0; i < 3; i++) {
        memcpy(&hdr, p, sizeof(hdr));
        cr_assert_eq(hdr.type, XS_ERROR);
        cr_assert_str_eq(p + sizeof(hdr), i < 2 ? "EAGAIN" : "ENOENT");
        p += sizeof(hdr) + hdr.len;
    }
}

/* A log that has grown is rewritten, and its memory is given back. */
Test(journal, it_does_not_grow_for_ever)
{
    char body[2048] = "/big";
    size_t most = 0;

    for (int i = 0; i < 20000; i++) {
        send_len[0] = send_pos[0] = got_len[0] = 0;
        say(0, XS_WRITE, 0, body, sizeof(body));
        serve();
        recover_compact();
        if (journal_len() > most)
            most = journal_len();
    }
    cr_assert_lt(most, 4u << 20);
    succeed();
    cr_assert_eq(tree_find(&store.tree, "/big")->value_len, sizeof(body) - 5);
}

/* What three daemons in a row died of is not tried a fourth time. */
Test(journal, a_deadly_request_is_given_up)
{
    volatile int deaths = 0;

    SAY(0, XS_INTRODUCE, 0,
        "1\0"
        "1\0"
        "1\0");
    for (;;) {
        if (!setjmp(death))
            break;
        deaths++;
        succeed();
        conn_drop_suspects();
        cr_assert_eq(conn_at(SLOT(0))->dead, deaths == 3);
        cr_assert_not(conn_at(SLOT(1))->dead);
        if (deaths == 3)
            return;
        break;
    }
    for (;;)
        conn_service(conn_at(SLOT(0)));
}
