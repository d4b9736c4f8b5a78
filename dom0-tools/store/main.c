/* SPDX-License-Identifier: BSD-2-Clause */
/* xenstored: options, and the round of the event loop. */
#include <errno.h>
#include <unistd.h>

#include "store/conn.h"
#include "store/db.h"
#include "store/domain.h"
#include "lib/daemon.h"
#include "lib/loop.h"
#include "store/keeper.h"
#include "store/recover.h"
#include "store/sock.h"
#include "store/txn.h"
#include "lib/xalloc.h"

static struct state *state;

static void log_text(const char *text)
{
    log_msg("%s", text);
}

static const struct store_io io = {
    .reply = conn_reply,
    .event = conn_event,
    .introduce = domain_introduce,
    .release = domain_release,
    .resume = domain_resume,
    .set_target = domain_set_target,
    .introduced = domain_introduced,
    .log = log_text,
};

static bool domains = true; /* they are served, not the socket only */
static char role;           /* 's': serve, 'k': keep, for a keeper or server that runs already */

static const char usage[] =
    "Usage: xenstored [OPTION]...\n"
    "Serve the store to dom0's processes and to the domains.\n\n"
    "  -D, --daemonise        go to the background once the socket listens\n"
    "  -F, --pid-file FILE    write the process id to FILE\n"
    "      --no-domain-init   serve the socket only: no Xen devices are needed\n"
    "  -h, --help             show this text\n\n"
    "The socket is /run/xenstored/socket, or what XENSTORED_PATH says.\n";

static const struct option options[] = {
    DAEMON_OPTIONS,
    {"no-domain-init", no_argument, NULL, 'n'},
    {"serve", no_argument, NULL, 's'}, /* see keeper.c */
    {"keep", no_argument, NULL, 'k'},
    {NULL, 0, NULL, 0},
};

static int own_option(int opt)
{
    if (opt == 'n')
        domains = false;
    else
        role = (char)opt;
    return 0;
}

static void write_node(const char *path, const char *value)
{
    static const struct subject self = {.privileged = true};
    struct change_list changes = {0};
    struct view v = {&store.tree, &self, &store.quota, &changes};

    db_write(&v, path, value, strlen(value));
    change_clear(&changes);
}

/* What every client may rely on; for dom0 the nodes that Xen's xen-init-dom0 would write. */
static void first_nodes(void)
{
    write_node("/tool/xenstored", "");
    write_node("/local/domain", "");
    write_node("/vm", "");
    if (domains) {
        write_node("/local/domain/0/domid", "0");
        write_node("/local/domain/0/name", "Domain-0");
        write_node("/local/pool/0/name", "Pool-0");
    }
}

/* Now and then lets the guests' old transactions expire. */
static void expire_transactions(void)
{
    static uint64_t last;

    if (store.tree.gen - last < TXN_LIFETIME / 4)
        return;
    last = store.tree.gen;
    conn_expire_transactions();
    journal_add(REC_EXPIRE, NO_SLOT, NULL, 0, NULL, 0);
}

static void serve(void)
{
    for (;;) {
        bool more = false;

        for (struct conn *c = conns; c; c = c->next)
            if (c->ready && !c->dead)
                conn_service(c);
        sock_reap();
        domain_reap();
        expire_transactions();
        journal_commit();
        recover_compact();
        for (struct conn *c = conns; c; c = c->next)
            more |= c->ready && !c->dead;
        loop_wait(more ? 0 : -1);
    }
}

static struct conn *make(unsigned int slot, const struct origin *o)
{
    return o->port ? domain_adopt(state, slot, o->domid) : sock_adopt(state, slot);
}

/* Makes the store as it was, or a first one. */
static bool recover(void)
{
    if (state->version != STATE_VERSION) {
        log_msg("this program cannot go on with what another version of it has left");
        return false;
    }
    store_init(&store, &io);
    journal_use(state);
    if (journal_len()) {
        recover_replay(make);
    } else {
        first_nodes();
        recover_dump();
        journal_commit();
    }
    return true;
}

/* Serves until it is killed. */
static int serve_state(char **argv, const struct daemon_options *o)
{
    state = keeper_state();
    if (!state || !recover())
        return 1;
    if (loop_init() < 0) {
        log_msg("cannot set up the event loop: %s", strerror(errno));
        return 1;
    }
    if ((domains && domain_init(state) < 0) || sock_serve(state, argv) < 0)
        return 1;
    if (o->daemonise)
        daemon_to_syslog();
    conn_drop_suspects();
    serve();
    return 0;
}

int main(int argc, char **argv)
{
    struct daemon_options o;

    if (daemon_parse(argc, argv, "DF:h", options, usage, own_option, &o) < 0)
        return 2;
    if (role == 's')
        return serve_state(argv, &o);
    if (role == 'k' && o.daemonise)
        daemon_to_syslog();
    else if (o.daemonise)
        daemon_background();
    return keeper_run(argv, &o, role == 'k');
}
