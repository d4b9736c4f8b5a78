/* SPDX-License-Identifier: BSD-2-Clause */
/* A command on two pipes, or a connection; see transport.h. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fail.h"
#include "lib/unconst.h"
#include "xm/transport.h"

#define LINGER_MS 2000
/* Seconds of silence until it is asked whether the other end lives, and between questions; how
 * often; milliseconds that it may leave something unacknowledged. */
#define KEEP_IDLE  30
#define KEEP_EVERY 10
#define KEEP_COUNT 3
#define UNHEARD_MS 60000
/*
 * Bytes that may be under way: a guest that is suspended waits until its receiver has taken all
 * that was sent before.  By themselves the two ends keep some megabytes.
 */
#define UNSENT_MAX (128 << 10)
#define UNREAD_MAX (256 << 10)

static int spawn(struct transport *t, const char *command, int in, int out)
{
    char *argv[] = {"sh", "-c", unconst(command), NULL};
    posix_spawn_file_actions_t actions;
    int err;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    err = posix_spawnp(&t->pid, "sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = err;
    return err ? -1 : 0;
}

int transport_open(struct transport *t, const char *command)
{
    int to[2], from[2], ret;

    if (pipe2(to, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return -1;
    }
    ret = spawn(t, command, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    t->in = from[0];
    t->out = to[1];
    if (ret) {
        close(t->in);
        close(t->out);
    }
    return ret;
}

static void set(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value)); /* none of them is a must */
}

void transport_limit(int fd, int silence_s)
{
    struct timeval silence = {.tv_sec = silence_s};

    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_EVERY);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNHEARD_MS);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX);
    set(fd, SOL_SOCKET, SO_RCVBUF, UNREAD_MAX);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
}

static int connect_one(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol), err;

    if (fd < 0 || connect(fd, at->ai_addr, at->ai_addrlen) == 0)
        return fd;
    err = errno;
    close(fd);
    errno = err;
    return -1;
}

int transport_connect(struct transport *t, const char *host, unsigned int port, struct fail *f)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    char service[8];
    int err, fd = -1;

    snprintf(service, sizeof(service), "%u", port);
    err = getaddrinfo(host, service, &hints, &list);
    if (err)
        return fail(f, "cannot find host %s: %s", host, gai_strerror(err));
    for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = connect_one(at);
    err = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return fail(f,
                    "cannot reach the relocation server of %s, port %u: %s (is xend there told "
                    "(xend-relocation-server yes)? or use --ssh)",
                    host, port, strerror(err));
    transport_limit(fd, 0);
    *t = (struct transport){.in = fd, .out = fd};
    return 0;
}

void transport_close(struct transport *t)
{
    struct pollfd ended = {.fd = -1, .events = POLLIN};

    close(t->in);
    if (!t->pid)
        return;
    close(t->out);
    ended.fd = syscall(SYS_pidfd_open, t->pid, 0);
    if (ended.fd >= 0 && poll(&ended, 1, LINGER_MS) == 0)
        kill(t->pid, SIGTERM);
    if (ended.fd >= 0)
        close(ended.fd);
    while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
