/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the answers come from: the socket to the process that makes them. */
#ifndef HTTP_FEED_H
#define HTTP_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "http/routes.h"

struct feed {
    int fd;        /* not blocking */
    bool asked;    /* and not answered yet */
    int64_t at_ms; /* when it was asked last */
    char *message; /* what has come of the message */
    uint64_t have, room;
};

/* The parts of a message that has come whole; they are the feed's until the next feed_read(). */
struct feed_texts {
    const char *text[ROUTE_COUNT];
    uint32_t length[ROUTE_COUNT];
};

/* Asks, unless it has been asked; false with errno if the other side has gone. */
bool feed_ask(struct feed *feed, int64_t now_ms);

/* Reads what there is: 1 and @out if a message is whole, 0 if not, -1 if no more will come. */
int feed_read(struct feed *feed, struct feed_texts *out);

void feed_free(struct feed *feed);

#endif
