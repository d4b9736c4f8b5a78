/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacked kernels kept on disk.  Decompressing a distribution kernel is most of the time that
 * creating a domain takes, and the same few kernels are used again and again.  An entry is named
 * by the compressed file's identity (device, inode, size, time of change), so that a replaced file
 * never finds the old one's entry.  Only root can read or write the folder.
 */
#ifndef BUILD_CACHE_H
#define BUILD_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define CACHE_NAME_MAX 160

/* Where the unpacked form of a file is kept. */
void cache_name(const struct stat *file, char name[CACHE_NAME_MAX]);

/* Maps entry @name if it has exactly @len bytes; NULL otherwise. */
void *cache_load(const char *name, size_t len);

/*
 * Stores @len bytes as entry @name and drops old entries, in a process of its own: the caller
 * goes on at once, and a failure (a full or read-only disk) only means that nothing is kept.
 */
void cache_store(const char *name, const void *data, size_t len);

#endif
