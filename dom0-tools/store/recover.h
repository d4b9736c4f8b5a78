/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store and its connections from the log, and the log from them.  Pure.
 *
 * What changes the store is a request, so the log holds requests, and running them again makes the
 * same store; what they made the daemon send is in the log as well and is not made again.  Open
 * transactions go on, for what they did is logged too.  Only when the log was rewritten while one
 * was open (it is not as long as that can be helped) does it end: every further request in it is
 * answered with EAGAIN.
 */
#ifndef STORE_RECOVER_H
#define STORE_RECOVER_H

#include "store/conn.h"
#include "store/journal.h"

/* Logs a request of @c before it is run, if that can change anything. */
void recover_note(const struct conn *c, const struct xsd_sockmsg *hdr, const char *body);

/* Rewrites the log if it has grown by much. */
void recover_compact(void);

/* Appends records that make all that there is. */
void recover_dump(void);

/* Reads the log; @make gives connections that it tells of (conn_init() has been called). */
void recover_replay(struct conn *(*make)(unsigned int slot, const struct origin *o));

#endif
