/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream to a server and back, each byte of which is known by its place; see load.h. */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 16384u
#define AHEAD (256u << 10) /* bytes sent that have not come back */

static uint8_t byte_at(uint64_t place)
{
    return (uint8_t)(place * 131 + (place >> 8) * 7 + (place >> 16));
}

static bool address_of(const char *address, const char *port, struct sockaddr_in *to)
{
    *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    return inet_pton(AF_INET, address, &to->sin_addr) == 1;
}

/* Sends a piece from @sent on, as far as there is room; false if the connection is gone. */
static bool send_some(int fd, uint64_t *sent)
{
    static uint8_t out[PIECE];
    ssize_t n;

    for (unsigned int i = 0; i < PIECE; i++)
        out[i] = byte_at(*sent + i);
    n = send(fd, out, PIECE, MSG_DONTWAIT);
    if (n > 0)
        *sent += n;
    return n > 0 || errno == EAGAIN || errno == EINTR;
}

static bool receive_some(struct load *l, int fd, uint64_t *got)
{
    static uint8_t in[PIECE];
    ssize_t n = recv(fd, in, PIECE, MSG_DONTWAIT);

    for (ssize_t i = 0; i < n; i++) {
        if (in[i] != byte_at(*got + i)) {
            load_mismatch(l, "stream", *got + i);
            break;
        }
    }
    if (n > 0) {
        *got += n;
        load_did(l);
    }
    if (n == 0)
        errno = ECONNRESET;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

int load_tcp(struct load *l, const char *address, const char *port)
{
    struct sockaddr_in to;
    uint64_t sent = 0, got = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = address_of(address, port, &to) && fd >= 0 &&
                 connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;

    while (alive && !load_ends) {
        struct pollfd p = {fd, POLLIN | (sent - got < AHEAD ? POLLOUT : 0), 0};

        if (poll(&p, 1, -1) < 0)
            continue; /* a signal: the end, or stopped for a while */
        if (p.revents & (POLLIN | POLLERR | POLLHUP))
            alive = receive_some(l, fd, &got);
        if (alive && p.revents & POLLOUT)
            alive = send_some(fd, &sent);
    }
    if (!alive)
        load_error(l, "connection", got);
    close(fd);
    return l->errors || l->mismatches;
}

static void echo(int fd)
{
    static char buf[PIECE];
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0)
        for (ssize_t at = 0, k; at < n; at += k)
            if ((k = write(fd, buf + at, n - at)) <= 0)
                return;
}

int load_serve(const char *port)
{
    struct sockaddr_in at;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    signal(SIGCHLD, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    if (!address_of("0.0.0.0", port, &at) || fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
        bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8)) {
        perror("load: serve");
        return 2;
    }
    for (;;) {
        int caller = accept(fd, NULL, NULL);

        if (caller >= 0 && fork() == 0) {
            echo(caller);
            _exit(0);
        }
        if (caller >= 0)
            close(caller);
    }
}
