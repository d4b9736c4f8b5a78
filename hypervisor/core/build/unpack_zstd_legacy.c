/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd formats older than 0.8 are refused in the hypervisor.
 *
 * Debian's libzstd.a dispatches to decoders of its pre-release formats, 90 KB that no Linux kernel
 * ever used.  Naming their entry points here keeps those objects out of the link; every one of
 * them reports an error, as ZSTD_isError() understands it.
 */
#include <stddef.h>
#include <zstd_errors.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* who calls is in the archive */

#define REFUSE(name)                                                                               \
    size_t name(void)                                                                              \
    {                                                                                              \
        return (size_t)-ZSTD_error_version_unsupported;                                            \
    }
/* Constructors: no context can be had. */
#define NOTHING(name)                                                                              \
    void *name(void)                                                                               \
    {                                                                                              \
        return NULL;                                                                               \
    }
/* Fills a "frame size info" whose first field is the compressed size or an error. */
#define REFUSE_INFO(name)                                                                          \
    void name(const void *, size_t, size_t *size, unsigned long long *bound)                       \
    {                                                                                              \
        *size = (size_t)-ZSTD_error_version_unsupported;                                           \
        *bound = (unsigned long long)-2; /* ZSTD_CONTENTSIZE_ERROR */                              \
    }
#define FORMAT(v)                                                                                  \
    NOTHING(ZBUFF##v##_createDCtx)                                                                 \
    REFUSE(ZBUFF##v##_freeDCtx)                                                                    \
    REFUSE(ZBUFF##v##_decompressContinue)                                                          \
    REFUSE(ZBUFF##v##_decompressInitDictionary)                                                    \
    NOTHING(ZSTD##v##_createDCtx)                                                                  \
    REFUSE(ZSTD##v##_freeDCtx)                                                                     \
    REFUSE(ZSTD##v##_decompress_usingDict)                                                         \
    REFUSE(ZSTD##v##_getFrameParams)                                                               \
    REFUSE_INFO(ZSTD##v##_findFrameSizeInfoLegacy)

FORMAT(v05)
FORMAT(v06)
FORMAT(v07)
