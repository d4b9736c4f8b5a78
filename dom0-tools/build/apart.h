/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a stream in a process that has nothing but the stream, and whom to tell or ask. */
#ifndef BUILD_APART_H
#define BUILD_APART_H

#include "stream/restore.h"

/* What is read, and the two processes that do it; @arg is for all three functions. */
struct apart {
    struct stream_in *in; /* a descriptor's */
    /* In the child while it has rights and no more of the parent's descriptors than these two; NULL: nothing. */
    int (*prepare)(void *arg); /* 0, or -1 with errno */
    /* In the child: reads @in and tells by @socket (SOCK_SEQPACKET), also if @begun is -1, with the
     * cause in in->fail. */
    int (*read)(void *arg, struct stream_in *in, int socket, int begun);
    /* In the parent: hears until the end; 0, or -1 with the cause in ->in->fail. */
    int (*hear)(void *arg, int socket);
    void *arg;
};

/*
 * Reads in a child: an empty root, user nobody, only the system calls of a reader, no descriptors
 * but the stream and a socket to here.  What hear() returns, or -1 with the cause.
 */
int apart_run(const struct apart *a);

/*
 * As restore_run() of @r.  @keep_maps, which prepares, leaves the guest's map() a way that takes no
 * rights.
 */
int apart_restore(struct restore *r, int (*keep_maps)(void *ctx));

#endif
