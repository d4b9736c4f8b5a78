/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the xenstore client: what the calls (xs_ops.c) need from the transport (xs.c). */
#ifndef LIB_XS_INTERNAL_H
#define LIB_XS_INTERNAL_H

#include <stdbool.h>
#include <sys/uio.h>
#include <xenstore.h>

/*
 * Sends one request made of @n pieces and waits for its reply.
 * Returns the reply's payload (malloc'ed, with one nul byte more than *@len), or NULL with errno
 * set: the daemon's error, E2BIG when the request exceeds XENSTORE_PAYLOAD_MAX, or EIO when the
 * connection is lost.  @len may be NULL.
 */
char *xs_talk(struct xs_handle *h, enum xsd_sockmsg_type type, xs_transaction_t t,
              const struct iovec *piece, unsigned int n, unsigned int *len);

/* Forgets queued watch events of @token at or below @path, if the handle was opened so. */
void xs_forget_events(struct xs_handle *h, const char *path, const char *token);

#endif
