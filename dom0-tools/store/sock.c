/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients on the unix socket. */
#include <errno.h>
#include <libgen.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/conn.h"
#include "lib/daemon.h"
#include "lib/loop.h"
#include "store/sock.h"
#include "lib/xalloc.h"

struct sock_conn {
    struct conn conn; /* first */
    struct source source;
    uint32_t waits_for;
};

static struct source listener = {.fd = -1};

static ssize_t would_block(ssize_t n)
{
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return n;
}

static ssize_t sock_read(struct conn *c, void *buf, size_t len)
{
    ssize_t n = read(((struct sock_conn *)c)->source.fd, buf, len);

    return n ? would_block(n) : -1; /* end of file: the client is gone */
}

static ssize_t sock_write(struct conn *c, const void *buf, size_t len)
{
    return would_block(send(((struct sock_conn *)c)->source.fd, buf, len, MSG_NOSIGNAL));
}

static void sock_settle(struct conn *c)
{
    struct sock_conn *sc = (struct sock_conn *)c;
    uint32_t events = (c->choked ? 0 : EPOLLIN) | (c->out ? EPOLLOUT : 0);

    if (events != sc->waits_for)
        loop_change(&sc->source, events);
    sc->waits_for = events;
}

static void sock_overlong(struct conn *c)
{
    (void)c;
    log_msg("a client sent an overlong message and was disconnected");
}

static const struct transport sock_transport = {sock_read, sock_write, sock_settle, sock_overlong};

static void client_ready(struct source *s, uint32_t events)
{
    struct sock_conn *sc = (struct sock_conn *)((char *)s - offsetof(struct sock_conn, source));

    sc->conn.ready = true;
    if (events & EPOLLERR || (events & EPOLLHUP && !(events & EPOLLIN)))
        sc->conn.dead = true;
}

static void accept_client(struct source *s, uint32_t events)
{
    int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct sock_conn *sc;

    (void)events;
    if (fd < 0)
        return;
    sc = xcalloc(1, sizeof(*sc));
    conn_init(&sc->conn, &sock_transport, 0, true);
    sc->source = (struct source){.fd = fd, .ready = client_ready};
    sc->waits_for = EPOLLIN;
    if (loop_add(&sc->source, EPOLLIN) < 0)
        sc->conn.dead = true;
}

/* Creates the directory of @path, with those above it. */
static void make_directory(const char *path)
{
    char *copy = xmemdup(path, strlen(path)), *dir = dirname(copy);

    for (char *p = dir + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(dir, 0755);
            *p = '/';
        }
    mkdir(dir, 0755);
    free(copy);
}

int sock_listen(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        log_msg("socket path %s is longer than %zu characters: shorten XENSTORED_PATH", path,
                sizeof(addr.sun_path) - 1);
        return -1;
    }
    strcpy(addr.sun_path, path);
    make_directory(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0) {
        log_msg("another xenstored answers on %s: stop it first", path);
        close(fd);
        return -1;
    }
    unlink(path);
    umask(077);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 64) < 0) {
        log_msg("cannot listen on %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    listener = (struct source){.fd = fd, .ready = accept_client};
    return loop_add(&listener, EPOLLIN);
}

void sock_reap(void)
{
    struct conn *c, *next;

    for (c = conns; c; c = next) {
        struct sock_conn *sc = (struct sock_conn *)c;

        next = c->next;
        if (c->transport != &sock_transport || !c->dead)
            continue;
        loop_del(&sc->source);
        close(sc->source.fd);
        conn_free(c);
    }
}

void sock_close(const char *path)
{
    if (listener.fd >= 0)
        unlink(path);
}
