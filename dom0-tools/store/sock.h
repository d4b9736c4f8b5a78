/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients on the unix socket: dom0's processes, all privileged. */
#ifndef STORE_SOCK_H
#define STORE_SOCK_H

/*
 * Listens on @path, creating its directory; 0, or -1 after saying why.  A stale socket is
 * replaced, one with a live daemon behind it is an error.
 */
int sock_listen(const char *path);

/* Frees the connections that died. */
void sock_reap(void);

/* Removes the socket from the file system. */
void sock_close(const char *path);

#endif
