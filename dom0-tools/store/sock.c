/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients on the unix socket. */
#include <errno.h>
#include <libgen.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "store/keeper.h"
#include "store/sock.h"
#include "lib/daemon.h"
#include "lib/loop.h"
#include "store/sock.h"
#include "lib/unconst.h"
#include "lib/xalloc.h"

struct sock_conn {
    struct conn conn; /* first */
    struct source source;
    uint32_t waits_for;
};

static struct state *state;
static char **arguments; /* for another keeper */
static struct source control;

static ssize_t would_block(ssize_t n)
{
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return n;
}

/* What was moved before is folded into the base, in one store; then the kernel stores the step. */
static struct mmsghdr *prepare(struct moved *m, struct iovec *iov)
{
    moved_set(m, moved_total(m));
    m->msg = (struct msghdr){.msg_iov = iov, .msg_iovlen = 1};
    return (struct mmsghdr *)m;
}

static ssize_t sock_read(struct conn *c, void *buf, size_t len)
{
    struct moved *m = &c->slot->in_moved;
    struct iovec iov = {buf, len};
    int n = recvmmsg(((struct sock_conn *)c)->source.fd, prepare(m, &iov), 1, MSG_DONTWAIT, NULL);

    if (n > 0)
        return m->step ? (ssize_t)m->step : -1; /* end of file: the client is gone */
    return would_block(n);
}

static ssize_t sock_write(struct conn *c, const void *buf, size_t len)
{
    struct moved *m = &c->slot->out_moved;
    struct iovec iov = {unconst(buf), len};
    int n = sendmmsg(((struct sock_conn *)c)->source.fd, prepare(m, &iov), 1,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    return n > 0 ? (ssize_t)m->step : would_block(n);
}

static void sock_settle(struct conn *c)
{
    struct sock_conn *sc = (struct sock_conn *)c;
    uint32_t events = (c->choked ? 0 : EPOLLIN) | (c->out ? EPOLLOUT : 0);

    if (events != sc->waits_for)
        loop_change(&sc->source, events);
    sc->waits_for = events;
}

static void sock_refuse(struct conn *c)
{
    (void)c;
    log_msg("a client sent what is no request and was disconnected");
}

static const struct transport sock_transport = {sock_read, sock_write, sock_settle, sock_refuse};

static void client_ready(struct source *s, uint32_t events)
{
    struct sock_conn *sc = (struct sock_conn *)((char *)s - offsetof(struct sock_conn, source));

    sc->conn.ready = true;
    if (events & EPOLLERR || (events & EPOLLHUP && !(events & EPOLLIN)))
        sc->conn.dead = true;
}

static void tell_keeper(uint32_t word, unsigned int slot)
{
    struct keeper_message m = {word, slot};

    send(CONTROL_FD, &m, sizeof(m), MSG_NOSIGNAL);
}

void sock_pass(int to, unsigned int slot, int fd)
{
    struct keeper_message m = {KEEPER_CLIENT, slot};
    struct iovec iov = {&m, sizeof(m)};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } u = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u)};

    memcpy(CMSG_DATA(&u.head), &fd, sizeof(fd));
    sendmsg(to, &msg, MSG_NOSIGNAL);
}

struct conn *sock_adopt(struct state *s, unsigned int slot)
{
    struct sock_conn *sc = xcalloc(1, sizeof(*sc));

    conn_init(&sc->conn, &sock_transport, &s->slot[slot], slot, 0);
    sc->source = (struct source){.fd = CLIENT_FD + slot, .ready = client_ready};
    return &sc->conn;
}

/* Begins to wait for a client whose descriptor is in its place. */
static void attend(struct conn *c)
{
    struct sock_conn *sc = (struct sock_conn *)c;

    sc->waits_for = EPOLLIN;
    c->ready = true;
    if (loop_add(&sc->source, EPOLLIN) < 0)
        c->dead = true;
}

static void begin_client(unsigned int slot)
{
    struct conn *c = sock_adopt(state, slot);

    conn_log_start(c, &(struct origin){0});
    journal_commit();
    attend(c);
}

/* A slot whose connection nobody has: its client came or went as one of the two died. */
static void clear_slot(unsigned int slot)
{
    close(CLIENT_FD + slot);
    __atomic_store_n(&state->slot[slot].use, SLOT_FREE, __ATOMIC_RELEASE);
}

static void lost_keeper(void)
{
    for (unsigned int i = 0; i < SOCKET_SLOTS; i++)
        if (state->slot[i].use != SLOT_FREE && !conn_at(i))
            clear_slot(i);
    loop_del(&control);
    keeper_restart(arguments);
    loop_add(&control, EPOLLIN);
}

static void from_keeper(struct source *s, uint32_t events)
{
    struct keeper_message m;
    struct iovec iov = {&m, sizeof(m)};
    char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(sizeof(size_t))));
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    struct cmsghdr *head;
    int fd;

    (void)events;
    if (recvmsg(s->fd, &msg, 0) != sizeof(m)) {
        lost_keeper();
        return;
    }
    head = CMSG_FIRSTHDR(&msg);
    if (!head)
        return;
    memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    dup2(fd, CLIENT_FD + m.slot);
    close(fd);
    begin_client(m.slot);
}

int sock_serve(struct state *s, char **argv)
{
    state = s;
    arguments = argv;
    for (unsigned int i = 0; i < SOCKET_SLOTS; i++) {
        struct conn *c = conn_at(i);

        if (c && s->slot[i].use == SLOT_OPEN)
            attend(c);
        else if (c)
            c->dead = true;
        else if (s->slot[i].use == SLOT_OPEN)
            begin_client(i);
        else if (s->slot[i].use == SLOT_DONE)
            tell_keeper(KEEPER_CLOSED, i);
    }
    control = (struct source){.fd = CONTROL_FD, .ready = from_keeper};
    if (loop_add(&control, EPOLLIN) < 0)
        return -1;
    s->started = 1;
    tell_keeper(KEEPER_READY, 0);
    return 0;
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
    return fd;
}

void sock_reap(void)
{
    struct conn *c, *next;

    for (c = conns; c; c = next) {
        struct sock_conn *sc = (struct sock_conn *)c;
        unsigned int slot = c->slot_nr;

        next = c->next;
        if (c->transport != &sock_transport || !c->dead)
            continue;
        loop_del(&sc->source);
        close(sc->source.fd);
        __atomic_store_n(&c->slot->use, SLOT_DONE, __ATOMIC_RELEASE);
        conn_free(c);
        journal_add(REC_FREE, slot, NULL, 0, NULL, 0);
        journal_commit();
        tell_keeper(KEEPER_CLOSED, slot);
    }
}
