/* SPDX-License-Identifier: BSD-2-Clause */
/* A xenstored of one's own, in a temporary directory. */
#ifndef TEST_STORE_SOCKET_DAEMON_H
#define TEST_STORE_SOCKET_DAEMON_H

#include <xenstore.h>

extern struct xs_handle *h; /* a connection to it */

void daemon_begin(void);
void daemon_end(void);

/* Runs a shell command with the programs first in PATH: its output and exit status. */
const char *sh(const char *command, int *status);

/* The process that serves, started again by its keeper when it dies; and the keeper. */
int daemon_server(void);
int daemon_keeper(void);

/* The serving process' resident memory in KiB. */
long daemon_rss(void);

#endif
