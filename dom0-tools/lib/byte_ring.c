/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte rings shared with another, possibly hostile, domain.  Pure: no system calls. */
#include <string.h>

#include "lib/byte_ring.h"

static ssize_t distance(const struct byte_ring *r, uint32_t prod, uint32_t cons)
{
    return prod - cons <= r->size ? (ssize_t)(prod - cons) : -1;
}

ssize_t byte_ring_used(const struct byte_ring *r)
{
    uint32_t cons = __atomic_load_n(r->cons, __ATOMIC_RELAXED);

    return distance(r, __atomic_load_n(r->prod, __ATOMIC_ACQUIRE), cons);
}

/* Bytes from index @i up to the end of the buffer, at most @len. */
static size_t until_wrap(const struct byte_ring *r, uint32_t i, size_t len)
{
    size_t n = r->size - (i & (r->size - 1));

    return n < len ? n : len;
}

ssize_t byte_ring_get(const struct byte_ring *r, void *buf, size_t len)
{
    uint32_t cons = __atomic_load_n(r->cons, __ATOMIC_RELAXED);
    ssize_t used = distance(r, __atomic_load_n(r->prod, __ATOMIC_ACQUIRE), cons);
    size_t first;

    if (used < 0)
        return -1;
    if (len > (size_t)used)
        len = used;
    first = until_wrap(r, cons, len);
    memcpy(buf, r->data + (cons & (r->size - 1)), first);
    memcpy((char *)buf + first, r->data, len - first);
    __atomic_store_n(r->cons, cons + (uint32_t)len, __ATOMIC_RELEASE);
    return len;
}

ssize_t byte_ring_put(const struct byte_ring *r, const void *buf, size_t len)
{
    uint32_t prod = __atomic_load_n(r->prod, __ATOMIC_RELAXED);
    ssize_t used = distance(r, prod, __atomic_load_n(r->cons, __ATOMIC_ACQUIRE));
    size_t first;

    if (used < 0)
        return -1;
    if (len > r->size - (size_t)used)
        len = r->size - used;
    first = until_wrap(r, prod, len);
    memcpy(r->data + (prod & (r->size - 1)), buf, first);
    memcpy(r->data, (const char *)buf + first, len - first);
    __atomic_store_n(r->prod, prod + (uint32_t)len, __ATOMIC_RELEASE);
    return len;
}
