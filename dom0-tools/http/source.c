/* SPDX-License-Identifier: BSD-2-Clause */
/* Measuring when it is asked for; see source.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "http/render.h"
#include "http/source.h"
#include "http/web.h"
#include "lib/clock.h"

#define SEND_S 10 /* that a reader who means well never takes */

static bool send_all(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        length -= n;
    }
    return true;
}

static bool send_texts(int fd, char *const text[ROUTE_COUNT])
{
    struct route_lengths head;
    bool ok;

    for (int i = 0; i < ROUTE_COUNT; i++) {
        size_t length = strlen(text[i]);

        if (length > ROUTE_TEXT_MAX) {
            errno = EMSGSIZE;
            return false;
        }
        head.length[i] = length;
    }
    ok = send_all(fd, &head, sizeof(head));
    for (int i = 0; ok && i < ROUTE_COUNT; i++)
        ok = send_all(fd, text[i], head.length[i]);
    return ok;
}

int source_answer(struct toolstack *ts, const struct happenings *h, int fd)
{
    const struct timeval most = {.tv_sec = SEND_S};
    char *text[ROUTE_COUNT];
    struct sample sample;
    int ret = 0;

    if (sample_take(ts, &sample))
        return -1;
    render_all(&sample, h, text);
    sample_free(&sample);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)) || !send_texts(fd, text))
        ret = fail(&ts->fail, "the web server does not take its answers: %s", strerror(errno));
    for (int i = 0; i < ROUTE_COUNT; i++)
        free(text[i]);
    return ret;
}

/* However many bytes there are, they are one question. */
static int take_question(struct toolstack *ts, int fd)
{
    char any[64];

    return recv(fd, any, sizeof(any), 0) > 0 ? 0 : fail(&ts->fail, "the web server has ended");
}

static int take_events(struct toolstack *ts, struct happenings *h)
{
    char **event;

    while ((event = xs_check_watch(ts->xs)))
        free(event);
    if (errno != EAGAIN && errno != EINTR)
        return fail(&ts->fail, "xenstored went away: %s", strerror(errno));
    return happenings_look(ts, h);
}

static int serve(struct toolstack *ts, struct happenings *h, int fd, int life)
{
    int64_t again = 0; /* not before */

    for (;;) {
        int64_t now = now_ms(), rest = again > now ? again - now : 0;
        struct pollfd fds[] = {{.fd = life, .events = POLLIN},
                               {.fd = xs_fileno(ts->xs), .events = POLLIN},
                               {.fd = fd, .events = rest ? 0 : POLLIN}};

        if (poll(fds, 3, rest ? (int)rest : -1) < 0 && errno != EINTR)
            return fail(&ts->fail, "cannot wait: %s", strerror(errno));
        if (fds[0].revents)
            return 0;
        if (fds[1].revents && take_events(ts, h))
            return -1;
        if (fds[2].revents && (take_question(ts, fd) || source_answer(ts, h, fd)))
            return -1;
        if (fds[2].revents)
            again = now + WEB_FRESH_MS;
    }
}

int source_run(struct toolstack *ts, int fd, int life)
{
    static struct happenings h;
    int ret;

    if (!xs_watch(ts->xs, "@introduceDomain", "") || !xs_watch(ts->xs, "@releaseDomain", ""))
        return fail(&ts->fail, "cannot watch xenstore: %s", strerror(errno));
    ret = happenings_look(ts, &h) || serve(ts, &h, fd, life) ? -1 : 0;
    happenings_free(&h);
    return ret;
}
