/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams on file descriptors; see io.h. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "lib/unconst.h"
#include "stream/io.h"

/* writev() may take a part only. */
static int write_fd(void *ctx, struct iovec *iov, unsigned int n)
{
    int fd = *(const int *)ctx;

    while (n) {
        ssize_t got = writev(fd, iov, n < IOV_MAX ? n : IOV_MAX);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        for (; n && (size_t)got >= iov->iov_len; iov++, n--)
            got -= iov->iov_len;
        if (n) {
            iov->iov_base = (char *)iov->iov_base + got;
            iov->iov_len -= got;
        }
    }
    return 0;
}

static ssize_t read_fd(void *ctx, void *data, size_t len)
{
    ssize_t got;

    do
        got = read(*(const int *)ctx, data, len);
    while (got < 0 && errno == EINTR);
    return got;
}

struct stream_out stream_out_fd(const int *fd, struct fail *fail)
{
    return (struct stream_out){.write = write_fd, .ctx = unconst(fd), .fail = fail};
}

struct stream_in stream_in_fd(const int *fd, struct fail *fail)
{
    return (struct stream_in){.read = read_fd, .ctx = unconst(fd), .fail = fail};
}

int stream_in_descriptor(const struct stream_in *in)
{
    return in->read == read_fd ? *(const int *)in->ctx : -1;
}
