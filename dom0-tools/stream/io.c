/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in and out, and where a bad one stands; see io.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/unconst.h"
#include "stream/io.h"

int stream_put_parts(struct stream_out *out, struct iovec *iov, unsigned int n)
{
    uint64_t len = 0;

    for (unsigned int i = 0; i < n; i++)
        len += iov[i].iov_len;
    if (out->write(out->ctx, iov, n))
        return fail(out->fail, "cannot write the saved state after %llu bytes: %s",
                    (unsigned long long)out->bytes, strerror(errno));
    out->bytes += len;
    if (out->moved)
        out->moved(out->who, out->bytes);
    return 0;
}

int stream_put(struct stream_out *out, const void *data, size_t len)
{
    struct iovec iov = {.iov_base = unconst(data), .iov_len = len};

    return stream_put_parts(out, &iov, 1);
}

int stream_get(struct stream_in *in, void *data, size_t len, const char *what)
{
    uint8_t *to = data;

    while (len) {
        ssize_t got = in->read(in->ctx, to, len);

        if (got < 0)
            return fail(in->fail, "cannot read the saved state after %llu bytes: %s",
                        (unsigned long long)in->bytes, strerror(errno));
        if (got == 0)
            return fail(in->fail, "the saved state is truncated: it ends after %llu bytes, in %s",
                        (unsigned long long)in->bytes, what);
        in->bytes += got;
        to += got;
        len -= got;
    }
    return 0;
}

int stream_skip(struct stream_in *in, uint64_t len, const char *what)
{
    uint8_t waste[4096];

    while (len) {
        size_t n = len < sizeof(waste) ? len : sizeof(waste);

        if (stream_get(in, waste, n, what))
            return -1;
        len -= n;
    }
    return 0;
}

int stream_bad(struct stream_in *in, const char *fmt, ...)
{
    char cause[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(cause, sizeof(cause), fmt, args);
    va_end(args);
    return fail(in->fail, "the saved state is bad before byte %llu: %s",
                (unsigned long long)in->bytes, cause);
}
