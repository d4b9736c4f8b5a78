/* SPDX-License-Identifier: BSD-2-Clause */
/* A device's nodes and states; see monitor.h. */
#include "lib/monitor.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <xen/io/xenbus.h>

#include "lib/bus.h"
#include "lib/daemon.h"
#include "lib/store.h"
#include "lib/worker.h"

/* A worker that does not let go is killed when nobody is there who could need an orderly end. */
#define LET_GO_MS 10000

static void leave(struct monitor *m, int status)
{
    m->leaving = true;
    m->status = status;
}

static void announce(struct monitor *m)
{
    if (m->ops->announce(m)) {
        nodes_set_state(&m->nodes, XenbusStateInitWait);
        return;
    }
    fail(&m->fail, "cannot write the features to xenstore: %s", strerror(errno));
    nodes_report(&m->nodes, m->fail.text);
    leave(m, 0);
}

/*
 * The guest cannot be served.  A guest that was served before waits: xend tries again, with a
 * growing distance.
 */
static void give_up(struct monitor *m)
{
    if (m->resumed) {
        log_msg("%s: %s", m->nodes.back, m->fail.text);
        leave(m, 1);
        return;
    }
    nodes_report(&m->nodes, m->fail.text);
    nodes_set_state(&m->nodes, XenbusStateClosed);
    leave(m, 0);
}

static void connect_front(struct monitor *m, int own)
{
    struct control_message message = {.kind = CONTROL_CONNECT};

    m->resumed = own == XenbusStateConnected;
    message.resumed = m->resumed;
    if (m->ops->gather(m, message.body))
        give_up(m);
    else if (channel_send(m->control, &message))
        m->connecting = true;
    else
        leave(m, 1);
}

/* What remains of a step once the worker has let go. */
static void finish(struct monitor *m, enum bus_action action)
{
    if (action == BUS_ANNOUNCE) {
        announce(m);
        return;
    }
    if (store_number(m->nodes.xs, BUS_ABSENT, "%s/state", m->nodes.back) != BUS_ABSENT)
        nodes_set_state(&m->nodes, XenbusStateClosed);
    if (action == BUS_LEAVE)
        leave(m, 0);
}

/* Steps that need the worker to let go first. */
static void let_go(struct monitor *m, enum bus_action action)
{
    struct control_message message = {.kind = CONTROL_DISCONNECT};

    m->pending = action;
    if (!m->connected)
        finish(m, action);
    else if (channel_send(m->control, &message))
        m->closing = true;
    else
        leave(m, 1);
}

/* True while an answer of the worker is missing; nobody waits for it for ever. */
static bool must_wait(struct monitor *m, int own, int front)
{
    bool nobody = own == BUS_ABSENT || front == BUS_ABSENT;

    if (!m->connecting && !m->closing)
        return false;
    if (nobody && !m->deadline)
        m->deadline = store_now() + LET_GO_MS;
    return true;
}

/* Takes steps until the states ask for none; each one changes our state, so this ends. */
static void advance(struct monitor *m)
{
    while (!m->leaving) {
        int own = (int)store_number(m->nodes.xs, BUS_ABSENT, "%s/state", m->nodes.back);
        int front = (int)store_number(m->nodes.xs, BUS_ABSENT, "%s/state", m->nodes.front);
        bool online = store_number(m->nodes.xs, 0, "%s/online", m->nodes.back) == 1;
        enum bus_action action;

        if (must_wait(m, own, front))
            return;
        action = bus_decide(own, front, online, m->connected);
        switch (action) {
        case BUS_WAIT:
            return;
        case BUS_CONNECT:
            connect_front(m, own);
            break;
        case BUS_CLOSING:
            nodes_set_state(&m->nodes, XenbusStateClosing);
            break;
        default:
            let_go(m, action);
            break;
        }
    }
}

static void worker_connected(struct monitor *m)
{
    m->connected = true;
    if (m->resumed)
        return;
    if (!m->ops->connected || m->ops->connected(m)) {
        nodes_set_state(&m->nodes, XenbusStateConnected);
        return;
    }
    fail(&m->fail, "cannot write the device's size to xenstore: %s", strerror(errno));
    give_up(m);
}

/* The worker's text is shown to an administrator: nothing but printable letters of it. */
static void worker_refused(struct monitor *m, uint8_t text[CONTROL_BODY])
{
    text[CONTROL_BODY - 1] = '\0';
    for (uint8_t *c = text; *c; c++)
        if (!isprint(*c))
            *c = '?';
    fail(&m->fail, "%s", (char *)text);
    give_up(m);
}

/*
 * The device is slow or fails: in the log by the name that its administrator knows, and in a node
 * that `xm events` watches.  A worker that tells more often than it may has been taken over.
 */
