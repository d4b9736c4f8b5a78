/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's nodes, states and handles; see half.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <xen/io/xenbus.h>

#include "fb/half.h"
#include "lib/bus.h"
#include "lib/daemon.h"
#include "lib/store.h"

static void disconnect(struct half *half)
{
    if (half->connected)
        half->ops->disconnect(half);
    half->connected = false;
}

static void announce(struct half *half)
{
    disconnect(half);
    if (half->ops->announce(half)) {
        nodes_set_state(&half->nodes, XenbusStateInitWait);
        return;
    }
    fail(&half->fail, "cannot write the features to xenstore: %s", strerror(errno));
    nodes_report(&half->nodes, half->fail.text);
    half->leaving = true;
}

static void give_up(struct half *half)
{
    nodes_report(&half->nodes, half->fail.text);
    nodes_set_state(&half->nodes, XenbusStateClosed);
    half->leaving = true;
}

static void connect_front(struct half *half, int own)
{
    half->resumed = own == XenbusStateConnected;
    if (half->ops->connect(half)) {
        give_up(half);
        return;
    }
    half->connected = true;
    if (!half->resumed)
        nodes_set_state(&half->nodes, XenbusStateConnected);
}

/* Takes steps until the states ask for none; each one changes our state, so this ends. */
static void advance(struct half *half)
{
    while (!half->leaving) {
        int own = (int)store_number(half->nodes.xs, BUS_ABSENT, "%s/state", half->nodes.back);
        int front = (int)store_number(half->nodes.xs, BUS_ABSENT, "%s/state", half->nodes.front);
        bool online = store_number(half->nodes.xs, 0, "%s/online", half->nodes.back) == 1;

        switch (bus_decide(own, front, online, half->connected)) {
        case BUS_WAIT:
            return;
        case BUS_ANNOUNCE:
            announce(half);
            break;
        case BUS_CONNECT:
            connect_front(half, own);
            break;
        case BUS_CLOSING:
            nodes_set_state(&half->nodes, XenbusStateClosing);
            break;
        case BUS_CLOSED:
            disconnect(half);
            nodes_set_state(&half->nodes, XenbusStateClosed);
            break;
        case BUS_LEAVE:
            disconnect(half);
            if (own != BUS_ABSENT)
                nodes_set_state(&half->nodes, XenbusStateClosed);
            half->leaving = true;
            break;
        }
    }
}

static void on_store(struct source *s, uint32_t events)
{
    struct half *half = (void *)((char *)s - offsetof(struct half, store_source));
    int count = nodes_events(&half->nodes);

    (void)events;
    if (count < 0)
        exit(1); /* xend starts this process again, and it resumes */
    if (count)
        advance(half);
}

static void on_event(struct source *s, uint32_t events)
{
    struct half *half = (void *)((char *)s - offsetof(struct half, event_source));
    int port = xenevtchn_pending(half->xce);

    (void)events;
    if (port < 0)
        return;
    half->ops->event(half, port);
    xenevtchn_unmask(half->xce, port);
}

static int open_handles(struct half *half)
{
    half->nodes.xs = xs_open(0);
    half->xce = xenevtchn_open(NULL, 0);
    half->xgt = xengnttab_open(NULL, 0);
    if (!half->nodes.xs || !half->xce || !half->xgt)
        return -1;
    if (fcntl(xenevtchn_fd(half->xce), F_SETFL, O_RDWR | O_NONBLOCK))
        return -1;
    half->event_source = (struct source){.fd = xenevtchn_fd(half->xce), .ready = on_event};
    half->store_source = (struct source){.fd = xs_fileno(half->nodes.xs), .ready = on_store};
    if (loop_add(&half->event_source, EPOLLIN) || loop_add(&half->store_source, EPOLLIN))
        return -1;
    return 0;
}

int half_open(struct half *half, const char *path, const struct half_ops *ops)
{
    half->ops = ops;
    if (open_handles(half)) {
        log_msg("%s: cannot open Xen's devices and store: %s", path, strerror(errno));
        return -1;
    }
    return nodes_find(&half->nodes, path);
}

void half_start(struct half *half)
{
    nodes_watch(&half->nodes);
    advance(half);
}

void half_refuse(struct half *half)
{
    give_up(half);
}

bool half_front_number(struct half *half, uint32_t max, uint32_t *value, const char *fmt, ...)
{
    va_list ap;
    bool ok;

    va_start(ap, fmt);
    ok = nodes_front_number(&half->nodes, max, value, fmt, ap);
    va_end(ap);
    return ok;
}

bool half_front_flag(struct half *half, const char *key)
{
    return nodes_front_flag(&half->nodes, key);
}

bool half_put(struct half *half, const char *key, uint64_t value)
{
    return nodes_put(&half->nodes, key, value);
}

void *half_map(struct half *half, uint32_t *refs, uint32_t count)
{
    return xengnttab_map_domain_grant_refs(half->xgt, count, half->nodes.domid, refs,
                                           PROT_READ | PROT_WRITE);
}

void half_unmap(struct half *half, void *ring, uint32_t count)
{
    if (ring)
        xengnttab_unmap(half->xgt, ring, count);
}

int half_bind(struct half *half, uint32_t remote_port)
{
    return xenevtchn_bind_interdomain(half->xce, half->nodes.domid, remote_port);
}
