/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ends of a stream of bytes.  Nothing here seeks or reads ahead: in Xen, what follows one
 * layer's last byte may belong to another process.
 */
#ifndef STREAM_IO_H
#define STREAM_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/fail.h"

struct stream_out {
    /* Writes all of the @n parts, which it may change; 0, or -1 with errno. */
    int (*write)(void *ctx, struct iovec *iov, unsigned int n);
    void *ctx;
    struct fail *fail;
    uint64_t bytes; /* written so far */
    /* Told of each part; NULL: nobody wants to know. */
    void (*moved)(void *who, uint64_t bytes);
    void *who;
};

struct stream_in {
    /* Reads up to @len bytes: how many, 0 at the end, -1 with errno. */
    ssize_t (*read)(void *ctx, void *data, size_t len);
    void *ctx;
    struct fail *fail;
    uint64_t bytes; /* read so far */
    /* Told when the guest got a part of it (who reads may be another process); NULL: nobody. */
    void (*moved)(void *who);
    void *who;
};

/* 0, or -1 with the cause in ->fail. */
int stream_put(struct stream_out *out, const void *data, size_t len);
int stream_put_parts(struct stream_out *out, struct iovec *iov, unsigned int n);

/* Reads exactly @len bytes of @what ("the header of a record"): 0, or -1 with the cause. */
int stream_get(struct stream_in *in, void *data, size_t len, const char *what);

/* The same, thrown away. */
int stream_skip(struct stream_in *in, uint64_t len, const char *what);

/* Refuses the stream: "byte N: cause"; returns -1. */
int stream_bad(struct stream_in *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* On a file descriptor, which @fd must outlive the stream; errors name @fail. */
struct stream_out stream_out_fd(const int *fd, struct fail *fail);
struct stream_in stream_in_fd(const int *fd, struct fail *fail);

/* The descriptor that a stream is on, -1 if it is on none. */
int stream_in_descriptor(const struct stream_in *in);

#endif
