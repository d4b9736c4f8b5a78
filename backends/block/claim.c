/* SPDX-License-Identifier: BSD-2-Clause */
/* The lock that a disk's requests hold; see claim.h. */
#include "block/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* A byte per device, beyond where files have data and other programs have locks. */
#define CLAIM_BASE (INT64_C(1) << 62)

int claim_disk(int fd, uint32_t domid, uint32_t id)
{
    struct flock lock = {
        .l_type = F_WRLCK,
        .l_whence = SEEK_SET,
        .l_start = CLAIM_BASE | (int64_t)(domid & 0xffff) << 32 | id,
        .l_len = 1,
    };
    int ret;

    do {
        ret = fcntl(fd, F_OFD_SETLKW, &lock);
    } while (ret && errno == EINTR);
    return ret;
}
