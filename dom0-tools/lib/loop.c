/* SPDX-License-Identifier: BSD-2-Clause */
/* A thin layer on epoll. */
#include <stddef.h>
#include <sys/epoll.h>

#include "lib/loop.h"

#define BATCH 64

static int epoll_fd = -1;
static struct epoll_event batch[BATCH];
static int batch_len;

int loop_init(void)
{
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return epoll_fd < 0 ? -1 : 0;
}

int loop_add(struct source *s, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = s};

    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, s->fd, &ev);
}

void loop_change(struct source *s, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = s};

    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, s->fd, &ev);
}

void loop_del(struct source *s)
{
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
    for (int i = 0; i < batch_len; i++)
        if (batch[i].data.ptr == s)
            batch[i].data.ptr = NULL; /* its event is not delivered any more */
}

void loop_wait(int timeout)
{
    batch_len = epoll_wait(epoll_fd, batch, BATCH, timeout);
    for (int i = 0; i < batch_len; i++) {
        struct source *s = batch[i].data.ptr;

        if (s)
            s->ready(s, batch[i].events);
    }
    batch_len = 0;
}
