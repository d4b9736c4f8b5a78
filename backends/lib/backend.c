/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's nodes, states and handles; see backend.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <xen/io/xenbus.h>

#include "lib/backend.h"
#include "lib/bus.h"
#include "lib/daemon.h"
#include "lib/store.h"

static void set_state(struct backend *be, int state)
{
    if (!store_put(be->xs, XBT_NULL, be->back, "state", "%d", state))
        log_msg("%s: cannot write the state %d: %s", be->back, state, strerror(errno));
}

/* The place where xm looks for the reason: error/backend/... beside backend/... */
static void report(struct backend *be)
{
    const char *rest = strstr(be->back, "/backend/");

    log_msg("%s: %s", be->back, be->fail.text);
    if (rest)
        store_write(be->xs, XBT_NULL, be->fail.text, "/local/domain/0/error%s/error", rest);
}

static void disconnect(struct backend *be)
{
    if (be->connected)
        be->ops->disconnect(be);
    be->connected = false;
}

static void announce(struct backend *be)
{
    disconnect(be);
    if (be->ops->announce(be)) {
        set_state(be, XenbusStateInitWait);
        return;
    }
    fail(&be->fail, "cannot write the features to xenstore: %s", strerror(errno));
    report(be);
    be->leaving = true;
}

static void give_up(struct backend *be)
{
    report(be);
    set_state(be, XenbusStateClosed);
    be->leaving = true;
}

static void connect_front(struct backend *be, int own)
{
    be->resumed = own == XenbusStateConnected;
    if (be->ops->connect(be)) {
        give_up(be);
        return;
    }
    be->connected = true;
    if (!be->resumed)
        set_state(be, XenbusStateConnected);
}

/* Takes steps until the states ask for none; each one changes our state, so this ends. */
static void advance(struct backend *be)
{
    while (!be->leaving) {
        int own = store_number(be->xs, BUS_ABSENT, "%s/state", be->back);
        int front = store_number(be->xs, BUS_ABSENT, "%s/state", be->front);
        bool online = store_number(be->xs, 0, "%s/online", be->back) == 1;

        switch (bus_decide(own, front, online, be->connected)) {
        case BUS_WAIT:
            return;
        case BUS_ANNOUNCE:
            announce(be);
            break;
        case BUS_CONNECT:
            connect_front(be, own);
            break;
        case BUS_CLOSING:
            set_state(be, XenbusStateClosing);
            break;
        case BUS_CLOSED:
            disconnect(be);
            set_state(be, XenbusStateClosed);
            break;
        case BUS_LEAVE:
            disconnect(be);
            if (own != BUS_ABSENT)
                set_state(be, XenbusStateClosed);
            be->leaving = true;
            break;
        }
    }
}

static void on_store(struct source *s, uint32_t events)
{
    struct backend *be = (void *)((char *)s - offsetof(struct backend, store_source));
    bool any = false;
    char **event;

    (void)events;
    while ((event = xs_check_watch(be->xs))) {
        free(event);
        any = true;
    }
    if (errno != EAGAIN && errno != EINTR) {
        log_msg("%s: xenstored went away: %s", be->back, strerror(errno));
        exit(1); /* xend starts this process again, and it resumes */
    }
    if (any)
        advance(be);
}

static void on_event(struct source *s, uint32_t events)
{
    struct backend *be = (void *)((char *)s - offsetof(struct backend, event_source));
    int port;

    (void)events;
    while ((port = xenevtchn_pending(be->xce)) >= 0) {
        xenevtchn_unmask(be->xce, port);
        be->ops->event(be, port);
    }
}

static int open_handles(struct backend *be)
{
    be->xs = xs_open(0);
    be->xce = xenevtchn_open(NULL, 0);
    be->xgt = xengnttab_open(NULL, 0);
    if (!be->xs || !be->xce || !be->xgt)
        return -1;
    if (fcntl(xenevtchn_fd(be->xce), F_SETFL, O_RDWR | O_NONBLOCK))
        return -1;
    be->event_source = (struct source){.fd = xenevtchn_fd(be->xce), .ready = on_event};
    be->store_source = (struct source){.fd = xs_fileno(be->xs), .ready = on_store};
    if (loop_add(&be->event_source, EPOLLIN) || loop_add(&be->store_source, EPOLLIN))
        return -1;
    return 0;
}

int backend_open(struct backend *be, const char *path, const struct backend_ops *ops)
{
    char *front;
    long domid;

    be->ops = ops;
    snprintf(be->back, sizeof(be->back), "%s", path);
    if (open_handles(be)) {
        log_msg("%s: cannot open Xen's devices and store: %s", path, strerror(errno));
        return -1;
    }
    front = store_read(be->xs, "%s/frontend", path);
    domid = store_number(be->xs, -1, "%s/frontend-id", path);
    if (!front || domid < 0 || domid > UINT16_MAX) {
        log_msg("%s: no such back-end node in xenstore", path);
        free(front);
        return -1;
    }
    snprintf(be->front, sizeof(be->front), "%s", front);
    be->domid = domid;
    free(front);
    return 0;
}

void backend_start(struct backend *be)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/state", be->front);
    xs_watch(be->xs, path, "front");
    snprintf(path, sizeof(path), "%s/state", be->back);
    xs_watch(be->xs, path, "back");
    snprintf(path, sizeof(path), "%s/online", be->back);
    xs_watch(be->xs, path, "online");
    advance(be);
}

bool backend_front_number(struct backend *be, uint32_t max, uint32_t *value, const char *fmt, ...)
{
    char key[64];
    va_list ap;
    long n;

    va_start(ap, fmt);
    vsnprintf(key, sizeof(key), fmt, ap);
    va_end(ap);
    n = store_number(be->xs, -1, "%s/%s", be->front, key);
    if (n < 0 || n > (long)max)
        return false;
    *value = n;
    return true;
}

int backend_front_queues(struct backend *be, uint32_t max, uint32_t *queues)
{
    static const char key[] = "multi-queue-num-queues";

    *queues = 1;
    if (store_number(be->xs, 1, "%s/%s", be->front, key) == 1 ||
        (backend_front_number(be, max, queues, key) && *queues))
        return 0;
    return fail(&be->fail, "the guest wants more queues than offered");
}

bool backend_front_flag(struct backend *be, const char *key)
{
    return store_number(be->xs, 0, "%s/%s", be->front, key) == 1;
}

bool backend_put(struct backend *be, const char *key, uint64_t value)
{
    return store_put(be->xs, XBT_NULL, be->back, key, "%llu", (unsigned long long)value);
}

void *backend_map(struct backend *be, const uint32_t *refs, uint32_t count)
{
    return xengnttab_map_domain_grant_refs(be->xgt, count, be->domid, (uint32_t *)refs,
                                           PROT_READ | PROT_WRITE);
}

void backend_unmap(struct backend *be, void *ring, uint32_t count)
{
    if (ring)
        xengnttab_unmap(be->xgt, ring, count);
}

int backend_bind(struct backend *be, uint32_t remote_port)
{
    return xenevtchn_bind_interdomain(be->xce, be->domid, remote_port);
}
