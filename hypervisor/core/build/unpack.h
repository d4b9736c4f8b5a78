/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompresses a kernel in one call, on well-kept libraries (liblzma, zlib, zstd).
 *
 * The tools link the libraries as usual.  The hypervisor links their static archives together with
 * unpack_libc.c, calls unpack_set_arena() first, and frees all of it after boot.
 */
#ifndef CORE_BUILD_UNPACK_H
#define CORE_BUILD_UNPACK_H

#include <stddef.h>
#include "hv/build.h"

/*
 * Decompresses @in into @out (at most @out_cap bytes); *@out_len is what was written; while xz
 * is under way another thread may read there (atomically) how much it is so far.
 * Returns BUILD_OK or BUILD_UNPACK_{DATA,SPACE,MEMORY}.  PAYLOAD_NONE copies.
 */
enum build_error unpack(enum payload kind, const void *in, size_t in_len, void *out, size_t out_cap,
                        size_t *out_len);

/* Linux' lz4 payload: the "legacy" frame, one or more length-prefixed blocks of at most 8 MiB. */
enum build_error unpack_lz4(const void *in, size_t in_len, void *out, size_t out_cap,
                            size_t *out_len);

/*
 * unpack_libc.c only: gives the libraries @len bytes at @arena to allocate from.  What xz wants
 * most is its dictionary (32 MiB in Debian's kernels); UNPACK_ARENA is enough for those four
 * formats.
 */
#define UNPACK_ARENA (UINT64_C(40) << 20)
void unpack_set_arena(void *arena, size_t len);

#endif
