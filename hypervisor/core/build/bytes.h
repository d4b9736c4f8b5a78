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

#define BYTES_READ(name, type)                                                                     \
    static inline type name(const uint8_t *p)                                                      \
    {                                                                                              \
        type v;                                                                                    \
        __builtin_memcpy(&v, p, sizeof(v));                                                        \
        return v;                                                                                  \
    }
BYTES_READ(bytes_u16, uint16_t)
BYTES_READ(bytes_u32, uint32_t)
BYTES_READ(bytes_u64, uint64_t)
#undef BYTES_READ

#endif
