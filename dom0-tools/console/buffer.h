/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output waiting for a reader.  Pure.  Bounded: when a reader is slow or there is none, the oldest
 * bytes go, so that whoever attaches sees the latest output.
 */
#ifndef CONSOLE_BUFFER_H
#define CONSOLE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#define BUFFER_SIZE 65536

struct buffer {
    size_t start, len;
    uint64_t lost; /* bytes discarded so far */
    char data[BUFFER_SIZE];
};

/* Appends @len bytes, at most BUFFER_SIZE, making room at the old end. */
void buffer_put(struct buffer *b, const char *data, size_t len);

/* The oldest bytes that lie together; *@data points into the buffer. */
size_t buffer_peek(const struct buffer *b, const char **data);

/* Takes away @len of those. */
void buffer_drop(struct buffer *b, size_t len);

#endif