static bool take_trouble(struct monitor *m, const struct control_message *message)
{
    int64_t now = store_now();
    struct trouble t;
    char *name;

    if (m->told && now - m->told < TROUBLE_PAUSE_MS / 2)
        return false;
    m->told = now;
    memcpy(&t, message->body, sizeof(t));
    name = store_read(m->nodes.xs, "%s/params", m->nodes.back);
    log_msg("%s: %s: %u requests took longer than a second (the longest %u ms), %u failed",
            m->nodes.back, name ? name : "its device", t.slow, t.longest_ms, t.failed);
    free(name);
    store_put(m->nodes.xs, XBT_NULL, m->nodes.back, "trouble", "%u %u %u", t.slow, t.longest_ms,
              t.failed);
    return true;
}

/* Answers count only when they were asked for. */
static bool take_answer(struct monitor *m, struct control_message *message)
{
    if (m->connecting && message->kind == CONTROL_CONNECTED) {
        m->connecting = false;
        worker_connected(m);
    } else if (m->connecting && message->kind == CONTROL_REFUSED) {
        m->connecting = false;
        worker_refused(m, message->body);
    } else if (m->closing && message->kind == CONTROL_DISCONNECTED) {
        m->closing = m->connected = false;
        finish(m, m->pending);
    } else {
        return false;
    }
    m->deadline = 0;
    return true;
}

static void on_control(struct source *s, uint32_t events)
{
    struct monitor *m = (void *)((char *)s - offsetof(struct monitor, control_source));
    struct control_message message;

    (void)events;
    if (channel_receive(s->fd, &message)) {
        if (message.kind == CONTROL_TROUBLE && take_trouble(m, &message))
            return;
        if (take_answer(m, &message)) {
            advance(m);
            return;
        }
    }
    worker_ended(m);
    leave(m, 1); /* xend starts both again, and they resume */
}

/* Tells the worker of the faults that are asked for now. */
static void tell_faults(struct monitor *m)
{
    struct control_message message = {.kind = CONTROL_INJECT};
    struct inject now = inject_read(m->nodes.xs, m->nodes.back);

    if (memcmp(&now, &m->inject, sizeof(now)) == 0)
        return;
    m->inject = now;
    memcpy(message.body, &now, sizeof(now));
    if (!channel_send(m->control, &message))
        leave(m, 1);
}

static void on_store(struct source *s, uint32_t events)
{
    struct monitor *m = (void *)((char *)s - offsetof(struct monitor, store_source));
    int count = nodes_events(&m->nodes);

    (void)events;
    if (count < 0) {
        leave(m, 1);
    } else if (count) {
        tell_faults(m);
        advance(m);
    }
}

int monitor_open(struct monitor *m, const char *path, const struct monitor_ops *ops)
{
    m->ops = ops;
    m->nodes.xs = xs_open(0);
    if (!m->nodes.xs) {
        log_msg("%s: cannot open xenstore: %s", path, strerror(errno));
        return -1;
    }
    if (nodes_find(&m->nodes, path))
        return -1;
    m->id = (uint32_t)strtoul(strrchr(path, '/') + 1, NULL, 10);
    return 0;
}

static int watch(struct monitor *m)
{
    m->store_source = (struct source){.fd = xs_fileno(m->nodes.xs), .ready = on_store};
    m->control_source = (struct source){.fd = m->control, .ready = on_control};
    if (loop_add(&m->store_source, EPOLLIN) || loop_add(&m->control_source, EPOLLIN))
        return -1;
    nodes_watch(&m->nodes);
    return 0;
}

/* The time for the worker's answer is over: nobody needs what it still does. */
static void abandon(struct monitor *m)
{
    log_msg("%s: its process does not answer; it is killed", m->nodes.back);
    worker_ended(m);
    finish(m, BUS_LEAVE);
}

int monitor_run(struct monitor *m, const struct monitor_options *o,
                const struct backend_ops *worker)
{
    if (loop_init() || worker_start(m, o, worker) || watch(m)) {
        log_msg("%s: cannot start its worker: %s", m->nodes.back, strerror(errno));
        return 1;
    }
    tell_faults(m);
    advance(m);
    while (!m->leaving) {
        int64_t left = m->deadline - store_now();

        loop_wait(m->deadline ? (left > 0 ? (int)left : 0) : -1);
        if (m->deadline && !m->leaving && store_now() >= m->deadline)
            abandon(m);
    }
    worker_ended(m);
    return m->status;
}

bool monitor_front_number(struct monitor *m, uint32_t max, uint32_t *value, const char *fmt, ...)
{
    va_list ap;
    bool ok;

    va_start(ap, fmt);
    ok = nodes_front_number(&m->nodes, max, value, fmt, ap);
    va_end(ap);
    return ok;
}

int monitor_front_queues(struct monitor *m, uint32_t max, uint32_t *queues)
{
    static const char key[] = "multi-queue-num-queues";

    *queues = 1;
    if (store_number(m->nodes.xs, 1, "%s/%s", m->nodes.front, key) == 1 ||
        (monitor_front_number(m, max, queues, key) && *queues))
        return 0;
    return fail(&m->fail, "the guest wants more queues than offered");
}

bool monitor_front_flag(struct monitor *m, const char *key)
{
    return nodes_front_flag(&m->nodes, key);
}

bool monitor_put(struct monitor *m, const char *key, uint64_t value)
{
    return nodes_put(&m->nodes, key, value);
}
