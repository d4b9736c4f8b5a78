/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of bytes that forgets the oldest. */
#include <string.h>

#include "console/buffer.h"

void buffer_put(struct buffer *b, const char *data, size_t len)
{
    size_t end, first;

    if (len > BUFFER_SIZE - b->len) {
        size_t excess = len - (BUFFER_SIZE - b->len);

        b->lost += excess;
        buffer_drop(b, excess);
    }
    end = (b->start + b->len) % BUFFER_SIZE;
    first = len < BUFFER_SIZE - end ? len : BUFFER_SIZE - end;
    memcpy(b->data + end, data, first);
    memcpy(b->data, data + first, len - first);
    b->len += len;
}

size_t buffer_peek(const struct buffer *b, const char **data)
{
    *data = b->data + b->start;
    return b->len < BUFFER_SIZE - b->start ? b->len : BUFFER_SIZE - b->start;
}

void buffer_drop(struct buffer *b, size_t len)
{
    b->start = (b->start + len) % BUFFER_SIZE;
    b->len -= len;
}
