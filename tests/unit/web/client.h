/* SPDX-License-Identifier: BSD-2-Clause */
/* A server of the test's own, its feed, which the test is, and those who ask. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "http/web.h"

struct server {
    pid_t pid;
    int feed; /* this side of it */
    int port;
};

/* Starts a confined server at a free port of 127.0.0.1; @token may be NULL. */
struct server server_start(const char *token, int deadline_ms);

/* Waits for its end: its wait status. */
int server_end(struct server *server);

/* Is there a question within @ms (-1: ever)?  It is taken. */
bool server_asks(struct server *server, int ms);

/* Answers it: route r's text is "PATH-of-r @version\n". */
void server_answer(struct server *server, int version);

/* A connection; it waits for the server's accept in the kernel. */
int client_connect(const struct server *server);
void client_send(int fd, const char *text);

/* All that comes until the end (static, and closes it); "" if nothing came. */
const char *client_answer(int fd);

/* A request for @path with @more header lines ("Name: value\r\n"), and what comes. */
const char *client_get(const struct server *server, const char *path, const char *more);

#endif
