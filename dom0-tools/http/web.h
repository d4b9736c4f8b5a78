/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The web server: a page and the answers that the feed brings, to whoever may ask.  It knows what
 * it was given and can do nothing else: main.c confines the process it runs in.
 */
#ifndef HTTP_WEB_H
#define HTTP_WEB_H

#include <stdint.h>

#include "http/gate.h"

/* What one who asks can take. */
#define WEB_CONNECTIONS 64         /* at a time; more wait in the kernel */
#define WEB_REQUEST_MAX (8u << 10) /* bytes of a request's lines, and of what is kept of it */
#define WEB_FRESH_MS    1000       /* an answer is given for that long */
#define WEB_DEADLINE_MS 10000      /* for a connection, from its beginning to its end */

struct web {
    int listener;       /* a listening socket, not blocking */
    int feed;           /* a stream socket: see routes.h */
    struct token token; /* that a request must bear */
    int64_t deadline_ms;
    /* Called once the server stands, before any caller is looked at: 0, or -1 to give up. */
    int (*ready)(void);
};

/* Serves until the feed ends; -1 with errno if it cannot be begun. */
int web_run(const struct web *web);

#endif
