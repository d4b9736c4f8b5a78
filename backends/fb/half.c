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

static void set_state(struct half *half, int state)
{
    if (!store_put(half->xs, XBT_NULL, half->back, "state", "%d", state))
        log_msg("%s: cannot write the state %d: %s", half->back, state, strerror(errno));
}

/* The place where xm looks for the reason: error/backend/... beside backend/... */
static void report(struct half *half)
{
    const char *rest = strstr(half->back, "/backend/");

    log_msg("%s: %s", half->back, half->fail.text);
    if (rest)
        store_write(half->xs, XBT_NULL, half->fail.text, "/local/domain/0/error%s/error", rest);
}

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
        set_state(half, XenbusStateInitWait);
        return;
    }
    fail(&half->fail, "cannot write the features to xenstore: %s", strerror(errno));
    report(half);
    half->leaving = true;
}

static void give_up(struct half *half)
{
    report(half);
    set_state(half, XenbusStateClosed);
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
        set_state(half, XenbusStateConnected);
}

/* Takes steps until the states ask for none; each one changes our state, so this ends. */
static void advance(struct half *half)
{
    while (!half->leaving) {
        int own = store_number(half->xs, BUS_ABSENT, "%s/state", half->back);
        int front = store_number(half->xs, BUS_ABSENT, "%s/state", half->front);
        bool online = store_number(half->xs, 0, "%s/online", half->back) == 1;

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
            set_state(half, XenbusStateClosing);
            break;
        case BUS_CLOSED:
            disconnect(half);
            set_state(half, XenbusStateClosed);
            break;
        case BUS_LEAVE:
            disconnect(half);
            if (own != BUS_ABSENT)
                set_state(half, XenbusStateClosed);
            half->leaving = true;
            break;
        }
    }
}

static void on_store(struct source *s, uint32_t events)
{
    struct half *half = (void *)((char *)s - offsetof(struct half, store_source));
    bool any = false;
    char **event;

    (void)events;
    while ((event = xs_check_watch(half->xs))) {
        free(event);
        any = true;
    }
    if (errno != EAGAIN && errno != EINTR) {
        log_msg("%s: xenstored went away: %s", half->back, strerror(errno));
        exit(1); /* xend starts this process again, and it resumes */
    }
    if (any)
        advance(half);
}

static void on_event(struct source *s, uint32_t events)
{
    struct half *half = (void *)((char *)s - offsetof(struct half, event_source));
    int port;

    (void)events;
    while ((port = xenevtchn_pending(half->xce)) >= 0) {
        xenevtchn_unmask(half->xce, port);
        half->ops->event(half, port);
    }
}

static int open_handles(struct half *half)
{
    half->xs = xs_open(0);
    half->xce = xenevtchn_open(NULL, 0);
    half->xgt = xengnttab_open(NULL, 0);
    if (!half->xs || !half->xce || !half->xgt)
        return -1;
    if (fcntl(xenevtchn_fd(half->xce), F_SETFL, O_RDWR | O_NONBLOCK))
        return -1;
    half->event_source = (struct source){.fd = xenevtchn_fd(half->xce), .ready = on_event};
    half->store_source = (struct source){.fd = xs_fileno(half->xs), .ready = on_store};
    if (loop_add(&half->event_source, EPOLLIN) || loop_add(&half->store_source, EPOLLIN))
        return -1;
    return 0;
}

int half_open(struct half *half, const char *path, const struct half_ops *ops)
{
    char *front;
    long domid;

    half->ops = ops;
    snprintf(half->back, sizeof(half->back), "%s", path);
    if (open_handles(half)) {
        log_msg("%s: cannot open Xen's devices and store: %s", path, strerror(errno));
        return -1;
    }
    front = store_read(half->xs, "%s/frontend", path);
    domid = store_number(half->xs, -1, "%s/frontend-id", path);
    if (!front || domid < 0 || domid > UINT16_MAX) {
        log_msg("%s: no such back-end node in xenstore", path);
        free(front);
        return -1;
    }
    snprintf(half->front, sizeof(half->front), "%s", front);
    half->domid = domid;
    free(front);
    return 0;
}

void half_start(struct half *half)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/state", half->front);
    xs_watch(half->xs, path, "front");
    snprintf(path, sizeof(path), "%s/state", half->back);
    xs_watch(half->xs, path, "back");
    snprintf(path, sizeof(path), "%s/online", half->back);
    xs_watch(half->xs, path, "online");
    advance(half);
}

void half_refuse(struct half *half)
{
    give_up(half);
}

bool half_front_number(struct half *half, uint32_t max, uint32_t *value, const char *fmt, ...)
{
    char key[64];
    va_list ap;
    long n;

    va_start(ap, fmt);
    vsnprintf(key, sizeof(key), fmt, ap);
    va_end(ap);
    n = store_number(half->xs, -1, "%s/%s", half->front, key);
    if (n < 0 || n > (long)max)
        return false;
    *value = n;
    return true;
}

bool half_front_flag(struct half *half, const char *key)
{
    return store_number(half->xs, 0, "%s/%s", half->front, key) == 1;
}

bool half_put(struct half *half, const char *key, uint64_t value)
{
    return store_put(half->xs, XBT_NULL, half->back, key, "%llu", (unsigned long long)value);
}

void *half_map(struct half *half, const uint32_t *refs, uint32_t count)
{
    return xengnttab_map_domain_grant_refs(half->xgt, count, half->domid, (uint32_t *)refs,
                                           PROT_READ | PROT_WRITE);
}

void half_unmap(struct half *half, void *ring, uint32_t count)
{
    if (ring)
        xengnttab_unmap(half->xgt, ring, count);
}

int half_bind(struct half *half, uint32_t remote_port)
{
    return xenevtchn_bind_interdomain(half->xce, half->domid, remote_port);
}
