/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening; see listen.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xend/listen.h"

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

bool listen_is_address(const char *text)
{
    union address address;

    return make_address(text, 0, &address) != 0;
}

bool listen_is_loopback(const char *text)
{
    union address address;

    if (!make_address(text, 0, &address))
        return false;
    return address.any.sa_family == AF_INET ? ntohl(address.v4.sin_addr.s_addr) >> 24 == 127
                                            : IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr);
}

int listen_at(const char *text, uint16_t port)
{
    union address address;
    socklen_t len = make_address(text, port, &address);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, saved;

    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, &address.any, len) == 0 && listen(fd, 8) == 0)
        return fd;
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}
