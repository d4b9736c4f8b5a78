/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings of bytes shared with another domain: xenstore's (io/xs_wire.h) and the console's
 * (io/console.h).  Indices run freely and wrap at 2^32; the size is a power of two.  The other
 * side may write anything at any time, so every call reads each index once, refuses a distance
 * greater than the size, and copies data once.  What a liar gets is garbage in its own stream.
 */
#ifndef LIB_BYTE_RING_H
#define LIB_BYTE_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct byte_ring {
    char *data;
    uint32_t size;
    uint32_t *prod;
    uint32_t *cons;
};

/* Bytes waiting for the consumer; -1 when the indices are impossible. */
ssize_t byte_ring_used(const struct byte_ring *r);

/* Takes up to @len bytes out into @buf: how many, or -1 when the indices are impossible. */
ssize_t byte_ring_get(const struct byte_ring *r, void *buf, size_t len);

/* Puts up to @len bytes of @buf in: how many, or -1 when the indices are impossible. */
ssize_t byte_ring_put(const struct byte_ring *r, const void *buf, size_t len);

#endif
