/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk whose blocks name themselves and count their writings; see load.h. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS_MAX 4096u /* 16 MiB: each is written often enough to tell an old writing */
#define RUN        16u   /* blocks of one request */

static uint32_t *written; /* how often, by block */
static uint64_t blocks;

static void fill(uint64_t *to, uint64_t block, uint32_t writing)
{
    to[0] = block;
    to[1] = writing;
    load_fill(to, 2, block, writing);
}

static void check(struct load *l, int fd, uint64_t *buf, uint64_t first, uint64_t n)
{
    static uint64_t want[BLOCK / sizeof(uint64_t)];

    if (pread(fd, buf, n * BLOCK, first * BLOCK) != (ssize_t)(n * BLOCK)) {
        load_error(l, "read", first);
        return;
    }
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t *got = buf + i * BLOCK / sizeof(*buf);

        fill(want, first + i, written[first + i]);
        if (memcmp(got, want, BLOCK) != 0) {
            printf("load: block %lu is writing %lu of block %lu, not %u\n",
                   (unsigned long)(first + i), (unsigned long)got[1], (unsigned long)got[0],
                   written[first + i]);
            load_mismatch(l, "block", first + i);
        }
    }
}

static void write_run(struct load *l, int fd, uint64_t *buf, uint64_t first, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        fill(buf + i * BLOCK / sizeof(*buf), first + i, ++written[first + i]);
    if (pwrite(fd, buf, n * BLOCK, first * BLOCK) != (ssize_t)(n * BLOCK))
        load_error(l, "write", first);
}

static uint64_t choose(uint64_t *random, uint64_t *n)
{
    uint64_t first = load_random(random) % blocks;

    *n = 1 + load_random(random) % RUN;
    if (first + *n > blocks)
        *n = blocks - first;
    return first;
}

static void work(struct load *l, int fd, uint64_t *buf, bool reads, bool writes)
{
    uint64_t random = 88172645463325252u + getpid();

    for (unsigned int round = 0; !load_ends; round++) {
        uint64_t n, first = choose(&random, &n);

        if (writes && (!reads || round % 2))
            write_run(l, fd, buf, first, n);
        else
            check(l, fd, buf, first, n);
        if (writes && round % 4 == 3 && fdatasync(fd))
            load_error(l, "flush", first);
        load_did(l);
    }
    fdatasync(fd);
    for (uint64_t b = 0; b < blocks; b += RUN)
        check(l, fd, buf, b, blocks - b < RUN ? blocks - b : RUN);
}

/* A device; or a file, for the load's own test. */
static int open_disk(const char *path, uint64_t *size)
{
    int fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
    off_t end;

    if (fd < 0 && errno == EINVAL)
        fd = open(path, O_RDWR | O_CLOEXEC); /* a file system in memory */
    end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    *size = end < 0 ? 0 : (uint64_t)end;
    return fd;
}

int load_disk(struct load *l, const char *device, bool reads, bool writes)
{
    uint64_t size, *buf;
    int fd = open_disk(device, &size);

    if (fd < 0 || size < RUN * BLOCK || posix_memalign((void **)&buf, BLOCK, RUN * BLOCK)) {
        load_error(l, "open", size);
        return -1;
    }
    blocks = size / BLOCK < BLOCKS_MAX ? size / BLOCK : BLOCKS_MAX;
    written = calloc(blocks, sizeof(*written));
    for (uint64_t b = 0; written && b < blocks; b += RUN)
        write_run(l, fd, buf, b, blocks - b < RUN ? blocks - b : RUN);
    if (written)
        work(l, fd, buf, reads, writes);
    return l->errors || l->mismatches;
}
