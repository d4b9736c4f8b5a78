/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocation server; see relocation.h. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/store.h"
#include "xend/journal.h"
#include "xend/process.h"
#include "xend/relocation.h"
#include "xend/timer.h"

#define MINUTE_MS 60000
#define BACKLOG   16 /* callers that wait while the server has its fill */

static struct source listener = {.fd = -1};
static struct process receiver[RELOCATIONS]; /* pid 0: none */
static unsigned int running, taken;          /* at the moment; since the minute began */
static int64_t minute_began;
static struct timer minute = {.source = {.fd = -1}};

/* Does it take another caller?  Else they wait in the kernel, which takes few. */
static void look_whether_full(void)
{
    bool rests = taken >= RELOCATIONS_A_MIN;

    loop_change(&listener, running < RELOCATIONS && !rests ? EPOLLIN : 0);
    if (rests && minute.source.fd < 0)
        timer_start(&minute, MINUTE_MS);
}

static void on_minute(struct timer *t)
{
    (void)t;
    taken = 0;
    look_whether_full();
}

static void on_receiver_end(struct process *p, bool clean)
{
    (void)clean;
    p->pid = 0;
    running--;
    look_whether_full();
}

static void count_caller(void)
{
    int64_t now = store_now();

    if (now - minute_began >= MINUTE_MS) {
        minute_began = now;
        taken = 0;
    }
    taken++;
}

static void receive(int fd)
{
    static char *argv[] = {"xm", "migrate-receive", "--relocation", NULL};
    struct process *p = receiver;

    while (p->pid)
        p++;
    p->ended = on_receiver_end;
    if (process_start(p, argv, &fd, 1)) {
        journal("relocation: cannot start a process for a caller: %s", strerror(errno));
        p->pid = 0;
        return;
    }
    running++;
}

static void on_caller(struct source *s, uint32_t events)
{
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    count_caller(); /* also one that cannot be had: with no descriptors left it is there still */
    if (fd >= 0) {
        receive(fd);
        close(fd);
    }
    look_whether_full();
}

static int listen_at(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
    int yes = 1, no = 0, err;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (at->ai_family == AF_INET6) /* for both kinds of addresses */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    err = errno;
    close(fd);
    errno = err;
    return -1;
}

static int listen_on(const struct host_conf *host)
{
    const char *address = host->relocation.address[0] ? host->relocation.address : "::";
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list;
    char service[8];
    int fd = -1;

    snprintf(service, sizeof(service), "%u", host->relocation.port);
    if (getaddrinfo(address, service, &hints, &list))
        return -1;
    for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = listen_at(at);
    freeaddrinfo(list);
    return fd;
}

unsigned int relocation_port(void)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);

    if (listener.fd < 0 || getsockname(listener.fd, (struct sockaddr *)&at, &len))
        return 0;
    return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                          : ((struct sockaddr_in *)&at)->sin_port);
}

void relocation_init(const struct host_conf *host)
{
    struct host_conf plain = *host;

    if (!host->relocation.server)
        return;
    listener.fd = listen_on(host);
    if (listener.fd < 0 && !host->relocation.address[0]) { /* a kernel without IPv6 */
        snprintf(plain.relocation.address, sizeof(plain.relocation.address), "0.0.0.0");
        listener.fd = listen_on(&plain);
    }
    minute.fired = on_minute;
    listener.ready = on_caller;
    if (listener.fd < 0 || loop_add(&listener, EPOLLIN)) {
        journal("relocation: cannot listen on %s port %u: %s", host->relocation.address,
                host->relocation.port, strerror(errno));
        return;
    }
    journal("relocation: hosts in '%s' may send domains to port %u%s", host->relocation.hosts_allow,
            host->relocation.port, host->relocation.hosts_allow[0] ? "" : ": any host may");
}
