/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients on the unix socket: dom0's processes, all privileged. */
#ifndef STORE_SOCK_H
#define STORE_SOCK_H

#include "store/conn.h"
#include "store/state.h"

/*
 * Listens on @path, creating its directory; the descriptor, or -1 after saying why.  A stale socket
 * is replaced, one with a live daemon behind it is an error.
 */
int sock_listen(const char *path);

/* The keeper's: passes a client on to the server at the other end of @control. */
void sock_pass(int control, unsigned int slot, int fd);

/* The server's: a connection that the log tells of. */
struct conn *sock_adopt(struct state *s, unsigned int slot);

/* Serves all clients that there are and those that the keeper passes on, and says so to it. */
int sock_serve(struct state *s, char **argv);

/* Frees the connections that died. */
void sock_reap(void);

#endif
