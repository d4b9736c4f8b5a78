/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacked kernels kept on disk.  Decompressing a distribution kernel is most of the time that
 * creating a domain takes, and the same few kernels are used again and again, be it under another
 * name or out of another guest's disk.  So an entry is found by content: beside the unpacked kernel
 * it holds the packed one, which must be equal to the last byte.  Only root can read or write the
 * folder.
 */
#ifndef BUILD_CACHE_H
#define BUILD_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* Where entries are kept; tests keep theirs elsewhere. */
extern const char *cache_dir;

struct cache_bytes {
    const void *data;
    size_t len;
};

/* Maps what @packed was unpacked to, if it is known and has exactly @len bytes; NULL otherwise. */
void *cache_load(struct cache_bytes packed, size_t len);

/* Keeps @unpacked as what comes out of @packed, and drops old entries; false if it could not. */
bool cache_write(struct cache_bytes packed, struct cache_bytes unpacked);

/*
 * The same in a process of its own: the caller goes on at once, and a failure (a full or read-only
 * disk) only means that nothing is kept.
 */
void cache_store(struct cache_bytes packed, struct cache_bytes unpacked);

#endif
