/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds-checked reads from an untrusted image.  Fields are read by copy because nothing in a
 * hostile file is aligned.  The builtins resolve to the memory functions of whichever program
 * this is compiled into.
 */
#ifndef CORE_BUILD_BYTES_H
#define CORE_BUILD_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if [off, off + want) lies inside @len bytes; immune to overflow. */
static inline bool bytes_within(uint64_t off, uint64_t want, uint64_t len)
{
    return off <= len && want <= len - off;
}

static inline uint16_t bytes_u16(const uint8_t *p)
{
    uint16_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t bytes_u32(const uint8_t *p)
{
    uint32_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t bytes_u64(const uint8_t *p)
{
    uint64_t v;

    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

#endif
