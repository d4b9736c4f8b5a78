/* SPDX-License-Identifier: BSD-2-Clause */
/* The web server, on libmicrohttpd, in one thread; see web.h. */
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/answer.h"
#include "http/feed.h"
#include "http/web.h"
#include "lib/clock.h"

/* One who asks: in a slot from accept to close. */
struct caller {
    struct MHD_Connection *connection; /* NULL: a free slot */
    int64_t began_ms;
    bool waiting, shut; /* for the feed; by us, because it took too long */
    int route;
};

static struct caller callers[WEB_CONNECTIONS];
static struct MHD_Response *texts[ROUTE_COUNT]; /* NULL until the first message */
static int64_t texts_ms;                        /* when they came */
static struct feed feed;
static struct rate rate;
static bool one_closed; /* in this round of the library */
static const struct web *web;

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct caller *c = *context;

    (void)arg;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (c)
            c->connection = NULL;
        one_closed = true;
        return;
    }
    for (c = callers; c < callers + WEB_CONNECTIONS && c->connection; c++)
        ;
    if (c == callers + WEB_CONNECTIONS)
        return; /* cannot be: the library has that many at most */
    *c = (struct caller){.connection = connection, .began_ms = now_ms()};
    *context = c;
}

static struct caller *caller_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Whatever has a body has been sent to the wrong place. */
static bool has_body(struct MHD_Connection *connection)
{
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
           (length && strcmp(length, "0") != 0);
}

/* Why the request is refused: an HTTP status, or 0. */
static unsigned int refusal(struct MHD_Connection *connection, const char *path, const char *method)
{
    if (!rate_take(&rate, now_ms()))
        return MHD_HTTP_TOO_MANY_REQUESTS;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    if (has_body(connection))
        return MHD_HTTP_CONTENT_TOO_LARGE;
    if (!web->token.length && !host_is_local(header(connection, MHD_HTTP_HEADER_HOST)))
        return MHD_HTTP_MISDIRECTED_REQUEST;
    if (strcmp(path, "/") == 0)
        return 0; /* the page has no data */
    if (route_find(path) < 0)
        return MHD_HTTP_NOT_FOUND;
    return token_matches(&web->token, header(connection, MHD_HTTP_HEADER_AUTHORIZATION))
               ? 0
               : MHD_HTTP_UNAUTHORIZED;
}

static bool fresh(void)
{
    return texts[0] && now_ms() - texts_ms < WEB_FRESH_MS;
}

static enum MHD_Result give_text(struct MHD_Connection *connection, int route)
{
    return texts[route] ? MHD_queue_response(connection, MHD_HTTP_OK, texts[route])
                        : answer_refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE);
}

/* Called twice for one that has to wait: the second time with its caller as context. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    struct caller *c = caller_of(connection);
    unsigned int status;

    (void)arg, (void)version, (void)data, (void)size;
    if (*context)
        return give_text(connection, c->route);
    status = c ? refusal(connection, path, method) : MHD_HTTP_SERVICE_UNAVAILABLE;
    if (status)
        return answer_refuse(connection, status);
    if (strcmp(path, "/") == 0)
        return answer_page(connection);
    c->route = route_find(path);
    if (fresh() || !feed_ask(&feed, now_ms()))
        return give_text(connection, c->route);
    *context = c;
    c->waiting = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void resume_all(void)
{
    for (struct caller *c = callers; c < callers + WEB_CONNECTIONS; c++)
        if (c->connection && c->waiting) {
            c->waiting = false;
            MHD_resume_connection(c->connection);
        }
}

static void forget_texts(void)
{
    for (int i = 0; i < ROUTE_COUNT; i++) {
        if (texts[i])
            MHD_destroy_response(texts[i]); /* when the last who gets it has it */
        texts[i] = NULL;
    }
}

/* False when there is nobody any more who makes answers. */
static bool read_feed(void)
{
    struct feed_texts fresh_texts;
    int got = feed_read(&feed, &fresh_texts);

    if (got <= 0)
        return got == 0;
    forget_texts();
    for (int i = 0; i < ROUTE_COUNT; i++)
        texts[i] = answer_text(i, fresh_texts.text[i], fresh_texts.length[i]);
    texts_ms = now_ms();
    resume_all();
    return true;
}

/*
 * Ends what has taken too long, whatever it is at; the library then finds its socket closed.  Gives
 * the time until the next has, -1: there is none.
 */
static int64_t end_late(int64_t now)
{
    int64_t next = -1;

    if (feed.asked && now - feed.at_ms >= web->deadline_ms / 2) {
        forget_texts(); /* they are old: those that wait are told that there is none */
        resume_all();
    }
    for (struct caller *c = callers; c < callers + WEB_CONNECTIONS; c++) {
        int64_t left = c->began_ms + web->deadline_ms - now;
        const union MHD_ConnectionInfo *info;

        if (!c->connection || c->shut)
            continue;
        if (c->waiting) /* it is resumed first */
            left = feed.at_ms + web->deadline_ms / 2 - now;
        else if (left <= 0) {
            info = MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
            c->shut = true;
            shutdown(info->connect_fd, SHUT_RDWR);
            continue;
        }
        if (next < 0 || left < next)
            next = left > 0 ? left : 0;
    }
    return next;
}

static int wait_for(struct MHD_Daemon *daemon, int64_t late, struct pollfd fds[2])
{
    MHD_UNSIGNED_LONG_LONG own;
    int64_t timeout = late;

    if (MHD_get_timeout(daemon, &own) == MHD_YES && (timeout < 0 || own < (uint64_t)timeout))
        timeout = own;
    fds[0].revents = fds[1].revents = 0;
    return poll(fds, 2, timeout);
}

static void serve(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[2] = {{.fd = feed.fd, .events = POLLIN},
                            {.fd = info->epoll_fd, .events = POLLIN}};

    do {
        if (fds[0].revents && !read_feed())
            return;
        do { /* at its limit the library listens only again in the round after a close */
            one_closed = false;
            MHD_run(daemon);
        } while (one_closed);
    } while (wait_for(daemon, end_late(now_ms()), fds) >= 0 || errno == EINTR);
}

int web_run(const struct web *config)
{
    struct MHD_Daemon *daemon;

    web = config;
    feed.fd = web->feed;
    daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, NULL,
        MHD_OPTION_LISTEN_SOCKET, web->listener, MHD_OPTION_CONNECTION_LIMIT, WEB_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_REQUEST_MAX, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (!daemon)
        return -1;
    if (!web->ready || web->ready() == 0)
        serve(daemon);
    resume_all();
    MHD_stop_daemon(daemon);
    forget_texts();
    answer_free();
    feed_free(&feed);
    return 0;
}
