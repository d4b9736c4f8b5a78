/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening for viewers; see display.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xend/display.h"

#define DISPLAYS_TRIED 1000u
#define PORT_MAX       65535u

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t make_address(const char *text, uint16_t port, union address *out)
{
    memset(out, 0, sizeof(*out));
    if (strcmp(text, "localhost") == 0)
        text = "127.0.0.1";
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof(out->v4);
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) != 1)
        return 0;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    return sizeof(out->v6);
}

/* A listening socket, or -1 with errno. */
static int listen_at(const union address *address, socklen_t len)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, saved;

    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, &address->any, len) == 0 && listen(fd, 8) == 0)
        return fd;
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

int display_listen(const char *text, bool unused, unsigned int *display, struct fail *f)
{
    unsigned int first = *display, last = unused ? first + DISPLAYS_TRIED : first;

    for (; *display <= last && DISPLAY_PORT + *display <= PORT_MAX; ++*display) {
        union address address;
        socklen_t len = make_address(text, DISPLAY_PORT + *display, &address);
        int fd = len ? listen_at(&address, len) : -1;

        if (!len)
            return fail(f, "%s is not an address", text);
        if (fd >= 0)
            return fd;
        if (errno != EADDRINUSE)
            return fail(f, "cannot listen on %s, port %u: %s", text, DISPLAY_PORT + *display,
                        strerror(errno));
    }
    *display = first;
    return unused ? fail(f, "no display from %u on is free on %s", first, text)
                  : fail(f, "display %u (port %u) of %s is in use (vncunused=1 takes a free one)",
                         first, DISPLAY_PORT + first, text);
}
