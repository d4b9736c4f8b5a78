/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages with answers; see feed.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/feed.h"
#include "lib/xalloc.h"

bool feed_ask(struct feed *feed, int64_t now_ms)
{
    if (feed->asked)
        return true;
    if (send(feed->fd, "?", 1, MSG_NOSIGNAL) != 1)
        return false;
    feed->asked = true;
    feed->at_ms = now_ms;
    return true;
}

/* How long the message is, as far as is known; 0: longer than any. */
static uint64_t wanted(const struct feed *feed)
{
    struct route_lengths head;
    uint64_t size = sizeof(head);

    if (feed->have < sizeof(head))
        return size;
    memcpy(&head, feed->message, sizeof(head));
    for (int i = 0; i < ROUTE_COUNT; i++) {
        if (head.length[i] > ROUTE_TEXT_MAX)
            return 0;
        size += head.length[i];
    }
    return size;
}

static void take_apart(const struct feed *feed, struct feed_texts *out)
{
    const char *at = feed->message + sizeof(struct route_lengths);

    memcpy(out->length, feed->message, sizeof(struct route_lengths));
    for (int i = 0; i < ROUTE_COUNT; i++) {
        out->text[i] = at;
        at += out->length[i];
    }
}

int feed_read(struct feed *feed, struct feed_texts *out)
{
    for (;;) {
        uint64_t size = wanted(feed);
        ssize_t n;

        if (!size)
            return -1;
        if (feed->have == size && feed->have > sizeof(struct route_lengths)) {
            take_apart(feed, out);
            feed->have = 0;
            feed->asked = false;
            return 1;
        }
        if (size > feed->room) {
            feed->message = xrealloc(feed->message, size);
            feed->room = size;
        }
        n = read(feed->fd, feed->message + feed->have, size - feed->have);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
        feed->have += n;
    }
}

void feed_free(struct feed *feed)
{
    free(feed->message);
    *feed = (struct feed){.fd = feed->fd};
}
