/* SPDX-License-Identifier: BSD-2-Clause */
/* xend --http: a socket, and the processes of hospes-http that serve it. */
#ifndef XEND_HTTP_H
#define XEND_HTTP_H

#include "lib/fail.h"

/*
 * Listens at @where, "ADDRESS:PORT" or "[ADDRESS]:PORT", with the token in @token_file (NULL: none,
 * which only an address of this machine may have).  0, or -1 with @f.
 */
int http_open(const char *where, const char *token_file, struct fail *f);

/* Starts hospes-http, if http_open() was called, and again whenever it ends.  Needs loop_init(). */
void http_start(void);

#endif
