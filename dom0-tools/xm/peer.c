/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end of a connection; see peer.h. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "conf/allow.h"
#include "xm/peer.h"

#define MAPPED "::ffff:" /* an IPv4 address at a socket for both kinds */

static bool to_text(const struct sockaddr *address, socklen_t len, char *text)
{
    if (getnameinfo(address, len, text, PEER_LEN, NULL, 0, NI_NUMERICHOST))
        return false;
    if (strncmp(text, MAPPED, strlen(MAPPED)) == 0 && strchr(text, '.'))
        memmove(text, text + strlen(MAPPED), strlen(text) - strlen(MAPPED) + 1);
    return true;
}

/* Whoever has an address writes what name it has; whose name it is says what addresses that has. */
static bool has_address(const char *name, const char *who)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    char text[PEER_LEN];
    bool ret = false;

    if (getaddrinfo(name, NULL, &hints, &list))
        return false;
    for (const struct addrinfo *at = list; at && !ret; at = at->ai_next)
        ret = to_text(at->ai_addr, at->ai_addrlen, text) && strcmp(text, who) == 0;
    freeaddrinfo(list);
    return ret;
}

bool peer_allowed(int fd, const char *list, char *who)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    char name[NI_MAXHOST];

    snprintf(who, PEER_LEN, "an unknown host");
    if (getpeername(fd, (struct sockaddr *)&address, &len) ||
        !to_text((struct sockaddr *)&address, len, who))
        return false;
    if (allow_has(list, who))
        return true;
    return getnameinfo((struct sockaddr *)&address, len, name, sizeof(name), NULL, 0,
                       NI_NAMEREQD) == 0 &&
           allow_has(list, name) && has_address(name, who);
}
