/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that is restored by a process without rights: it maps the guest's frames, and asks another,
 * over a socket of messages (SOCK_SEQPACKET), for what takes a right.  Whoever answers takes the
 * reader to be the stream's: it does four things to this one guest, whatever it is asked.
 */
#ifndef STREAM_REMOTE_H
#define STREAM_REMOTE_H

#include "stream/restore.h"

/* How a reader ended, in its last message. */
struct ending {
    int32_t ret;
    uint64_t bytes; /* read by then */
    char why[sizeof(((struct fail *)0)->text)];
};
struct ending ending_of(int ret, const struct stream_in *in);

/* What it says of @in: 0, or -1 with ->fail, whose text may go to somebody's terminal. */
int ending_take(const struct ending *e, struct stream_in *in);

/* The reader's side. */
struct remote {
    int socket;
    const struct guest *local; /* maps */
    struct guest guest; /* for restore_run(); its ctx is this struct, which must stay in place */
};
void remote_init(struct remote *r, int socket, const struct guest *local, struct fail *f);

/* The last message: how it ended.  0, or -1 if nobody hears it. */
int remote_end(const struct remote *r, int ret, const struct restore *done);

/*
 * The other side: answers until the end, whose results go to @r: 0, or -1 with the guest's ->fail,
 * which is the reader's if that had one to tell.
 */
int remote_serve(int socket, struct restore *r);

#endif
