/* SPDX-License-Identifier: BSD-2-Clause */
/* A journal on a disk: each record is written when the one before it is on stable storage; see load.h. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDS 1024u /* of a writer's, one after the other and round again */

/* What a checker of the disk's writes looks for (tests/system/durable): whose record it is, and which. */
static void fill(uint64_t *to, uint64_t writer, uint64_t n)
{
    memcpy(to, "JOURNAL", 8);
    to[1] = writer;
    to[2] = n;
    load_fill(to, 3, writer, n);
}

int load_journal(struct load *l, const char *device, unsigned int writer)
{
    /* Every second writer goes around the guest's page cache. */
    int fd = open(device, O_WRONLY | (writer % 2 ? O_DIRECT : 0));
    uint64_t *record = aligned_alloc(BLOCK, BLOCK);

    if (fd < 0 || !record) {
        load_error(l, "open", errno);
        return 1;
    }
    for (uint64_t n = 1; !load_ends; n++) {
        off_t where = (off_t)(writer * RECORDS + n % RECORDS) * BLOCK;

        fill(record, writer, n);
        if (pwrite(fd, record, BLOCK, where) != BLOCK || fdatasync(fd) != 0) {
            load_error(l, "write", n);
            break;
        }
        load_did(l);
    }
    free(record);
    close(fd);
    return l->errors != 0;
}
