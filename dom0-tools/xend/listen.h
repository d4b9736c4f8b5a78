/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets at addresses that were given as text. */
#ifndef XEND_LISTEN_H
#define XEND_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Is it an address ("127.0.0.1", "::1", "localhost"), and of this machine only? */
bool listen_is_address(const char *text);
bool listen_is_loopback(const char *text);

/* A listening socket, or -1 with errno. */
int listen_at(const char *text, uint16_t port);

#endif
