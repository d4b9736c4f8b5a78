/* SPDX-License-Identifier: BSD-2-Clause */
/* See client.h. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "http/rights.h"
#include "http/routes.h"

#define UID 1879050000u

static int ready(void)
{
    return rights_drop(UID);
}

struct server server_start(const char *token, int deadline_ms)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct web web = {.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
                      .deadline_ms = deadline_ms,
                      .ready = ready};
    socklen_t length = sizeof(at);
    struct server server;
    int fds[2];

    cr_assert(bind(web.listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
              listen(web.listener, 200) == 0 &&
              getsockname(web.listener, (struct sockaddr *)&at, &length) == 0);
    cr_assert(!token || token_parse(token, &web.token));
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    server = (struct server){.feed = fds[0], .port = ntohs(at.sin_port), .pid = fork()};
    if (server.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(fds[0]);
        fcntl(fds[1], F_SETFL, O_NONBLOCK);
        web.feed = fds[1];
        _exit(web_run(&web) ? 1 : 0);
    }
    close(fds[1]);
    close(web.listener);
    return server;
}

int server_end(struct server *server)
{
    int status = -1;

    if (server->feed >= 0)
        close(server->feed);
    server->feed = -1;
    waitpid(server->pid, &status, 0);
    return status;
}

bool server_asks(struct server *server, int ms)
{
    struct pollfd fd = {.fd = server->feed, .events = POLLIN};
    char c;

    return poll(&fd, 1, ms) == 1 && read(server->feed, &c, 1) == 1;
}

void server_answer(struct server *server, int version)
{
    char text[ROUTE_COUNT][64];
    struct route_lengths head;

    for (int i = 0; i < ROUTE_COUNT; i++)
        head.length[i] = snprintf(text[i], sizeof(text[i]), "%s @%d\n", route_path(i), version);
    cr_assert_eq(write(server->feed, &head, sizeof(head)), (ssize_t)sizeof(head));
    for (int i = 0; i < ROUTE_COUNT; i++)
        cr_assert_eq(write(server->feed, text[i], head.length[i]), (ssize_t)head.length[i]);
}

int client_connect(const struct server *server)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(server->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0, "%s", strerror(errno));
    return fd;
}

void client_send(int fd, const char *text)
{
    send(fd, text, strlen(text), MSG_NOSIGNAL);
}

const char *client_answer(int fd)
{
    static char text[1 << 16];
    size_t have = 0;
    ssize_t n;

    while (have < sizeof(text) - 1 && (n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
        have += n;
    text[have] = '\0';
    close(fd);
    return text;
}

const char *client_get(const struct server *server, const char *path, const char *more)
{
    int fd = client_connect(server);
    char text[1024];

    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n", path,
             server->port, more);
    client_send(fd, text);
    return client_answer(fd);
}
