/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry for all payload formats, with the whole input at hand. */
#include <stdbool.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>
#include <hv/shared.h>
#include "unpack.h"

/* Dictionary limit: the largest that xz -9 makes, plus the decoder's own state */
#define XZ_MEMORY_MAX (UINT64_C(80) << 20)

/* liblzma gives out what it has when its input ends, or a whole dictionary (32 MiB) at once. */
#define XZ_PIECE ((size_t)256 << 10)

static enum build_error xz_error(lzma_ret ret, bool full)
{
    switch (ret) {
    case LZMA_STREAM_END:
        return BUILD_OK;
    case LZMA_BUF_ERROR: /* it can do nothing more: there is no room, or the input is truncated */
        return full ? BUILD_UNPACK_SPACE : BUILD_UNPACK_DATA;
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
        return BUILD_UNPACK_MEMORY;
    default:
        return BUILD_UNPACK_DATA;
    }
}

static enum build_error unpack_xz(const void *in, size_t in_len, void *out, size_t out_cap,
                                  size_t *out_len)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret ret = lzma_stream_decoder(&stream, XZ_MEMORY_MAX, 0);

    stream.next_in = in;
    stream.next_out = out;
    stream.avail_out = out_cap;
    while (ret == LZMA_OK) {
        size_t left = in_len - stream.total_in;

        stream.avail_in = left < XZ_PIECE ? left : XZ_PIECE;
        ret = lzma_code(&stream, left <= XZ_PIECE ? LZMA_FINISH : LZMA_RUN);
        shared_store(out_len, (size_t)stream.total_out);
    }
    lzma_end(&stream);
    return xz_error(ret, stream.avail_out == 0);
}

static enum build_error unpack_zstd(const void *in, size_t in_len, void *out, size_t out_cap,
                                    size_t *out_len)
{
    size_t got = ZSTD_decompress(out, out_cap, in, in_len);

    if (!ZSTD_isError(got)) {
        *out_len = got;
        return BUILD_OK;
    }
    switch (ZSTD_getErrorCode(got)) {
    case ZSTD_error_dstSize_tooSmall:
        return BUILD_UNPACK_SPACE;
    case ZSTD_error_memory_allocation:
        return BUILD_UNPACK_MEMORY;
    default:
        return BUILD_UNPACK_DATA;
    }
}

static enum build_error unpack_gzip(const void *in, size_t in_len, void *out, size_t out_cap,
                                    size_t *out_len)
{
    z_stream stream = {
        .next_in = (void *)(uintptr_t)in,
        .avail_in = (uInt)in_len,
        .next_out = out,
        .avail_out = (uInt)out_cap,
    };
    int ret;

    if (in_len > UINT32_MAX || out_cap > UINT32_MAX)
        return BUILD_UNPACK_SPACE;
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) /* 16: expect a gzip header */
        return BUILD_UNPACK_MEMORY;
    ret = inflate(&stream, Z_FINISH);
    *out_len = stream.total_out;
    inflateEnd(&stream);
    if (ret == Z_STREAM_END)
        return BUILD_OK;
    if (ret == Z_MEM_ERROR)
        return BUILD_UNPACK_MEMORY;
    return ret == Z_BUF_ERROR && stream.avail_out == 0 ? BUILD_UNPACK_SPACE : BUILD_UNPACK_DATA;
}

enum build_error unpack(enum payload kind, const void *in, size_t in_len, void *out, size_t out_cap,
                        size_t *out_len)
{
    *out_len = 0;
    switch (kind) {
    case PAYLOAD_XZ:
        return unpack_xz(in, in_len, out, out_cap, out_len);
    case PAYLOAD_ZSTD:
        return unpack_zstd(in, in_len, out, out_cap, out_len);
    case PAYLOAD_GZIP:
        return unpack_gzip(in, in_len, out, out_cap, out_len);
    case PAYLOAD_LZ4:
        return unpack_lz4(in, in_len, out, out_cap, out_len);
    case PAYLOAD_NONE:
        break;
    }
    if (in_len > out_cap)
        return BUILD_UNPACK_SPACE;
    __builtin_memcpy(out, in, in_len);
    *out_len = in_len;
    return BUILD_OK;
}
