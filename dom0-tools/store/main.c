/* SPDX-License-Identifier: BSD-2-Clause */
/* xenstored: options, start and stop, and the round of the event loop. */
#include <errno.h>
#include <unistd.h>

#include "store/conn.h"
#include "store/db.h"
#include "store/domain.h"
#include "lib/daemon.h"
#include "lib/loop.h"
#include "store/sock.h"
#include "store/txn.h"
#include "lib/xalloc.h"

static bool stopping;

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
    {NULL, 0, NULL, 0},
};

static int own_option(int opt)
{
    (void)opt; /* there is one */
    domains = false;
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
    for (struct conn *c = conns; c; c = c->next)
        if (!c->client.who.privileged)
            txn_expire(&c->client, last);
}

static void serve(void)
{
    while (!stopping) {
        bool more = false;

        for (struct conn *c = conns; c; c = c->next)
            if (c->ready && !c->dead)
                conn_service(c);
        sock_reap();
        domain_reap();
        expire_transactions();
        for (struct conn *c = conns; c; c = c->next)
            more |= c->ready && !c->dead;
        loop_wait(more ? 0 : -1);
    }
}

int main(int argc, char **argv)
{
    const char *path = xs_daemon_socket();
    struct daemon_options o;

    if (daemon_parse(argc, argv, "DF:h", options, usage, own_option, &o) < 0)
        return 2;
    if (o.daemonise)
        daemon_background();
    store_init(&store, &io);
    first_nodes();
    if (loop_init() < 0 || daemon_signals(&stopping, NULL) < 0) {
        log_msg("cannot set up the event loop: %s", strerror(errno));
        return 1;
    }
    if (sock_listen(path) < 0)
        return 1;
    if ((domains && domain_init() < 0) || (o.pid_file && daemon_write_pid(o.pid_file) < 0)) {
        sock_close(path);
        return 1;
    }
    daemon_ready();
    serve();
    sock_close(path);
    if (o.pid_file)
        unlink(o.pid_file);
    return 0;
}
